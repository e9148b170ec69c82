"""Tools of real MCP servers, over stdio and over HTTP: that they work, and that no server harms more than itself."""

from __future__ import annotations

import asyncio
import json
import os
import queue
import socket
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from langchain_core.messages import ToolMessage

from agents.tools.mcp_servers import McpServers
from agents.tools.mcp_specs import McpServer, ServerState, ServerStatus
from agents.tools.tool import AgentTool, Observation, Reach
from errors import ServiceUnreachable, ToolFailed
from tests.mcp_over_http import HttpServer, always, served
from tests.mcp_server import HOSTILE, make_server

ROOT = Path(__file__).parent.parent
READ_ONLY = ["add", "hostile", "faulty", "picture", "open_page", "slow", "vanish", "environment"]


def over_stdio(*args: str, **fields: Any) -> McpServer:
    return McpServer(command=sys.executable, args=("-m", "tests.mcp_server", *args), cwd=ROOT, **fields)


@asynccontextmanager
async def opened(server: McpServer, **others: McpServer) -> AsyncIterator[tuple[McpServers, dict[str, AgentTool]]]:
    """The servers, ``server`` among them as "things", and the tools by their names."""
    servers = McpServers({"things": server, **others})
    try:
        yield servers, {tool.name: tool for tool in await servers.tools()}
    finally:
        await asyncio.to_thread(servers.close)


async def call(tool: AgentTool, **arguments: Any) -> ToolMessage:
    message = await tool.tool.ainvoke({"type": "tool_call", "id": "1", "name": tool.name, "args": arguments})
    assert isinstance(message, ToolMessage)
    return message


@pytest.fixture
def http_server() -> Iterator[HttpServer]:
    with served(make_server(lambda word: None).streamable_http_app()) as server:
        yield server


@pytest.fixture(params=["stdio", "http"])
def server(request: pytest.FixtureRequest) -> McpServer:
    if request.param == "stdio":
        return over_stdio()
    return McpServer(url=request.getfixturevalue("http_server").url)


async def test_a_server_offers_what_only_reads(server: McpServer) -> None:
    async with opened(server) as (servers, tools):
        assert list(tools) == [f"things_{name}" for name in READ_ONLY]
        assert servers.status == (ServerStatus("things", ServerState.READY, num_tools=8, num_withheld=2),)
        assert all(tool.is_untrusted for tool in tools.values())
        assert tools["things_open_page"].reach is Reach.ADDRESS
        assert tools["things_add"].reach is Reach.SERVICE
        result = await call(tools["things_add"], a=2, b=40)
        assert (result.content, result.artifact, result.status) == ("42", Observation(), "success")
        faulty = await call(tools["things_faulty"])
        assert "the moon is in the wrong house" in faulty.content
        assert faulty.status == "error"
        assert (await call(tools["things_picture"])).content == "[image]"
        assert (await call(tools["things_hostile"])).content == HOSTILE  # as data: the loop marks it


async def test_a_trusted_server_offers_all(http_server: HttpServer) -> None:
    async with opened(McpServer(url=http_server.url, trusted=True, timeout=7)) as (_, tools):
        assert (await call(tools["things_forget"], what="it")).content == "forgot it"
        assert tools["things_forget"].timeout_s == 7


async def test_what_a_server_says_of_its_tools_holds_nothing_invisible(http_server: HttpServer) -> None:
    async with opened(McpServer(url=http_server.url)) as (_, tools):
        assert tools["things_add"].tool.description == "Add two numbers."
        assert tools["things_add"].label == "things: Sum of two numbers"


async def test_a_program_is_given_nothing_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAVILY_API_KEY", "tvly-secret")
    async with opened(over_stdio(env={"ITS_OWN": "value"})) as (_, tools):
        environment = json.loads(str((await call(tools["things_environment"])).content))
    assert environment["ITS_OWN"] == "value"
    assert environment["PATH"] == os.environ["PATH"]
    assert not [name for name in environment if "KEY" in name or "TERTULIA" in name]


async def test_servers_that_are_away_take_nothing_from_the_others(http_server: HttpServer) -> None:
    with served(always(200, "<html>Sign in</html>", "text/html")) as page, served(always(500, "", "text/plain")) as ill:
        others = {
            "gone": McpServer(command="no-program-of-that-name"),
            "dead": McpServer(url="http://127.0.0.1:9/mcp"),
            "page": McpServer(url=page.url),
            "ill": McpServer(url=ill.url),
            "quits": McpServer(command=sys.executable, args=("-c", "print('bye')")),
        }
        async with opened(McpServer(url=http_server.url), **others) as (servers, tools):
            assert (await call(tools["things_add"], a=1, b=1)).content == "2"
            states = {status.name: status.state for status in servers.status}
    assert states == {"things": ServerState.READY} | dict.fromkeys(others, ServerState.UNREACHABLE)


