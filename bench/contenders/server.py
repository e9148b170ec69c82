"""`server`: any OpenAI-compatible server that has the same weights, for example llama.cpp's own."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from typing import Any

import httpx

from bench.answer import Answer, ContenderFailed, Request
from bench.readers import classroom

TIMEOUT_S = 300.0


class Server:
    """``url`` with or without ``/v1``. Raises ContenderFailed when it does not answer."""

    def __init__(self, url: str) -> None:
        self._base = url.rstrip("/").removesuffix("/v1") + "/v1"
        self._model = self._first_model()
        self.classroom([["Hello!"]], max_tokens=4)

    def classroom(self, lessons: Sequence[Sequence[str]], max_tokens: int) -> list[list[Answer]]:
        return asyncio.run(self._attend(lessons, max_tokens))

    def _first_model(self) -> str:
        try:
            answer = httpx.get(f"{self._base}/models", timeout=TIMEOUT_S).raise_for_status().json()
            return str(answer["data"][0]["id"])
        except (httpx.HTTPError, ValueError, LookupError) as error:
            raise ContenderFailed(f"server names no model at {self._base}: {error!r}") from error

    async def _attend(self, lessons: Sequence[Sequence[str]], max_tokens: int) -> list[list[Answer]]:
        async with httpx.AsyncClient(timeout=TIMEOUT_S) as client:

            async def ask(request: Request) -> Answer:
                return await self._ask(client, request)

            try:
                return await classroom(ask, lessons, max_tokens)
            except httpx.HTTPError as error:
                raise ContenderFailed(f"server: {error!r}") from error

    async def _ask(self, client: httpx.AsyncClient, request: Request) -> Answer:
        body = {
            "model": self._model,
            "messages": request.messages,
            "max_tokens": request.max_tokens,
            "temperature": 0,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        asked_at = time.monotonic()
        times: list[float] = []
        text = ""
        num_output = None
        async with client.stream("POST", f"{self._base}/chat/completions", json=body) as response:
            response.raise_for_status()
            async for line in response.aiter_lines():
                event = _event(line)
                if piece := _piece(event):
                    times.append(time.monotonic())
                    text += piece
                num_output = (event.get("usage") or {}).get("completion_tokens", num_output)
        return Answer(asked_at, tuple(times), time.monotonic(), text, num_output or len(times))


def _event(line: str) -> dict[str, Any]:
    """What a line of the event stream carries; nothing for the lines between and for the last one."""
    data = line.removeprefix("data:").strip()
    if not line.startswith("data:") or data == "[DONE]":
        return {}
    event = json.loads(data)
    return event if isinstance(event, dict) else {}


def _piece(event: dict[str, Any]) -> str:
    choices = event.get("choices") or [{}]
    return str((choices[0].get("delta") or {}).get("content") or "")
