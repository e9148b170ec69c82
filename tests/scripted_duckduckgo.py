"""DuckDuckGo's page of results behind a proxy on the loopback: ddgs goes through a proxy, its addresses are fixed."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs

RESULT = """<div class="links_main result__body"><h2 class="result__title"><a href="{url}">{title}</a></h2>
<a class="result__snippet" href="{url}">{text}</a></div>"""
SUBJECT = ["-subj", "/CN=html.duckduckgo.com", "-addext", "subjectAltName=DNS:html.duckduckgo.com,DNS:duckduckgo.com"]


class ScriptedDuckDuckGo:
    """``results`` are title, address and text. Connections ``hang`` before anything is said, or are refused."""

    def __init__(self, results: Sequence[tuple[str, str, str]]) -> None:
        self.results = results
        self.status = "200 OK"
        self.hangs = False
        self.proxy = ""
        self.asked: list[dict[str, list[str]]] = []
        self.has_come = threading.Event()
        self.is_over = threading.Event()

    def serve(self, listening: socket.socket, tls: ssl.SSLContext) -> None:
        while not self.is_over.is_set():
            with suppress(OSError):  # the client left, or it is over
                connection, _ = listening.accept()
                with connection:
                    self._answer(connection, tls)

    def _answer(self, connection: socket.socket, tls: ssl.SSLContext) -> None:
        _read_until(connection, b"\r\n\r\n")
        self.has_come.set()
        if self.hangs:
            self.is_over.wait(60)
            return
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with tls.wrap_socket(connection, server_side=True) as encrypted:
            body = _read_until(encrypted, b"&q=").partition(b"\r\n\r\n")[2]
            self.asked.append(parse_qs(body.decode()))
            page = "".join(RESULT.format(title=title, url=url, text=text) for title, url, text in self.results)
            content = f"<html><body>{page or 'No results.'}</body></html>".encode()
            fields = f"Content-Type: text/html\r\nContent-Length: {len(content)}\r\nConnection: close"
            encrypted.sendall(f"HTTP/1.1 {self.status}\r\n{fields}\r\n\r\n".encode() + content)


@contextmanager
def scripted_duckduckgo(folder: Path, results: Sequence[tuple[str, str, str]] = ()) -> Iterator[ScriptedDuckDuckGo]:
    """``folder`` takes its certificate, which is signed by nobody."""
    key, certificate = str(folder / "key.pem"), str(folder / "certificate.pem")
    making = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-keyout", key, "-out", certificate, *SUBJECT]
    subprocess.run([*making, "-nodes", "-days", "2"], check=True, capture_output=True)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)
    script = ScriptedDuckDuckGo(results)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        script.proxy = f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread = threading.Thread(target=script.serve, args=(listening, tls))
        thread.start()
        try:
            yield script
        finally:
            script.is_over.set()
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def _read_until(connection: socket.socket, end: bytes) -> bytes:
    """All that came when ``end`` had come."""
    received = b""
    while end not in received and (piece := connection.recv(65_536)):
        received += piece
    return received
