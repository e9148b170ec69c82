"""Visitors without a browser, who may send the page's server anything: Gradio's queue, spoken by hand."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx
from gradio_client.utils import apply_diff  # type: ignore[import-untyped]

from bench.app.reader import message_of
from tests.html_reader import read_html

SECONDS = 60.0


class Layout:
    """What ``/config`` says of the page: its functions, and which components they take and change."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.dependencies = [each for each in config["dependencies"] if each["backend_fn"]]
        self._parts = {part["id"]: part for part in config["components"]}

    @property
    def kinds(self) -> list[Mapping[str, Any]]:
        """One of all functions that take and change the same: a handler is often there several times."""
        return list({str((each["inputs"], each["outputs"])): each for each in self.dependencies}.values())

    def name(self, component_id: int) -> str:
        """The component's id in the page, empty when it has none."""
        return str(self._parts[component_id]["props"].get("elem_id") or "") if component_id in self._parts else ""

    def function(self, elem_id: str, event: str) -> Mapping[str, Any]:
        """The first function that the event of a component calls."""
        return next(each for each in self.dependencies if [elem_id, event] in self.targets(each))

    def targets(self, function: Mapping[str, Any]) -> list[list[str]]:
        """What calls it: component and event."""
        return [[self.name(component_id), event] for component_id, event in function["targets"]]

    def inputs(self, function: Mapping[str, Any], **given: Any) -> list[Any]:
        """What a browser would send: ``given`` by the component's id or type, the rest as it was laid out."""
        parts = [self._parts[component_id] for component_id in function["inputs"]]
        return [given.get(self.name(part["id"]), given.get(part["type"], part["props"].get("value"))) for part in parts]

    def values(self, function: Mapping[str, Any], data: Sequence[Any]) -> dict[str, Any]:
        """What the function's components show, by their ids in the page."""
        names = [self.name(component_id) for component_id in function["outputs"]]
        return {name: shown_value(value) for name, value in zip(names, data, strict=False) if name}


def shown_value(update: Any) -> Any:
    """What a component shows after an update of it; None when that does not change it."""
    is_update = isinstance(update, dict) and update.get("__type__") == "update"
    return update.get("value") if is_update else update


@dataclass
class Heard:
    """All that came back of one call, ``raw`` every line as it came; ``shown`` is what components were last set to.

    What was set only on the way is there when the call was listened to.
    """

    status_code: int
    raw: list[str] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    updates: list[Any] = field(default_factory=list)
    shown: dict[str, Any] = field(default_factory=dict)

    @property
    def sentences(self) -> list[str]:
        """What is said at once: the toasts, and the alerts of what is shown."""
        toasts = [message["log"] for message in self.messages if message["msg"] == "log"]
        pages = [value for value in self.shown.values() if isinstance(value, str) and 'role="alert"' in value]
        alerts = [alert.text for page in pages for alert in read_html(page).all(role="alert")]
        return toasts + [text for text in alerts if text]

    @property
    def is_success(self) -> bool:
        return bool(self.messages) and bool(self.messages[-1].get("success"))


Hearing = AsyncGenerator[Heard, None]


async def last(hearing: Hearing) -> Heard:
    """What was heard when there was no more to hear."""
    async with aclosing(hearing):
        return [heard async for heard in hearing][-1]


