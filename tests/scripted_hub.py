"""The Hugging Face hub on the loopback: its protocol as its library speaks it, its store of blobs on another port.

A request for a file is answered by the hub itself: what the file is (``X-Repo-Commit``, ``X-Linked-Etag``,
``X-Linked-Size``) and an address in the store, good for a while, to which no token may go. Faults on demand.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from urllib.parse import unquote, urlsplit

GOOD_TOKEN = "hf_good0123456789"
PIECE_BYTES = 1 << 16
SHORTEST_WAIT_S = 0.002
WAITING_S = 60  # of a request that is held back, should nobody let it go


@dataclass
class HubFile:
    """``sha256`` is told instead of the true one; the rest are faults.

    ``cuts``: after how many bytes each of the next answers breaks off. ``held_at``: where an answer waits for
    ``go_on``. ``statuses``: what the next answers of the store are instead. ``pauses``: seconds that each of the next
    answers takes for every piece. ``bytes_per_second``: no more are sent.
    """

    content: bytes
    sha256: str = ""
    is_large: bool = True
    is_gated: bool = False
    is_private: bool = False
    knows_ranges: bool = True
    tells_size: bool = True
    cuts: list[int] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    held_at: int | None = None
    bytes_per_second: float | None = None
    go_on: threading.Event = field(default_factory=threading.Event)

    @property
    def num_bytes(self) -> int:
        return len(self.content)

    @property
    def etag(self) -> str:
        if not self.is_large:
            return hashlib.sha1(self.content, usedforsecurity=False).hexdigest()
        return self.sha256 or hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class Asked:
    """A request: of the ``hub``, or of the store."""

    is_of_hub: bool
    method: str
    path: str
    range: str
    token: str


@dataclass
class ScriptedHub:
    """``files`` by repository and file; ``url`` is the endpoint. ``status`` answers every request when it is set."""

    files: dict[tuple[str, str], HubFile] = field(default_factory=dict)
    url: str = ""
    store: str = ""
    commit: str = "0123456789abcdef0123456789abcdef01234567"
    status: int | None = None
    asked: list[Asked] = field(default_factory=list)

    def add(self, repository: str, file: str, content: bytes) -> HubFile:
        self.files[repository, file] = HubFile(content)
        return self.files[repository, file]

    def of_store(self) -> list[Asked]:
        return [asked for asked in self.asked if not asked.is_of_hub]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: ScriptedHub
    is_hub: bool

    def do_HEAD(self) -> None:
        self._serve()

    def do_GET(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""

    def _serve(self) -> None:
        path = unquote(urlsplit(self.path).path)
        token = self.headers.get("authorization", "").removeprefix("Bearer ")
        asked = Asked(self.is_hub, self.command, path, self.headers.get("range", ""), token)
        self.hub.asked.append(asked)
        with suppress(OSError):  # the client left
            if self.hub.status is not None:
                self._refuse(self.hub.status)
            elif self.is_hub:
                self._resolve(path, token)
            else:
                self._send(self.hub.files[_repository_and_file(path.removeprefix("/blobs/"))], asked.range)

    def _resolve(self, path: str, token: str) -> None:
        if path.startswith("/api/models/"):
            return self._list(path.removeprefix("/api/models/").removesuffix("/tree/main"), token)
        match = re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path)
        assert match, path
        repository, revision, name = match.groups()
        if token and token != GOOD_TOKEN:
            return self._refuse(401, message="Invalid credentials in Authorization header")
        if repository not in {known for known, _ in self.hub.files}:
            return self._refuse(404 if token else 401, "RepoNotFound")
        if revision not in ("main", self.hub.commit):
            return self._refuse(404, "RevisionNotFound")
        file = self.hub.files.get((repository, name))
        if file is None:
            return self._refuse(404, "EntryNotFound")
        if file.is_private and not token:
            return self._refuse(401, "RepoNotFound")
        if file.is_gated and not token:
            return self._refuse(401, "GatedRepo")
        if not file.is_large:
            return self._send(file, self.headers.get("range", ""))
        return self._redirect(file, f"{self.hub.store}/blobs/{repository}/{name}?expires=soon")

    def _list(self, repository: str, token: str) -> None:
        """As ``/api/models/REPOSITORY/tree/main`` does: files and folders, large files with what they are known by."""
        found = [(name, file) for (known, name), file in self.hub.files.items() if known == repository]
        if not found:
            return self._refuse(404 if token else 401, "RepoNotFound")
        listing: list[dict[str, object]] = [{"type": "directory", "oid": "0" * 40, "size": 0, "path": "folder.gguf"}]
        for name, file in found:
            large = {"oid": file.etag, "size": file.num_bytes, "pointerSize": 135}
            listing.append({"type": "file", "oid": "1" * 40, "size": file.num_bytes, "lfs": large, "path": name})
        body = json.dumps(listing).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self._end_head(len(body))
        self.wfile.write(body)
        return None

    def _redirect(self, file: HubFile, target: str) -> None:
        self.send_response(302)
        self.send_header("X-Repo-Commit", self.hub.commit)
        self.send_header("X-Linked-Etag", f'"{file.etag}"')
        if file.tells_size:
            self.send_header("X-Linked-Size", str(file.num_bytes))
        self.send_header("Location", target)
        self._end_head(0)

    def _send(self, file: HubFile, asked_range: str) -> None:
        if self.command == "GET" and file.statuses:
            return self._refuse(file.statuses.pop(0))
        place = re.fullmatch(r"bytes=(\d+)-", asked_range) if file.knows_ranges else None
        start = int(place[1]) if place else 0
        self.send_response(206 if place else 200)
        if self.is_hub:
            self.send_header("X-Repo-Commit", self.hub.commit)
        self.send_header("ETag", f'"{file.etag}"')
        if place:
            self.send_header("Content-Range", f"bytes {start}-{file.num_bytes - 1}/{file.num_bytes}")
        self._end_head(file.num_bytes - start)
        if self.command == "GET":
            self._send_body(file, start)
        return None

    def _send_body(self, file: HubFile, start: int) -> None:
        end = file.num_bytes
        if file.cuts:
            end = min(end, start + file.cuts.pop(0))
        pause = file.pauses.pop(0) if file.pauses else 0.0
        begun_at = time.monotonic()
        for place in _places(start, end, file.held_at):
            if place[0] == file.held_at:
                file.go_on.wait(WAITING_S)
            time.sleep(pause)
            if file.bytes_per_second is not None:
                _wait_until(begun_at + (place[1] - start) / file.bytes_per_second)
            self.wfile.write(memoryview(file.content)[slice(*place)])

    def _refuse(self, status: int, code: str = "", message: str = "") -> None:
        self.send_response(status)
        if code:
            self.send_header("X-Error-Code", code)
        if message:
            self.send_header("X-Error-Message", message)
        self._end_head(0)

    def _end_head(self, num_bytes: int) -> None:
        self.send_header("Content-Length", str(num_bytes))
        self.send_header("Connection", "close")
        self.end_headers()


@contextmanager
def scripted_hub() -> Iterator[ScriptedHub]:
    hub = ScriptedHub()
    with ExitStack() as stack:
        hub.url, hub.store = (stack.enter_context(_server(hub, is_hub=is_hub)) for is_hub in (True, False))
        yield hub
        for file in hub.files.values():
            file.go_on.set()


@contextmanager
def _server(hub: ScriptedHub, *, is_hub: bool) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub, "is_hub": is_hub}))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _wait_until(due_at: float) -> None:
    """Not for less than a moment: a sleep may take longer than it should."""
    if (seconds := due_at - time.monotonic()) > SHORTEST_WAIT_S:
        time.sleep(seconds)


def _repository_and_file(path: str) -> tuple[str, str]:
    owner, name, file = path.split("/", 2)
    return f"{owner}/{name}", file


def _places(start: int, end: int, held_at: int | None) -> list[tuple[int, int]]:
    """Pieces from ``start`` to ``end``; one of them begins where the answer is held."""
    borders = {*range(start, end, PIECE_BYTES), end}
    if held_at is not None and start < held_at < end:
        borders.add(held_at)
    return list(pairwise(sorted(borders)))
