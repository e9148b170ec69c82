"""Programs that ask, over a real server on the loopback."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx
import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from starlette.applications import Starlette
from starlette.middleware import Middleware

from chains.options import SamplingChoice
from chains.plain_answers import PlainAnswers
from chains.room_model import RoomModel
from components.api_routes import ProgramsRoom, api_routes
from components.catalogue import Catalogue
from components.server_life import together
from errors import EngineBusy, EngineDied
from safety.body_guard import BodyGuard
from tests.mcp_over_http import served
from tests.scripted_model import ScriptedModel
from tests.scripted_shelf import ScriptedShelf

KEY = "a key only for the tests of programs"
SECONDS = 30.0
BEARER = {"authorization": f"Bearer {KEY}"}
DEFAULTS = SamplingChoice(temperature=0.6, max_tokens=100)


class Programs:
    """A server where programs may ask ``model``."""

    def __init__(self, a_minute: int = 1_000) -> None:
        self.asked, self.left = threading.Event(), threading.Event()  # the server has a thread of its own
        self.model = ScriptedModel(script=self.script, pace=self.pace)
        room = RoomModel(self.model, self.model, "test/scripted", 400, DEFAULTS)
        other = RoomModel(ScriptedModel(), ScriptedModel(), "test/other", 400, DEFAULTS)
        answers = PlainAnswers(ScriptedShelf(room, other), 1_000)
        routes, lives = api_routes(ProgramsRoom(answers, KEY, a_minute), Catalogue.load())
        self.app = Starlette(routes=routes, middleware=[Middleware(BodyGuard)], lifespan=together(*lives))
        self.holds = False

    async def pace(self) -> None:
        """Where it is to hold, an answer never goes on."""
        if not self.holds:
            return
        self.asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.left.set()

    def script(self, question: str) -> list[str | Exception]:
        faults: dict[str, list[str | Exception]] = {
            "busy": [EngineBusy()],
            "die": ["I ", EngineDied()],
            "odd": ["I ", RuntimeError("secret")],
        }
        return faults.get(question) or [f"{word} " for word in f"You said: {question}".split()]


@pytest.fixture
def programs() -> Programs:
    return Programs()


@asynccontextmanager
async def asking(programs: Programs, headers: dict[str, str] | None = None) -> AsyncIterator[httpx.AsyncClient]:
    with serving(programs) as url:
        async with httpx.AsyncClient(base_url=url, headers=BEARER if headers is None else headers) as client:
            yield client


@contextmanager
def serving(programs: Programs) -> Iterator[str]:
    """The server's address."""
    with served(programs.app) as server:
        yield server.url.removesuffix("/mcp")


async def check_leaving(programs: Programs, path: str, body: dict[str, Any]) -> None:
    """Ask, and leave when the model was asked: it must be left, too."""
    programs.holds = True
    accept = {"accept": "application/json, text/event-stream"}
    async with asking(programs) as client:
        task = asyncio.create_task(client.post(path, json=body, headers=accept))
        assert await asyncio.to_thread(programs.asked.wait, SECONDS)
        task.cancel()
        assert await asyncio.to_thread(programs.left.wait, SECONDS)
    assert programs.model.num_closed == 1


async def test_a_question_is_answered(programs: Programs) -> None:
    async with asking(programs) as client:
        answer = await client.post("/api/ask", json={"question": "hello there", "options": {"temperature": 0.1}})
        assert answer.status_code == 200
        told = answer.json()
        assert told["answer"] == "You said: hello there "
        assert (told["model"], told["finish_reason"]) == ("test/scripted", "stop")
        assert told["usage"]["output_tokens"] == 4
    assert programs.model.options[0]["temperature"] == 0.1
    assert programs.model.options[0]["owner"] == "api"
    assert [message.type for message in programs.model.prompts[0]] == ["system", "human"]


async def test_another_model_and_another_system_prompt(programs: Programs) -> None:
    async with asking(programs) as client:
        names = [each["id"] for each in (await client.get("/api/models")).json()["data"]]
        assert names == ["test/scripted", "test/other"]
        answer = await client.post("/api/ask", json={"question": "hello", "model": names[1], "system": "Be brief."})
        assert answer.json()["model"] == names[1]
        await client.post("/api/ask", json={"question": "hello", "system": "Be {brief}."})
    assert programs.model.prompts[0][0].text == "Be {brief}."