async def test_a_server_that_dies_in_a_call_is_started_for_the_next() -> None:
    async with opened(over_stdio()) as (servers, tools):
        with pytest.raises(ServiceUnreachable) as caught:
            await call(tools["things_vanish"])
        assert caught.value.values == {"tool": "things_vanish", "service": "things"}
        assert caught.value.is_transient
        assert (await call(tools["things_add"], a=1, b=1)).content == "2"
        assert servers.status[0].state is ServerState.READY


async def test_a_call_that_may_have_changed_things_is_not_made_again() -> None:
    async with opened(over_stdio(trusted=True)) as (_, tools):
        with pytest.raises(ToolFailed) as caught:
            await call(tools["things_die"])
        assert not caught.value.is_transient


async def test_a_server_that_was_started_anew_is_greeted_anew() -> None:
    with served(make_server(lambda word: None).streamable_http_app()) as first:
        async with opened(McpServer(url=first.url)) as (_, tools):
            first.stop()
            with served(make_server(lambda word: None).streamable_http_app(), first.port):
                assert (await call(tools["things_add"], a=1, b=1)).content == "2"


async def test_a_server_that_went_away_says_so_and_comes_back() -> None:
    now = 0.0
    server = HttpServer(make_server(lambda word: None).streamable_http_app())
    servers = McpServers({"things": McpServer(url=server.url)}, clock=lambda: now)
    try:
        tools = {tool.name: tool for tool in await servers.tools()}
        server.stop()
        for _ in range(2):
            with pytest.raises(ServiceUnreachable):
                await call(tools["things_add"], a=1, b=1)
        assert await servers.tools() == ()
        assert servers.status[0].state is ServerState.UNREACHABLE
        with served(make_server(lambda word: None).streamable_http_app(), server.port):
            assert await servers.tools() == ()  # it rests for a while
            now = 60.0
            assert len(await servers.tools()) == len(READ_ONLY)
    finally:
        await asyncio.to_thread(servers.close)


async def test_a_slow_call_is_given_up_at_once_and_its_server_told(tmp_path: Path) -> None:
    """Over both ways; the session lives on."""
    fifo = tmp_path / "said"
    os.mkfifo(fifo)
    async with opened(over_stdio(str(fifo))) as (_, tools):
        await give_up(tools, lambda: fifo.read_text(encoding="utf-8").strip())
    said: queue.Queue[str] = queue.Queue()
    with served(make_server(said.put).streamable_http_app()) as server:
        async with opened(McpServer(url=server.url)) as (_, tools):
            await give_up(tools, said.get)


async def give_up(tools: dict[str, AgentTool], next_word: Callable[[], str]) -> None:
    calling = asyncio.create_task(call(tools["things_slow"]))
    assert await asyncio.to_thread(next_word) == "started"
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling
    assert await asyncio.to_thread(next_word) == "cancelled"
    assert (await call(tools["things_add"], a=1, b=1)).content == "2"


async def test_what_a_program_says_beside_the_protocol_goes_to_its_log(tmp_path: Path) -> None:
    servers = McpServers({"things": over_stdio()}, tmp_path / "logs")
    try:
        await servers.tools()
    finally:
        await asyncio.to_thread(servers.close)
    assert (tmp_path / "logs" / "mcp-things.log").read_text(encoding="utf-8") == "words for the log\n"


async def test_a_server_that_never_answers_holds_up_nobody() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent_server = McpServer(url=f"http://127.0.0.1:{silent.getsockname()[1]}/mcp")
        servers = McpServers({"silent": silent_server}, wait_s=0)
        try:
            assert await servers.tools() == ()
            connection, _ = await asyncio.to_thread(silent.accept)  # it was greeted, and says nothing
            with connection:
                assert await servers.tools() == ()
                assert servers.status == (ServerStatus("silent", ServerState.STARTING),)
        finally:
            await asyncio.to_thread(servers.close)


async def test_nothing_is_left_after_closing(http_server: HttpServer) -> None:
    before = set(psutil.Process().children())  # those of other tests may end meanwhile
    async with opened(over_stdio(), http=McpServer(url=http_server.url)) as (servers, tools):
        assert len(set(psutil.Process().children()) - before) == 1
    assert set(psutil.Process().children()) <= before
    assert "mcp-servers" not in [thread.name for thread in threading.enumerate()]
    assert await servers.tools() == ()
    with pytest.raises(ServiceUnreachable):
        await call(tools["things_add"], a=1, b=1)
    servers.close()  # once more does no harm


def test_closing_what_was_never_used_does_nothing() -> None:
    McpServers({"things": over_stdio()}).close()
