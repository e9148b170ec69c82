"""A server at this machine that answers as three kinds of services do, and watches how it is asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

WORDS = ("one ", "two ", "three")
PATIENCE_S = 3.0
USAGE = {"prompt_tokens": 1, "completion_tokens": 3, "total_tokens": 4}


@dataclass
class Watch:
    """``num_together`` requests are answered when all of them are there, or after PATIENCE_S.

    A stream's second piece is sent when ``was_heard`` is set, or after PATIENCE_S. ``most_at_once`` were open together.
    """

    url: str = ""
    num_together: int = 1
    was_heard: threading.Event = field(default_factory=threading.Event)
    most_at_once: int = 0
    has_waited: bool = False
    _num_open: int = 0
    _all_there: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, num_together: int = 1) -> None:
        """Forget what was seen."""
        self.num_together, self.most_at_once, self._num_open, self.has_waited = num_together, 0, 0, False
        self.was_heard, self._all_there = threading.Event(), threading.Event()

    def came(self) -> None:
        """A request is there; returns when it may be answered."""
        with self._lock:
            self._num_open += 1
            self.most_at_once = max(self.most_at_once, self._num_open)
            if self._num_open >= self.num_together:
                self._all_there.set()
        self._all_there.wait(PATIENCE_S)

    @property
    def is_holding(self) -> bool:
        """Whether somebody waits for an answer that waits for other requests."""
        return self._num_open > 0 and not self._all_there.is_set()

    def release(self) -> None:
        """Wait for no other request."""
        self._all_there.set()

    def went(self) -> None:
        """A request was answered."""
        with self._lock:
            self._num_open -= 1

    def wait_for_hearer(self) -> None:
        """Between the first piece and the second."""
        self.has_waited = not self.was_heard.wait(PATIENCE_S)


@contextmanager
def loopback_services() -> Iterator[Watch]:
    """Serve until the block ends."""
    watch = Watch()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            watch.came()
            try:
                self._answer(body)
            finally:
                watch.went()

        def _answer(self, body: dict[str, Any]) -> None:
            make = _answers(self.path)
            is_stream = body.get("stream") or "stream" in self.path.lower()
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream" if is_stream else "application/json")
            self.end_headers()
            if not is_stream:
                self.wfile.write(json.dumps(make.whole("".join(WORDS))).encode())
                return
            for number, event in enumerate(make.events()):
                if number == make.num_before_second:
                    self.wfile.flush()
                    watch.wait_for_hearer()
                self.wfile.write(event)

        def log_message(self, *_: object) -> None:
            """The table is all that is told."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    watch.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _OpenAI:
    """``num_before_second`` events come before the second piece of text."""

    num_before_second = 1

    def whole(self, text: str) -> dict[str, Any]:
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        return {
            "id": "c1",
            "object": "chat.completion",
            "created": 1,
            "model": "m",
            "choices": [choice],
            "usage": USAGE,
        }

    def events(self) -> Iterator[bytes]:
        for word in WORDS:
            yield self._event({"role": "assistant", "content": word}, None)
        yield self._event({}, "stop")
        yield b"data: [DONE]\n\n"

    def _event(self, delta: dict[str, Any], finish: str | None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        chunk = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
        return f"data: {json.dumps(chunk)}\n\n".encode()


class _Anthropic:
    num_before_second = 3
    head: ClassVar[dict[str, Any]] = {
        "id": "m1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "stop_sequence": None,
    }
    usage: ClassVar[dict[str, int]] = {"input_tokens": 1, "output_tokens": 3}

    def whole(self, text: str) -> dict[str, Any]:
        content = [{"type": "text", "text": text}]
        return {**self.head, "content": content, "stop_reason": "end_turn", "usage": self.usage}

    def events(self) -> Iterator[bytes]:
        message = {**self.head, "content": [], "stop_reason": None, "usage": self.usage}
        yield self._event("message_start", message=message)
        yield self._event("content_block_start", index=0, content_block={"type": "text", "text": ""})
        for word in WORDS:
            yield self._event("content_block_delta", index=0, delta={"type": "text_delta", "text": word})
        yield self._event("content_block_stop", index=0)
        yield self._event("message_delta", delta={"stop_reason": "end_turn", "stop_sequence": None}, usage=self.usage)
        yield self._event("message_stop")

    def _event(self, kind: str, **data: Any) -> bytes:
        return f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n".encode()


class _Gemini:
    num_before_second = 1

    def whole(self, text: str, finish: str = "STOP") -> dict[str, Any]:
        content = {"role": "model", "parts": [{"text": text}]}
        candidate = {"index": 0, "content": content} | ({"finishReason": finish} if finish else {})
        usage = {"promptTokenCount": 1, "candidatesTokenCount": 3, "totalTokenCount": 4}
        return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": "m"}

    def events(self) -> Iterator[bytes]:
        for word in WORDS:
            told = self.whole(word, "STOP" if word == WORDS[-1] else "")
            yield f"data: {json.dumps(told)}\r\n\r\n".encode()


def _answers(path: str) -> _OpenAI | _Anthropic | _Gemini:
    if "enerateContent" in path:
        return _Gemini()
    return _Anthropic() if path.endswith("/v1/messages") else _OpenAI()
