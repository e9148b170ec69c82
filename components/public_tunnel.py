"""A public address that leads to this machine's page, by Gradio's tunnel (frp)."""

from __future__ import annotations

import re
import secrets
import subprocess
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue

import httpx
from gradio.networking import GRADIO_API_SERVER

from components.tunnel_program import TunnelProgram
from errors import ShareError, TunnelProgramNotRun, TunnelRefused, TunnelServerAway

SECONDS_TO_OPEN = 30.0
SECONDS_TO_END = 5.0
TIMEOUT = httpx.Timeout(10.0, connect=5.0)
SUCCESS = re.compile(r"start proxy success: (\S+)")
FAILURE = "login to server failed"


@dataclass(frozen=True)
class TunnelServer:
    """Who gives public addresses: ``address`` is host:port, ``certificate`` what its TLS rests on, if it has any."""

    address: str
    certificate: str | None = None

    @classmethod
    def ask(cls, api: str = GRADIO_API_SERVER) -> TunnelServer:
        """The one that Gradio's service names just now. Raises TunnelServerAway."""
        try:
            answer = httpx.get(api, timeout=TIMEOUT, follow_redirects=True)
            answer.raise_for_status()
            named = answer.json()[0]
            return cls(f"{named['host']}:{int(named['port'])}", str(named["root_ca"]))
        except (httpx.HTTPError, ValueError, LookupError, TypeError) as error:
            raise TunnelServerAway from error


class PublicTunnel:
    """One link. ``close`` may be called from any thread, also while ``open`` waits."""

    def __init__(self, program: TunnelProgram, find_server: Callable[[], TunnelServer]) -> None:
        self._program = program
        self._find_server = find_server
        self._process: subprocess.Popen[str] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def open(self, port: int, on_ended: Callable[[], object]) -> str:
        """The public URL of the page at ``port`` of this machine. Raises a ShareError.

        ``on_ended`` is called once, from another thread, when the link ends, by ``close`` too.
        """
        program, server = self._program.path(), self._find_server()
        self._folder = tempfile.TemporaryDirectory(prefix="tertulia-link-", ignore_cleanup_errors=True)
        command = [str(program), "http", "-n", secrets.token_urlsafe(32), "-l", str(port), "-i", "127.0.0.1"]
        command += ["--uc", "--sd", "random", "--ue", "--server_addr", server.address, "--disable_log_color"]
        if server.certificate is not None:
            certificate = Path(self._folder.name) / "root.pem"
            certificate.write_text(server.certificate, encoding="ascii")
            command += ["--tls_enable", "--tls_trusted_ca_file", str(certificate)]
        lines: SimpleQueue[str] = SimpleQueue()
        try:
            self._start(command, lines, on_ended)
            return _first_address(lines)
        except ShareError:
            self.close()
            raise

    def _start(self, command: list[str], lines: SimpleQueue[str], on_ended: Callable[[], object]) -> None:
        """Raises TunnelProgramNotRun where this system does not run it."""
        try:
            process = subprocess.Popen(  # noqa: S603 - a program whose checksum we know, and arguments of our own
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            )
        except OSError as error:
            raise TunnelProgramNotRun(reason=error.strerror or str(error)) from error
        self._process = process
        threading.Thread(target=self._read, args=(process, lines, on_ended), name="link", daemon=True).start()

    def close(self) -> None:
        """End the link. Nothing happens where there is none."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(SECONDS_TO_END)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._folder is not None:
            self._folder.cleanup()

    @staticmethod
    def _read(process: subprocess.Popen[str], lines: SimpleQueue[str], on_ended: Callable[[], object]) -> None:
        """All that it prints, to its end: a full pipe would halt it."""
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                if SUCCESS.search(line) or FAILURE in line:
                    lines.put(line)
        lines.put(FAILURE)
        process.wait()
        on_ended()


def _first_address(lines: SimpleQueue[str]) -> str:
    try:
        found = SUCCESS.search(lines.get(timeout=SECONDS_TO_OPEN))
    except Empty as error:
        raise TunnelRefused from error
    if found is None:
        raise TunnelRefused
    return re.sub(r"^https?", "https", found[1])
