"""Services of embeddings on the loopback, speaking the protocols of OpenAI and Gemini."""

from __future__ import annotations

import base64
import json
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

DIMENSION = 3


class EmbeddingService:
    """``failures`` are the statuses of the next answers; ``requests`` are path, key and body of those that came."""

    def __init__(self) -> None:
        self.failures: list[int] = []
        self.requests: list[tuple[str, str, dict[str, Any]]] = []
        self.answers_nonsense = False
        self.url = ""

    def texts(self) -> list[list[str]]:
        """What each request asked for."""
        return [_texts(path, body) for path, _, body in self.requests]


@contextmanager
def embedding_service() -> Iterator[EmbeddingService]:
    service = EmbeddingService()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            key = self.headers["x-goog-api-key"] or self.headers["authorization"]
            service.requests.append((self.path, key, body))
            status = service.failures.pop(0) if service.failures else 200
            fault = {"error": {"code": status, "status": "FAULT", "message": "as the test wants"}}
            answer = {} if service.answers_nonsense else _answer(self.path, body)
            data = json.dumps(fault if status != 200 else answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Tests keep the console clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _texts(path: str, body: dict[str, Any]) -> list[str]:
    if path.endswith("/embeddings"):
        return list(body["input"])
    requests = body.get("requests", [body])
    return [part["text"] for request in requests for part in request["content"]["parts"]]


def _answer(path: str, body: dict[str, Any]) -> dict[str, Any]:
    vectors = [[float(len(text)), 0.0, 1.0] for text in _texts(path, body)]
    if not path.endswith("/embeddings"):
        return {"embeddings": [{"values": vector} for vector in vectors]}
    is_packed = body.get("encoding_format") == "base64"
    data = [
        {"object": "embedding", "index": index, "embedding": _packed(vector) if is_packed else vector}
        for index, vector in enumerate(vectors)
    ]
    return {"object": "list", "model": body["model"], "data": data, "usage": {"prompt_tokens": 1, "total_tokens": 1}}


def _packed(vector: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{DIMENSION}f", *vector)).decode()
