"""The vector index on a Chroma server that all replicas ask; what it holds is built anew from SQL if it is lost.

The server asks nobody who they are: it belongs on a private network, and to one installation alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import chromadb
import httpx
from chromadb.config import Settings

from rag.chroma_collections import ChromaCollections, faults

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 20.0  # a block of vectors takes less than one; a server that is silent must not hold a search for ever


class ChromaServer(ChromaCollections):
    """Collections on the server at ``url``. Raises IndexTorn when it is away."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        is_safe = parts.scheme == "https"
        timeout = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
        with faults():
            httpx.get(f"{url.rstrip('/')}/api/v2/heartbeat", timeout=timeout, trust_env=False).raise_for_status()
            client: Any = chromadb.HttpClient(
                host=str(parts.hostname),
                port=parts.port or (443 if is_safe else 80),
                ssl=is_safe,
                settings=Settings(anonymized_telemetry=False),
            )
            client._server._session.timeout = timeout
        super().__init__(client)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """The files are the server's."""
        yield

    def close(self) -> None:
        """Other replicas go on asking it."""
        self._found.clear()

    def set_aside(self) -> None:
        """What others ask is not deleted: the next look puts it in step with SQL."""
        self.close()
