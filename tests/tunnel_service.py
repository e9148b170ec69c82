"""Gradio's service of public links on the loopback, and a program that forwards as the client of frp does."""

from __future__ import annotations

import hashlib
import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from components.operator_sharing import OperatorSharing
from components.public_link import PublicLink
from components.public_tunnel import PublicTunnel, TunnelServer
from components.services import Services
from components.tunnel_program import TunnelProgram

PASS_PHRASE = "five-words-of-our-own"
NAME = "0123456789abcdef01.gradio.live"
# Takes frp's arguments, tells its line, then forwards every connection to the page, as frp's server would: with the
# public name as Host and the visitor's address added. MODE is put in by `program`. Its second line is a command to the
# shell and a string to Python: the first may name no path with spaces.
FORWARDER = """#!/bin/sh
"exec" "{python}" "-I" "$0" "$@"
import socket, sys, threading, time
mode = "{mode}"
given = dict(zip(sys.argv[2::1], sys.argv[3::1]))
if mode == "refused":
    print("login to server failed: authorization failed", flush=True); time.sleep(60)
if mode == "silent":
    time.sleep(60)
door = socket.create_server(("127.0.0.1", 0))
print("2026/11/23 [I] login to server success", flush=True)
print("2026/11/23 [I] start proxy success: https://{name}", flush=True)
print("PORT", door.getsockname()[1], file=open("{told}", "w"), flush=True)
def pump(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    finally:
        for end in (source, target):
            try: end.shutdown(socket.SHUT_RDWR)
            except OSError: pass
def serve(visitor):
    head = b""
    while b"\\r\\n\\r\\n" not in head:
        data = visitor.recv(65536)
        if not data: return visitor.close()
        head += data
    page = socket.create_connection((given["-i"], int(given["-l"])))
    first, rest = head.split(b"\\r\\n", 1)
    page.sendall(first + b"\\r\\nX-Forwarded-For: 203.0.113.7\\r\\nX-Forwarded-Proto: https\\r\\n" + rest)
    threading.Thread(target=pump, args=(page, visitor), daemon=True).start()
    pump(visitor, page)
while True:
    threading.Thread(target=serve, args=(door.accept()[0],), daemon=True).start()
"""


@dataclass
class TunnelService:
    """``api`` and ``program`` are addresses; ``content`` is what is downloaded, ``told`` where it tells its port."""

    told: str
    mode: str = "good"
    is_away: bool = False
    url: str = ""
    downloads: list[str] = field(default_factory=list)

    @property
    def content(self) -> bytes:
        if self.mode == "foreign":
            return b"#!/no/such/system\n"
        return FORWARDER.format(python=sys.executable, mode=self.mode, name=NAME, told=self.told).encode()

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def api(self) -> str:
        return f"{self.url}/v3/tunnel-request"

    @property
    def program(self) -> str:
        return f"{self.url}/frpc"


def with_sharing(services: Services, folder: Path, tunnel: tuple[str, str, str]) -> Services:
    """The operator's page can open a link; ``tunnel`` are who names its server, its program, and its checksum."""
    api, program, sha256 = tunnel

    def make() -> PublicTunnel:
        return PublicTunnel(TunnelProgram(folder, program, sha256), lambda: TunnelServer.ask(api))

    link = PublicLink(make, services.entrance, lambda: PASS_PHRASE)
    section = OperatorSharing(link, services.catalogue, services.presence.count, hours=3)
    return replace(services, link=link, operator_sections=(*services.operator_sections, section))


@contextmanager
def tunnel_service(told: str) -> Iterator[TunnelService]:
    """Serves until the block ends."""
    service = TunnelService(told)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if service.is_away:
                return self._answer(503, b"")
            if self.path.startswith("/v3/"):
                named = [{"host": "127.0.0.1", "port": 7000, "root_ca": "-----BEGIN CERTIFICATE-----\n"}]
                return self._answer(200, json.dumps(named).encode())
            service.downloads.append(self.path)
            return self._answer(200, service.content)

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing on the console."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        service.url = f"http://127.0.0.1:{server.server_port}"
        yield service
        server.shutdown()
