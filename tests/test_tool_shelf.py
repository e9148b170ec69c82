"""All tools together: the operator's list of servers, tools that others bring, and those that come and go."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from langchain_core.tools import StructuredTool

from agents.tools.brought_tool import MAX_RESULT_CHARACTERS, ToolUnfit, brought, text_of
from agents.tools.calculator import calculator_tool
from agents.tools.date_time import date_time_tool
from agents.tools.mcp_specs import ServerState, ServerStatus, read_servers
from agents.tools.tool import AgentTool, Reach
from agents.tools.tool_shelf import ToolShelf
from errors import SettingInvalid

EXAMPLE = Path(__file__).parent.parent / "docs" / "examples" / "mcp.json"
STATUS = (ServerStatus("things", ServerState.READY, num_tools=1),)


class FakeServers:
    """Has ``offered`` once it was asked."""

    def __init__(self, *offered: AgentTool) -> None:
        self._offered = offered
        self._known: tuple[AgentTool, ...] = ()
        self.is_closed = False

    async def tools(self) -> tuple[AgentTool, ...]:
        self._known = self._offered
        return self._known

    def known(self) -> tuple[AgentTool, ...]:
        return self._known

    @property
    def status(self) -> tuple[ServerStatus, ...]:
        return STATUS

    def close(self) -> None:
        self.is_closed = True


async def nothing() -> str:
    return ""


def some_tool(name: str, schema: dict[str, Any] | None = None, description: str = "Does it.") -> StructuredTool:
    schema = schema or {"type": "object", "properties": {}}
    return StructuredTool(name=name, description=description, args_schema=schema, coroutine=nothing)


def write(path: Path, listed: Any) -> Path:
    path.write_text(listed if isinstance(listed, str) else json.dumps(listed), encoding="utf-8")
    return path


async def test_servers_are_made_when_tools_are_first_asked_for() -> None:
    made: list[FakeServers] = []

    def make() -> FakeServers:
        made.append(FakeServers(brought(some_tool("things_add")), brought(some_tool("calculator"))))
        return made[-1]

    shelf = ToolShelf([calculator_tool(), date_time_tool()], make)
    assert ([tool.name for tool in shelf.known()], shelf.status, made) == (["calculator", "date_time"], (), [])
    names = [tool.name for tool in await shelf.tools()]
    assert names == ["calculator", "date_time", "things_add"]  # none of a server's takes the place of ours
    assert next(iter(await shelf.tools())).reach is Reach.HERE
    assert shelf.status == STATUS
    shelf.close()
    assert [servers.is_closed for servers in made] == [True]


async def test_without_servers_there_are_the_fixed_tools() -> None:
    shelf = ToolShelf([calculator_tool()])
    assert await shelf.tools() == shelf.known()
    shelf.close()


@pytest.mark.parametrize("names", [("same", "same"), ("calculator", "no name")])
def test_names_that_would_confuse_are_refused(names: tuple[str, str]) -> None:
    tools = [AgentTool(some_tool(name), Reach.HERE, is_untrusted=False) for name in names]
    with pytest.raises(SettingInvalid):
        ToolShelf(tools)


@pytest.mark.parametrize(
    "tool",
    [
        some_tool("x" * 65),
        some_tool("1st"),
        some_tool("a", {"type": "object", "properties": []}),
        some_tool("a", {"type": "object", "properties": {"b": {"enum": 3}}}),
        some_tool("a", {"type": "object", "properties": {f"p{number}": {"type": "string"} for number in range(999)}}),
    ],
)
def test_what_no_model_can_be_told_is_not_brought(tool: StructuredTool) -> None:
    with pytest.raises(ToolUnfit):
        brought(tool)


def test_what_is_told_of_a_tool_is_cleaned() -> None:
    schema = {"type": "object", "properties": {"url": {"type": "string", "description": "the\u202e \x1b[2Jpage\ud800"}}}
    tool = brought(some_tool("open", schema, "Opens\U000e0041 " + "x" * 9_999))
    assert tool.reach is Reach.ADDRESS
    assert len(tool.tool.description) == 1_000
    assert tool.tool.description.startswith("Opens x")
    assert tool.tool.args["url"]["description"] == "the page?"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("a\ud800", "a?"),
        ([{"type": "text", "text": "a"}, "b", {"type": "image", "base64": "AAAA"}, 3], "a\nb\n[image]\n[data]"),
        ({"a": [1, "ñ"]}, '{"a": [1, "ñ"]}'),
        ("x" * (MAX_RESULT_CHARACTERS + 1), "x" * MAX_RESULT_CHARACTERS),
    ],
)
def test_results_become_text(content: Any, text: str) -> None:
    assert text_of(content) == text


def test_the_documented_list_is_read_with_its_variables() -> None:
    servers = read_servers(EXAMPLE, {"LIBRARY_TOKEN": "secret-1"})
    assert list(servers) == ["clock", "library"]
    assert servers["clock"].args[0] == "mcp-server-time"
    assert servers["library"].headers == {"Authorization": "Bearer secret-1"}
    assert not any(server.trusted for server in servers.values())
    assert "secret-1" not in repr(servers)


def test_a_server_that_is_switched_off_is_left_out(tmp_path: Path) -> None:
    listed = {"mcpServers": {"a": {"command": "x", "disabled": True}, "b": {"type": "http", "url": "http://[::1]/"}}}
    assert list(read_servers(write(tmp_path / "mcp.json", listed))) == ["b"]


@pytest.mark.parametrize(
    ("listed", "reason"),
    [
        ("{", "JSONDecodeError"),
        ("[" * 100_000, "RecursionError"),
        ([], "valid dictionary"),
        ({}, "mcpServers: Field required"),
        ({"mcpServers": {"a b": {"command": "x"}}}, "mcpServers.a b"),
        ({"mcpServers": {"a": {}}}, "mcpServers.a: Value error, either command or url must be given"),
        ({"mcpServers": {"a": {"command": "x", "url": "http://x"}}}, "either command or url"),
        ({"mcpServers": {"a": {"url": "file:///etc/passwd"}}}, "mcpServers.a.url: URL scheme should be"),
        ({"mcpServers": {"a": {"command": "x", "trusts": True}}}, "mcpServers.a.trusts: Extra inputs"),
        ({"mcpServers": {"a": {"command": "x", "env": {"K": "${NOT_THERE}"}}}}, "no variable NOT_THERE"),
        ({"mcpServers": {"a": {"command": "x", "env": {"K": 7, "L": "secret-1"}}}}, "mcpServers.a.env.K"),
        ({"mcpServers": {f"s{number}": {"command": "x"} for number in range(17)}}, "at most 16"),
    ],
)
def test_a_faulty_list_is_named_without_what_it_holds(listed: Any, reason: str, tmp_path: Path) -> None:
    with pytest.raises(SettingInvalid) as caught:
        read_servers(write(tmp_path / "mcp.json", listed))
    assert caught.value.values["name"] == "mcp_servers (TERTULIA_MCP_SERVERS), mcp.json"
    assert reason in str(caught.value.values["reason"])
    assert "secret-1" not in f"{caught.value!r} {caught.value.__context__!r}"


def test_a_list_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingInvalid) as caught:
        read_servers(tmp_path / "mcp.json")
    assert "No such file" in str(caught.value.values["reason"])
