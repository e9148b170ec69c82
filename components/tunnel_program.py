"""The program that holds a public link, the one that Gradio publishes: downloaded once, and run only when it is whole.

Gradio's own download (``gradio.tunneling``) writes and marks it executable before its checksum is looked at, and has no
limit of size; addresses and checksums are taken from there.
"""

from __future__ import annotations

import hashlib
import os
import platform
import tempfile
from pathlib import Path

import httpx
from gradio import tunneling

from errors import TunnelProgramAltered, TunnelProgramMissing, TunnelUnsupported

MAX_BYTES = 64_000_000
TIMEOUT = httpx.Timeout(30.0, connect=5.0)
PRIVATE_PROGRAM = 0o700


class TunnelProgram:
    """Kept in ``folder``; ``url`` and ``sha256`` are Gradio's for this platform unless given."""

    def __init__(self, folder: Path, url: str = tunneling.BINARY_URL, sha256: str | None = None) -> None:
        self._folder = folder
        self._url = url
        self._sha256 = sha256 or tunneling.CHECKSUMS.get(url)

    def path(self) -> Path:
        """Where it is; downloads it the first time. Raises a ShareError."""
        if self._sha256 is None:
            raise TunnelUnsupported(platform=f"{platform.system()} {platform.machine()}")
        path = self._folder / f"{tunneling.BINARY_FILENAME}{tunneling.EXTENSION}"
        if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == self._sha256:
            return path
        content = self._download()
        if hashlib.sha256(content).hexdigest() != self._sha256:
            raise TunnelProgramAltered
        self._keep(path, content)
        return path

    def _download(self) -> bytes:
        content = bytearray()
        try:
            with httpx.stream("GET", self._url, timeout=TIMEOUT, follow_redirects=True) as answer:
                answer.raise_for_status()
                for piece in answer.iter_bytes():
                    content += piece
                    if len(content) > MAX_BYTES:
                        raise TunnelProgramAltered
        except httpx.HTTPStatusError as error:
            raise TunnelProgramMissing(reason=f"HTTP {error.response.status_code}") from error
        except httpx.HTTPError as error:
            raise TunnelProgramMissing(reason=type(error).__name__) from error
        return bytes(content)

    def _keep(self, path: Path, content: bytes) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor, draft = tempfile.mkstemp(dir=self._folder)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            os.chmod(draft, PRIVATE_PROGRAM)
            os.replace(draft, path)
        except OSError as error:
            raise TunnelProgramMissing(reason=error.strerror or type(error).__name__) from error
