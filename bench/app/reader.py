"""A reader of the page without a browser: speaks the protocol of Gradio's queue, as the page's own script does."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from bench.answer import ContenderFailed

TIMEOUT_S = 300.0
REFUSED = 'class="refused"'
BEGUN = '{"role": "assistant"'  # a message of the conversation, which is added with its first words


@dataclass(frozen=True)
class Endpoint:
    """One event of one component. ``outputs`` are the ids in the page of the components it changes."""

    fn_index: int
    trigger_id: int
    outputs: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """What an event came to. ``values`` are the components' last ones, by their id in the page.

    ``first_text_at`` is when the first words of an answer were here; ``num_bytes`` is all that the stream held.
    """

    asked_at: float
    ended_at: float
    num_updates: int
    values: Mapping[str, Any]
    first_text_at: float | None
    num_bytes: int

    @property
    def milliseconds(self) -> float:
        return (self.ended_at - self.asked_at) * 1_000


class Page:
    """Gradio's configuration of a page, with which events are found by names instead of by numbers."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._dependencies: Sequence[Mapping[str, Any]] = config["dependencies"]
        self._names = {part["id"]: str(part["props"].get("elem_id") or "") for part in config["components"]}

    def endpoint(self, elem_id: str, event: str) -> Endpoint:
        """The handler on the server of the component's event. Raises ContenderFailed."""
        for dependency in self._dependencies:
            for component_id, name in dependency["targets"]:
                if name == event and self._names.get(component_id) == elem_id and dependency["backend_fn"]:
                    outputs = tuple(self._names.get(output, "") for output in dependency["outputs"])
                    return Endpoint(dependency["id"], component_id, outputs)
        raise ContenderFailed(f"the page has no event {event} of {elem_id}")


class Reader:
    """One browser: a cookie and a session of its own. Raises ContenderFailed when the page does not do as asked."""

    def __init__(self, client: httpx.AsyncClient, page: Page) -> None:
        self._client = client
        self._page = page
        self._session = secrets.token_hex(6)

    @property
    def cookies(self) -> dict[str, str]:
        return dict(self._client.cookies)

    async def ask(self, text: str, conversation_id: str = "") -> Outcome:
        """Send a question and read the answer to its end."""
        return await self.call("box", "submit", [text, conversation_id, "{}"])

    async def call(self, elem_id: str, event: str, data: list[Any], event_data: Any = None) -> Outcome:
        """Have an event handled; all that its handler yields is read."""
        endpoint = self._page.endpoint(elem_id, event)
        body = {
            "data": data,
            "fn_index": endpoint.fn_index,
            "trigger_id": endpoint.trigger_id,
            "session_hash": self._session,
            "event_data": event_data,
        }
        asked_at = time.monotonic()
        try:
            joined = await self._client.post("/gradio_api/queue/join", json=body)
            event_id = joined.raise_for_status().json()["event_id"]
            first_text_at, num_bytes, messages = None, 0, []
            async for message, size in self._messages(event_id):
                num_bytes += size
                if message:
                    messages.append(message)
                if first_text_at is None and BEGUN in json.dumps(message):
                    first_text_at = time.monotonic()
        except httpx.HTTPError as error:
            raise ContenderFailed(f"app: {error!r}") from error
        values = _values(endpoint, messages[-1])
        return Outcome(asked_at, time.monotonic(), len(messages), values, first_text_at, num_bytes)

    async def _messages(self, event_id: str) -> AsyncIterator[tuple[dict[str, Any], int]]:
        """What is told of this event, with what it came to at last, and how many bytes each line was.

        Lines that tell nothing of it are empty messages.
        """
        stream = self._client.stream("GET", "/gradio_api/queue/data", params={"session_hash": self._session})
        async with stream as response:
            async for line in response.raise_for_status().aiter_lines():
                message, size = message_of(line), len(line.encode()) + len("\n")
                is_ours = message.get("event_id") == event_id and message["msg"].startswith("process_")
                yield (message if is_ours and message["msg"] != "process_starts" else {}), size
                if is_ours and message["msg"] == "process_completed":
                    return
        raise ContenderFailed("app: the stream ended before the answer did")


def message_of(line: str) -> dict[str, Any]:
    """What a line of the event stream carries; nothing for the lines between."""
    if not line.startswith("data:"):
        return {}
    message = json.loads(line.removeprefix("data:"))
    return message if isinstance(message, dict) else {}


def _values(endpoint: Endpoint, message: Mapping[str, Any]) -> dict[str, Any]:
    output = message["output"]
    if not message["success"]:
        raise ContenderFailed(f"app: {output.get('error')}")
    values = dict(zip(endpoint.outputs, output["data"], strict=True))
    if REFUSED in str(values.get("status")):
        raise ContenderFailed(f"app: {values['status']}")
    return values


@asynccontextmanager
async def reader(url: str, cookies: Mapping[str, str] | None = None) -> AsyncIterator[Reader]:
    """A browser that has just opened the page; new, unless it brings ``cookies``."""
    headers = {"accept-language": "en"}
    given = dict(cookies or {})
    async with httpx.AsyncClient(base_url=url, headers=headers, cookies=given, timeout=TIMEOUT_S) as client:
        try:
            (await client.get("/")).raise_for_status()
            config = (await client.get("/config")).raise_for_status().json()
        except httpx.HTTPError as error:
            raise ContenderFailed(f"app: {error!r}") from error
        yield Reader(client, Page(config))
