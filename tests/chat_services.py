"""Services of chat models on the loopback, speaking the protocols of Gemini and of OpenAI, from a script."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

EVENTS = "text/event-stream"
KEY_HEADERS = ("x-goog-api-key", "x-api-key", "authorization")


@dataclass(frozen=True)
class Reply:
    """One answer as it travels. A piece that is None waits until the asker leaves; ``is_cut`` ends without an end."""

    pieces: tuple[bytes | None, ...] = ()
    status: int = 200
    content_type: str = EVENTS
    headers: tuple[tuple[str, str], ...] = ()
    is_cut: bool = False


@dataclass
class ChatService:
    """``replies`` are the next ones, ``requests`` the path, key and body of those that came."""

    url: str = ""
    replies: list[Reply] = field(default_factory=list)
    requests: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    was_asked: threading.Event = field(default_factory=threading.Event)
    was_left: threading.Event = field(default_factory=threading.Event)

    def begin_anew(self) -> None:
        self.replies, self.requests = [], []
        self.was_asked, self.was_left = threading.Event(), threading.Event()

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [body for _, _, body in self.requests]


@contextmanager
def chat_service() -> Iterator[ChatService]:
    service = ChatService()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            service.requests.append((self.path, self.headers["authorization"] or "", {}))
            self._send(service.replies.pop(0))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            key = next(filter(None, (self.headers[name] for name in KEY_HEADERS)), "")
            service.requests.append((self.path, key, body))
            service.was_asked.set()
            self._send(service.replies.pop(0))

        def _send(self, reply: Reply) -> None:
            self.close_connection = True
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Transfer-Encoding", "chunked")
            self.send_header("Connection", "close")
            for name, value in reply.headers:
                self.send_header(name, value)
            self.end_headers()
            for piece in reply.pieces:
                if piece is None:
                    self.connection.recv(1)
                    service.was_left.set()
                    return
                self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            if not reply.is_cut:
                self.wfile.write(b"0\r\n\r\n")

        def log_message(self, *_: object) -> None:
            """Tests keep the console clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _event(data: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(data)}\r\n\r\n".encode()


def html(status: int = 200) -> Reply:
    """What a proxy says in a service's place."""
    return Reply((b"<html><body>Please sign in to the network</body></html>",), status, "text/html")


# --- Gemini ----------------------------------------------------------------------------------------------------------


def gemini_event(*parts: dict[str, Any], finish: str = "", num_output: int = 0) -> bytes:
    candidate: dict[str, Any] = {"index": 0, "content": {"role": "model", "parts": list(parts)}}
    usage = {"promptTokenCount": 12, "candidatesTokenCount": num_output, "totalTokenCount": 12 + num_output}
    candidate |= {"finishReason": finish} if finish else {}
    return _event({"candidates": [candidate], "usageMetadata": usage, "modelVersion": "gemini-2.5-flash"})


def gemini_text(*words: str, finish: str = "STOP") -> Reply:
    """Counts of tokens are of all until then."""
    last = len(words)
    events = [
        gemini_event({"text": word}, finish=finish if number == last else "", num_output=number)
        for number, word in enumerate(words, start=1)
    ]
    return Reply(tuple(events))


def gemini_call(name: str, arguments: dict[str, Any], signature: str = "") -> Reply:
    part: dict[str, Any] = {"functionCall": {"name": name, "args": arguments}}
    part |= {"thoughtSignature": signature} if signature else {}
    return Reply((gemini_event(part, finish="STOP", num_output=7),))


def gemini_blocked() -> Reply:
    feedback = {"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": 12}}
    return Reply((_event(feedback),))


def gemini_fault(status: int, message: str, reason: str = "", retry_delay: str = "") -> Reply:
    details: list[dict[str, Any]] = []
    if reason:
        details.append({"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason})
    if retry_delay:
        details.append({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": retry_delay})
    error = {"error": {"code": status, "message": message, "status": "FAULT", "details": details}}
    return Reply((json.dumps(error).encode(),), status, "application/json")


# --- OpenAI ----------------------------------------------------------------------------------------------------------


def openai_event(delta: dict[str, Any], finish: str | None = None, logprobs: Any = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": logprobs}
    return _event({"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "own", "choices": [choice]})


def openai_usage(num_prompt: int = 12, num_output: int = 3) -> bytes:
    usage = {"prompt_tokens": num_prompt, "completion_tokens": num_output, "total_tokens": num_prompt + num_output}
    head = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "own"}
    return _event({**head, "choices": [], "usage": usage})


DONE = b"data: [DONE]\n\n"


def openai_text(*words: str, finish: str = "stop") -> Reply:
    events = [openai_event({"content": word}) for word in words]
    begin = openai_event({"role": "assistant", "content": ""})
    return Reply((begin, *events, openai_event({}, finish), openai_usage(), DONE))


def openai_call(name: str, *pieces: str, call_id: str | None = "call_1") -> Reply:
    """``pieces`` of the arguments, as they are written."""
    head = {"index": 0, "id": call_id, "type": "function", "function": {"name": name, "arguments": ""}}
    rest = [{"index": 0, "function": {"arguments": piece}} for piece in pieces]
    events = [openai_event({"tool_calls": [call]}) for call in (head, *rest)]
    return Reply((*events, openai_event({}, "tool_calls"), openai_usage(), DONE))


def openai_fault(status: int, message: str, code: str | None = None, retry_after: str = "") -> Reply:
    error = {"error": {"message": message, "type": "fault", "param": None, "code": code}}
    headers = (("Retry-After", retry_after),) if retry_after else ()
    return Reply((json.dumps(error).encode(),), status, "application/json", headers)
