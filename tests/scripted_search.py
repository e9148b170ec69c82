"""Tavily, Wikipedia and the pages they lead to, on the loopback: a corpus that the test gives, and faults on demand.

The protocols are the real ones. A fault comes up with a key, with a query or path, or for the next requests whatever
they are. Also for tests in a browser and for the benchmark: allow ``place`` as an inner place of the guarded client.
"""

from __future__ import annotations

import json
import select
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

GOOD_KEY = "tvly-good-0123456789"
WAITING_POLL_S = 0.02
JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"


class Fault(Enum):
    """What a request gets instead of its answer."""

    BAD_KEY = "401"
    FORBIDDEN = "403"
    BUSY = "429 and a second to wait"
    BLOCKED = "429 and an hour to wait"
    PLAN_SPENT = "432"
    PAYING_SPENT = "433"
    BAD_REQUEST = "400"
    BROKEN = "500"
    MOVED = "302"
    PAGE = "200 with HTML"
    GATEWAY = "502 with HTML"
    LIST = "200 with JSON of another shape"
    WRONG = "200 with fields of other types"
    EMPTY = "nothing was found"
    HANG = "no answer"
    HALF = "half an answer, and then no more"
    CUT = "half an answer, and then the end"
    CLOSED = "the end at once"


STATUSES = {
    Fault.BAD_KEY: (401, "Unauthorized: missing or invalid API key."),
    Fault.FORBIDDEN: (403, "Forbidden"),
    Fault.BUSY: (429, "Your request has been blocked due to excessive requests."),
    Fault.BLOCKED: (429, "Your request has been blocked due to excessive requests."),
    Fault.PLAN_SPENT: (432, "This request exceeds your plan's set usage limit."),
    Fault.PAYING_SPENT: (433, "This request exceeds the pay-as-you-go limit."),
    Fault.BAD_REQUEST: (400, "Bad request"),
    Fault.BROKEN: (500, "Internal Server Error"),
    Fault.MOVED: (302, "Found"),
}
WAITS = {Fault.BUSY: "1", Fault.BLOCKED: "3600"}
NOT_JSON = b"<!doctype html><html><body><h1>Bad gateway</h1></body></html>"


@dataclass(frozen=True)
class WebPage:
    """``body`` stands in for the page made of the rest. Blank lines of ``text`` part its paragraphs."""

    path: str
    title: str
    text: str
    date: str = ""
    language: str = "es"
    body: bytes = b""
    content_type: str = HTML

    @property
    def content(self) -> bytes:
        paragraphs = "".join(f"<p>{escape(part)}</p>" for part in self.text.split("\n\n"))
        dated = f'<meta property="article:published_time" content="{self.date}">' if self.date else ""
        page = f"""<!doctype html><html lang="{self.language}"><head><title>{escape(self.title)}</title>{dated}</head>
<body><nav><a href="/">Portada</a></nav><article><h1>{escape(self.title)}</h1>{paragraphs}</article>
<footer>Todos los derechos reservados</footer></body></html>"""
        return self.body or page.encode()


@dataclass(frozen=True)
class Request:
    """What came: ``name`` is the query or the path."""

    service: str
    name: str
    key: str = ""
    fields: dict[str, Any] = field(default_factory=dict)


class ScriptedSearch:
    """``faults`` are by key, query or path, in whole; ``next_faults`` hit whatever comes, None among them nothing."""

    def __init__(self, corpus: Sequence[WebPage]) -> None:
        self.corpus = tuple(corpus)
        self.keys = {GOOD_KEY}
        self.faults: dict[str, Fault] = {}
        self.next_faults: list[Fault | None] = []
        self.answer: str | None = None
        self.requests: list[Request] = []
        self.has_come = threading.Event()  # a request
        self.has_left = threading.Event()  # a client, before it had its answer
        self.is_over = threading.Event()
        self.place = ""
        self._lock = threading.Lock()

    @property
    def tavily_address(self) -> str:
        return f"http://{self.place}"

    @property
    def wikipedia_address(self) -> str:
        """With the language in braces, as the tool wants it."""
        return f"http://{self.place}/wiki/{{language}}/w/api.php"

    def url(self, page: WebPage) -> str:
        return f"http://{self.place}/pages/{quote(page.path)}"

    def fault_of(self, request: Request) -> Fault | None:
        with self._lock:
            self.requests.append(request)
            by_name = self.faults.get(request.name) or self.faults.get(request.key)
            fault = by_name or (self.next_faults.pop(0) if self.next_faults else None)
        self.has_come.set()
        return fault

    def ranked(self, query: str, language: str = "") -> list[tuple[float, WebPage]]:
        """Pages that share words with the query, those that share most first."""
        wanted = _words(query)
        pages = [page for page in self.corpus if language in ("", page.language)]
        rated = [(len(wanted & _words(f"{page.title} {page.text}")) / max(1, len(wanted)), page) for page in pages]
        return sorted((one for one in rated if one[0] > 0), key=lambda one: -one[0])