async def test_an_answer_as_it_is_written(programs: Programs) -> None:
    async with asking(programs) as client:
        answer = await client.post("/api/ask", json={"question": "a b", "stream": True})
        assert answer.headers["content-type"].startswith("text/event-stream")
        *events, last = [line.removeprefix("data: ") for line in answer.text.split("\n\n") if line]
        assert last == "[DONE]"
        assert "".join(json.loads(event).get("text", "") for event in events) == "You said: a b "
        assert json.loads(events[-1])["finish_reason"] == "stop"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"question": "x" * 1_001}, 400, "invalid_request"),
        ({"question": "x", "model": "test/none"}, 404, "model_not_found"),
        ({"question": "x", "options": {"temperature": 9}}, 400, "invalid_request"),
        ({"question": "x", "options": {"temprature": 1}}, 400, "invalid_request"),
        ({"question": "x", "quetsion": ""}, 400, "invalid_request"),
        ({}, 400, "invalid_request"),
        ({"question": "busy"}, 503, "busy"),
        ({"question": "busy", "stream": True}, 503, "busy"),
        ({"question": "die"}, 503, "model_failed"),
    ],
)
async def test_what_is_wrong_is_told(programs: Programs, body: dict[str, Any], status: int, code: str) -> None:
    async with asking(programs) as client:
        answer = await client.post("/api/ask", json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
        assert answer.json()["error"]["message"]
        assert ("retry-after" in answer.headers) == (status == 503)


@pytest.mark.parametrize(("question", "code"), [("die", "model_failed"), ("odd", "failed")])
async def test_what_fails_on_the_way_is_told_on_the_way(programs: Programs, question: str, code: str) -> None:
    async with asking(programs) as client:
        answer = await client.post("/api/ask", json={"question": question, "stream": True})
        events = [line.removeprefix("data: ") for line in answer.text.split("\n\n") if line]
        assert json.loads(events[0]) == {"text": "I "}
        assert json.loads(events[1])["error"]["code"] == code
        assert "secret" not in answer.text


@pytest.mark.parametrize("body", [b"no json", b"", b"[]", b"\xff"])
async def test_what_is_no_question_is_refused(programs: Programs, body: bytes) -> None:
    async with asking(programs) as client:
        assert (await client.post("/api/ask", content=body)).status_code == 400


@pytest.mark.parametrize("stream", [True, False])
async def test_who_left_is_not_worked_for(programs: Programs, stream: bool) -> None:
    await check_leaving(programs, "/api/ask", {"question": "hello", "stream": stream})


async def test_without_the_key_nothing_is_told(programs: Programs) -> None:
    for given in ({}, {"authorization": f"Basic {KEY}"}, {"authorization": "Bearer wrong"}, {"x-api-key": KEY}):
        async with asking(Programs(), given) as client:
            for method, path in (
                ("GET", "/api/models"),
                ("POST", "/api/ask"),
                ("POST", "/api/mcp"),
                ("GET", "/api/mcp"),
            ):
                answer = await client.request(method, path)
                assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert programs.model.prompts == []


async def test_wrong_keys_are_slowed_down(programs: Programs) -> None:
    async with asking(programs, {}) as client:
        statuses = [
            (await client.get("/api/models", headers={"authorization": f"Bearer {number}"})).status_code
            for number in range(8)
        ]
        assert statuses[:5] == [401] * 5
        assert statuses[-1] == 429
        right = await client.get("/api/models", headers=BEARER)  # else one could go on trying
        assert right.status_code == 429
        assert int(right.headers["retry-after"]) > 0


async def test_the_right_key_is_never_slowed_down(programs: Programs) -> None:
    async with asking(programs) as client:
        assert {(await client.get("/api/models")).status_code for _ in range(20)} == {200}


async def test_requests_are_counted() -> None:
    async with asking(Programs(a_minute=2)) as client:
        assert [(await client.get("/api/models")).status_code for _ in range(3)] == [200, 200, 429]


@asynccontextmanager
async def session(url: str, key: str = KEY) -> AsyncIterator[ClientSession]:
    headers = {"authorization": f"Bearer {key}"}
    async with (
        httpx.AsyncClient(headers=headers) as http,
        streamable_http_client(f"{url}/api/mcp", http_client=http) as (read, write, _),
        ClientSession(read, write) as client,
    ):
        await client.initialize()
        yield client


async def test_a_real_mcp_client_asks(programs: Programs) -> None:
    with serving(programs) as url:
        async with session(url) as client:
            assert {tool.name for tool in (await client.list_tools()).tools} == {"ask_model", "list_models"}
            answer = await client.call_tool("ask_model", {"question": "hello"})
            assert answer.content[0].text == "You said: hello "  # type: ignore[union-attr]
            models = await client.call_tool("list_models", {})
            assert models.structuredContent == {"result": ["test/scripted", "test/other"]}
            unknown = await client.call_tool("ask_model", {"question": "hello", "model": "test/none"})
            assert unknown.isError
            assert "test/none" in unknown.content[0].text  # type: ignore[union-attr]


async def test_a_tool_call_that_nobody_waits_for_is_left(programs: Programs) -> None:
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
    params = {"name": "ask_model", "arguments": {"question": "hello"}}
    await check_leaving(programs, "/api/mcp", {**call, "params": params})
