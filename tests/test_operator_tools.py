"""Tools in files of the operator: the documented example works, and a faulty file is named with what is wrong."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import ToolMessage

from agents.tools.mcp_specs import read_servers
from agents.tools.operator_tools import load_tools
from agents.tools.tool import AgentTool, Observation, Reach
from errors import SettingInvalid

DOCS = Path(__file__).parent.parent / "docs"
EXAMPLES = DOCS / "examples" / "tools"
ONE_TOOL = '''
from langchain_core.tools import tool

@tool
{define} shout(text: str) -> str:
    """Says it louder."""
    {body}

TOOLS = [shout]
'''


def write(folder: Path, name: str, source: str) -> Path:
    (folder / name).write_text(source, encoding="utf-8")
    return folder


async def call(tool: AgentTool, **arguments: Any) -> ToolMessage:
    message = await tool.tool.ainvoke({"type": "tool_call", "id": "1", "name": tool.name, "args": arguments})
    assert isinstance(message, ToolMessage)
    return message


async def test_the_example_of_the_documentation_works() -> None:
    convert, dice = load_tools(EXAMPLES)
    assert (await call(convert, degrees=100, unit="c")).content == "100.0 °C = 212 °F"
    assert (dice.name, dice.label, dice.reach, dice.is_untrusted) == ("roll_dice", "Dice", Reach.HERE, False)
    assert str((await call(dice, number=2)).content).startswith("[")


@pytest.mark.parametrize("name", ["tools.md", "tools.es.md"])
async def test_what_the_documentation_shows_works(name: str, tmp_path: Path) -> None:
    shown = re.findall(r"```(\w+)\n(.*?)```", (DOCS / name).read_text(encoding="utf-8"), re.DOTALL)
    (convert,) = load_tools(write(tmp_path, "mine.py", next(code for kind, code in shown if kind == "python")))
    assert (await call(convert, degrees=32, unit="F")).content == "32.0 °F = 0 °C"
    listed = write(tmp_path, "mcp.json", next(code for kind, code in shown if kind == "json")) / "mcp.json"
    assert list(read_servers(listed, {"LIBRARY_TOKEN": "x"})) == ["clock", "library"]


async def test_what_is_not_said_of_a_tool_is_taken_for_the_worst(tmp_path: Path) -> None:
    source = ONE_TOOL.format(define="def", body="return text.upper()")
    (tool,) = load_tools(write(tmp_path, "shout.py", source))
    assert (tool.reach, tool.is_untrusted, tool.label) == (Reach.SERVICE, True, "Shout")
    (opener,) = load_tools(write(tmp_path, "shout.py", source.replace("text", "url")))
    assert opener.reach is Reach.ADDRESS


@pytest.mark.parametrize("define", ["def", "async def"])
async def test_any_tool_of_langchain_answers_as_the_agent_expects(define: str, tmp_path: Path) -> None:
    (tool,) = load_tools(write(tmp_path, "a.py", ONE_TOOL.format(define=define, body="return text.upper()")))
    message = await call(tool, text="hola")
    assert (message.content, message.artifact, message.status) == ("HOLA", Observation(), "success")


async def test_an_error_for_the_model_is_told_to_it() -> None:
    convert = load_tools(EXAMPLES)[0]
    message = await call(convert, degrees=1, unit="K")
    assert (message.content, message.status) == ("The tool reports an error: K is no unit: use C or F", "error")


async def test_other_faults_reach_the_loop(tmp_path: Path) -> None:
    (tool,) = load_tools(write(tmp_path, "a.py", ONE_TOOL.format(define="def", body="return {}[text]")))
    with pytest.raises(KeyError):
        await call(tool, text="hola")


def test_files_are_read_by_name_and_private_ones_are_not(tmp_path: Path) -> None:
    source = ONE_TOOL.format(define="def", body="return text")
    for name in ("b.py", "a.py", "_c.py", "notes.txt"):
        write(tmp_path, name, source.replace("shout", f"shout_{name[0]}"))
    assert [tool.name for tool in load_tools(tmp_path)] == ["shout_a", "shout_b"]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("x = 1\nTOOLS = [", "line 2: SyntaxError: '[' was never closed"),
        ("x = 1\n\nimport nothing_of_that_name", "line 3: ModuleNotFoundError: No module named 'nothing_of_that_name'"),
        ("raise SystemExit(0)", "line 1: SystemExit: 0"),
        ("x = 1\x00", "source code string cannot contain null bytes"),
        ("x = 1", "it defines no list TOOLS"),
        ("TOOLS = [len]", "TOOLS holds <built-in function len>, which is no tool of LangChain: is @tool missing?"),
        (
            ONE_TOOL.format(define="def", body="return text").replace("@tool", "@tool('más fuerte')"),
            "the tool más fuerte: 'más fuerte' is no name of a tool: letters, digits, _ and -, at most 64",
        ),
    ],
)
def test_a_faulty_file_is_named_with_its_line(source: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(SettingInvalid) as caught:
        load_tools(write(tmp_path, "mine.py", source))
    assert caught.value.values["name"] == "tools_dir (TERTULIA_TOOLS_DIR), mine.py"
    assert reason in str(caught.value.values["reason"])


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingInvalid):
        load_tools(tmp_path / "nowhere")