@contextmanager
def scripted_search(corpus: Sequence[WebPage]) -> Iterator[ScriptedSearch]:
    """All three services behind one port."""
    script = ScriptedSearch(corpus)
    server = ThreadingHTTPServer(("127.0.0.1", 0), lambda *arguments: _Handler(script, *arguments))
    script.place = f"127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": WAITING_POLL_S})
    thread.start()
    try:
        yield script
    finally:
        script.is_over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def closed_place() -> str:
    """Host and port where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{taken.getsockname()[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, script: ScriptedSearch, *arguments: Any) -> None:
        self._script = script
        super().__init__(*arguments)

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:
            self._script.has_left.set()

    def log_message(self, *_: object) -> None:
        """Tests keep the console clean."""

    def do_POST(self) -> None:
        fields = json.loads(self.rfile.read(int(self.headers.get("Content-Length", "0"))) or b"{}")
        key = self.headers.get("Authorization", "").removeprefix("Bearer ")
        request = Request("tavily", str(fields.get("query")), key, fields)
        fault = self._script.fault_of(request)
        if fault is None and (self.path != "/search" or key not in self._script.keys):
            fault = Fault.BAD_KEY
        if fault not in (None, Fault.EMPTY):
            self._fail(fault, {"detail": {"error": f"{STATUSES.get(fault, (0, ''))[1]} ({key})"}})
            return
        self._send(200, _json(_tavily_answer(self._script, fields, fault)))

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if address.path.startswith("/wiki/"):
            self._look_up(address.path.split("/")[2], {name: one[0] for name, one in parse_qs(address.query).items()})
            return
        path = unquote(address.path).removeprefix("/pages/")
        fault = self._script.fault_of(Request("pages", path))
        page = next((page for page in self._script.corpus if page.path == path), None)
        if fault is not None:
            self._fail(fault, {})
        elif page is None:
            self._send(404, b"<h1>404</h1>", HTML)
        else:
            self._send(200, page.content, page.content_type)

    def _look_up(self, language: str, fields: dict[str, str]) -> None:
        fault = self._script.fault_of(Request("wikipedia", fields.get("gsrsearch", ""), fields=fields))
        if fault is Fault.WRONG:
            self._send(200, _json({"error": {"code": "internal_api_error", "info": "[x] Caught exception"}}))
        elif fault not in (None, Fault.EMPTY):
            self._fail(fault, {"error": {"code": "internal_api_error"}})
        else:
            self._send(200, _json(_wikipedia_answer(self._script, language, fields, fault)))

    def _fail(self, fault: Fault | None, said: dict[str, Any]) -> None:
        if fault in STATUSES:
            self._send(STATUSES[fault][0], _json(said), wait=WAITS.get(fault, ""))
        elif fault in (Fault.PAGE, Fault.GATEWAY):
            self._send(200 if fault is Fault.PAGE else 502, NOT_JSON, HTML)
        elif fault in (Fault.LIST, Fault.WRONG):
            self._send(200, _json([] if fault is Fault.LIST else {"results": [{"url": 7, "title": {}}]}))
        else:
            self._break_off(fault)

    def _break_off(self, fault: Fault | None) -> None:
        """Leave the client with less than it was promised."""
        self.close_connection = True
        if fault in (Fault.HALF, Fault.CUT):
            self.send_response(200)
            self.send_header("Content-Type", JSON)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b'{"results": [')
        while fault in (Fault.HANG, Fault.HALF) and not self._script.is_over.is_set():
            if select.select([self.connection], [], [], WAITING_POLL_S)[0]:  # nothing but its end can come
                self._script.has_left.set()
                return

    def _send(self, status: int, body: bytes, content_type: str = JSON, wait: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        if wait:
            self.send_header("Retry-After", wait)
        if status == STATUSES[Fault.MOVED][0]:
            self.send_header("Location", "http://169.254.169.254/latest")
        self.end_headers()
        self.wfile.write(body)


def _tavily_answer(script: ScriptedSearch, fields: dict[str, Any], fault: Fault | None) -> dict[str, Any]:
    rated = [] if fault else script.ranked(fields["query"])[: fields.get("max_results", 5)]
    results = [
        {
            "title": page.title,
            "url": script.url(page),
            "content": page.text[:500],
            "score": score,
            "raw_content": None,
            **({"published_date": page.date} if page.date and fields.get("topic") == "news" else {}),
        }
        for score, page in rated
    ]
    about = {"query": fields["query"], "follow_up_questions": None, "images": [], "response_time": 0.01}
    return about | {"answer": script.answer if fields.get("include_answer") else None, "results": results}


def _wikipedia_answer(
    script: ScriptedSearch, language: str, fields: dict[str, str], fault: Fault | None
) -> dict[str, Any]:
    rated = [] if fault else script.ranked(fields["gsrsearch"], language)[: int(fields["gsrlimit"])]
    pages = [
        {
            "pageid": number,
            "ns": 0,
            "title": page.title,
            "index": number,
            "extract": page.text.split("\n\n")[0],
            "fullurl": script.url(page),
            "revisions": [{"timestamp": f"{page.date or '2026-01-01'}T00:00:00Z"}],
        }
        for number, (_, page) in enumerate(rated, start=1)
    ]
    pages.reverse()  # MediaWiki orders them by page id, and says the rank in "index"
    return {"batchcomplete": True, **({"query": {"pages": pages}} if pages else {})}


def _words(text: str) -> set[str]:
    return {word.strip(".,;:¿?¡!()\"'") for word in text.casefold().split()} - {""}


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()