@dataclass
class RawVisitor:
    """One browser's cookies; each call is a tab of its own."""

    client: httpx.AsyncClient
    layout: Layout

    async def call(self, function: Mapping[str, Any], data: Any, event_data: Any = None) -> Heard:
        """Have a function called, and hear it out."""
        heard = await last(self._hear(function, data, event_data))
        self._show(function, heard, (heard.messages[-1].get("output") or {}).get("data") if heard.messages else None)
        return heard

    async def listen(self, function: Mapping[str, Any], data: Any, event_data: Any = None) -> Hearing:
        """What is heard of a call, each time there is more. Closing the iterator closes the tab."""
        async with aclosing(self._hear(function, data, event_data)) as states:
            async for heard in states:
                if heard.messages:
                    self._grow(function, heard)
                yield heard

    async def _hear(self, function: Mapping[str, Any], data: Any, event_data: Any) -> Hearing:
        session = secrets.token_hex(6)
        target = function["targets"][0][0] if function["targets"] else None
        body = {"data": data, "fn_index": function["id"], "event_data": event_data, "session_hash": session}
        content = json.dumps({**body, "trigger_id": target})  # in ASCII, so that halves of surrogate pairs pass too
        headers = {"content-type": "application/json"}
        joined = await self.client.post("/gradio_api/queue/join", content=content, headers=headers)
        heard = Heard(joined.status_code, [joined.text])
        yield heard
        if joined.is_error:
            return
        stream = self.client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session})
        async with stream as response:
            async for line in response.aiter_lines():
                if message := message_of(line):
                    heard.raw.append(line)
                    heard.messages.append(message)
                    yield heard
                    if heard.messages[-1]["msg"] in ("process_completed", "close_stream", "unexpected_error"):
                        return

    def _grow(self, function: Mapping[str, Any], heard: Heard) -> None:
        """All but the first and the last of what a function yields are told as changes."""
        message = heard.messages[-1]
        data = (message.get("output") or {}).get("data")
        if data and heard.updates and message["msg"] == "process_generating":
            data = [apply_diff(deepcopy(old), diff) for old, diff in zip(heard.updates, data, strict=True)]
        heard.updates = data or heard.updates
        self._show(function, heard, data)

    def _show(self, function: Mapping[str, Any], heard: Heard, data: Sequence[Any] | None) -> None:
        shown = self.layout.values(function, data or ())
        heard.shown |= {name: value for name, value in shown.items() if value is not None}

    # --- what a person does ------------------------------------------------------------------------------------------

    async def event(self, elem_id: str, event: str, event_data: Any = None, **given: Any) -> Heard:
        """What the component's event does; ``given`` are values by the component's id in the page."""
        function = self.layout.function(elem_id, event)
        return await self.call(function, self.layout.inputs(function, **given), event_data)

    def asking(self, text: str, conversation_id: str = "") -> Hearing:
        """Send what is in the box."""
        function = self.layout.function("box", "submit")
        return self.listen(function, self.layout.inputs(function, box=text, conversation=conversation_id, inputs="{}"))

    async def ask(self, text: str, conversation_id: str = "") -> Heard:
        """The same, heard to its end."""
        return await last(self.asking(text, conversation_id))

    async def act(self, event: str, conversation_id: str, action: str, **fields: Any) -> Heard:
        """Report through the bridge what the page's own script would."""
        return await self.event("bridge", event, {"action": action, **fields}, conversation=conversation_id)

    async def report(self, elem_id: str, action: str, **fields: Any) -> Heard:
        """The same through another bridge; what it does is done in the place that the page opens with."""
        return await self.event(elem_id, "select", {"action": action, **fields})

    async def look(self, conversation_id: str) -> Heard:
        """Open the page at a conversation."""
        function = next(each for each in self.layout.dependencies if ["", "load"] in self.layout.targets(each))
        return await self.call(function, self.layout.inputs(function, conversation=conversation_id))


VisitorT = TypeVar("VisitorT", bound=RawVisitor)


@asynccontextmanager
async def visitor(url: str, cookies: Mapping[str, str] | None = None) -> AsyncIterator[RawVisitor]:
    """A new browser; with ``cookies``, one that has these and never opened the page."""
    async with visitor_as(RawVisitor, url, cookies) as one:
        yield one


@asynccontextmanager
async def visitor_as(
    kind: type[VisitorT], url: str, cookies: Mapping[str, str] | None = None
) -> AsyncIterator[VisitorT]:
    """The same, of a ``kind`` that does more."""
    headers = {"accept-language": "en"}
    async with httpx.AsyncClient(base_url=url, headers=headers, cookies=dict(cookies or {}), timeout=SECONDS) as client:
        if cookies is None:
            (await client.get("/")).raise_for_status()
        config = (await client.get("/config")).raise_for_status().json()
        yield kind(client, Layout(config))
