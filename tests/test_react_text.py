"""ReAct as text: whatever the grammar lets through is read, and so is what models write without one."""

from __future__ import annotations

import random
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.tools import BaseTool, tool
from pydantic import Field

from agents.strategies.react_text import (
    Action,
    Answer,
    Unreadable,
    answer_end,
    final_answer_start,
    read_step,
    written_call,
)
from models.step_grammar import step_grammar
from models.tool_calls import openai_tools
from tests.gbnf import Gbnf


@tool
def web_search(query: Annotated[str, Field(max_length=20)], topic: Literal["general", "news"] = "general") -> str:
    """Searches."""
    return query + topic


@tool
def calculator(expression: Annotated[str, Field(max_length=20)]) -> str:
    """Calculates."""
    return expression


@tool
def clock() -> str:
    """Tells the time."""
    return "noon"


TOOLS: dict[str, BaseTool] = {"web_search": web_search, "calculator": calculator, "clock": clock}
OFFERED = [one["function"] for one in openai_tools(list(TOOLS.values()))]


def action(text: str) -> tuple[str, dict[str, Any]]:
    read = read_step(text, OFFERED)
    assert isinstance(read, Action), read
    return read.name, read.arguments


@given(st.randoms(use_true_random=False))
def test_whatever_the_grammar_lets_through_is_read_and_fits_its_tool(draw: random.Random) -> None:
    text = Gbnf(step_grammar(OFFERED)).any(draw)
    read = read_step(text, OFFERED)
    if isinstance(read, Action):
        TOOLS[read.name].invoke(read.arguments)
        assert read.arguments == read_step(written_call(read.thought, read.name, read.arguments), OFFERED).arguments  # type: ignore[union-attr]
    else:
        assert isinstance(read, Answer)


def test_without_tools_the_grammar_lets_nothing_through_but_an_answer() -> None:
    assert Gbnf(step_grammar([])).shortest().startswith("Final Answer: ")


SEARCH = ("web_search", {"query": "Kast age"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('Thought: I search.\nAction: web_search\nAction Input: {"query": "Kast age"}', SEARCH),
        ('**Thought:** I search.\n\n**Action:** `web_search`\n**Action Input:** {"query": "Kast age"}', SEARCH),
        ('Action: web_search\nAction Input: ```json\n{"query": "Kast age"}\n```', SEARCH),
        ("Action: web_search\nAction Input: {'query': 'Kast age'}", SEARCH),
        ('Action: web_search\nAction Input: {"q": "Kast age"}', SEARCH),
        ("Action: web_search\nAction Input: Kast age", SEARCH),
        ('Action: web_search\nAction Input: "Kast age"', SEARCH),
        ('Action: web_search("Kast age")', SEARCH),
        ("Action: web_search(query='Kast age')", SEARCH),
        ("Action: web_search[Kast age]", SEARCH),
        ('Action: web_search\nAction Input: query="Kast age"', SEARCH),
        ('Action: use web_search\nAction Input: {"query": "Kast age"} to find it', SEARCH),
        ('I need it. Action: web_search Action Input: {"query": "Kast age"}', SEARCH),
        ('Action: web_search Action Input: {"query": "Kast age"}', SEARCH),
        ('Pensamiento: busco\nAcción: web_search\nEntrada de la acción: {"query": "Kast age"}', SEARCH),
        ('Action: web_search\nAction Input: {"query": "Kast age"}\nObservation: 37\nFinal Answer: 37', SEARCH),
        ('action: web_search\naction input: {"query": "Kast age"}\nQuestion: what else?', SEARCH),
        ("Action: calculator\nAction Input: 37 ** 0.4", ("calculator", {"expression": "37 ** 0.4"})),
        ("Action: calculator\nAction Input: 37", ("calculator", {"expression": "37"})),
        ("Action: calculator\nAction Input: (1 + 2) * 3", ("calculator", {"expression": "(1 + 2) * 3"})),
        ("Action: clock", ("clock", {})),
        ("Action: clock()\nAction Input: {}", ("clock", {})),
        ("Action: clock\nAction Input: none", ("clock", {})),
    ],
)
def test_what_models_write_without_a_grammar_is_understood(text: str, expected: tuple[str, dict[str, Any]]) -> None:
    assert action(text) == expected


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Thought: I know.\nFinal Answer: It is 37 [1].", "It is 37 [1]."),
        ("**Final Answer:** It is 37.\n\nIt was 36.\nObservation: made up", "It is 37.\n\nIt was 36."),
        ("Respuesta final: Son 37.", "Son 37."),
        ("I know. Final Answer: 37", "37"),
        ("The president is 37 years old.", "The president is 37 years old."),
        ("Final Answer: write Action: nothing\nAction: clock", "write Action: nothing"),
        ("", ""),
    ],
)
def test_an_answer_is_what_stands_behind_its_label_or_all_of_it(text: str, answer: str) -> None:
    assert read_step(text, OFFERED) == Answer(answer)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Action: stock_exchange\nAction Input: {}", "no tool called 'stock_exchange'"),
        ("Action: web_searching\nAction Input: {}", "no tool called"),
        ("Action: web_search\nAction Input: {}", "needs query"),
        ("Action: web_search", "needs query"),
        ('Action: web_search\nAction Input: {"topic": "news"}', "needs query"),
        (f"Action: web_search\nAction Input: {'x' * 5_000}", "no JSON object"),
        ("Thought: I do not know what to do.", "neither"),
    ],
)
def test_what_cannot_be_understood_says_why(text: str, fault: str) -> None:
    read = read_step(text, OFFERED)
    assert isinstance(read, Unreadable)
    assert fault in read.fault


def test_nothing_that_a_model_writes_is_run() -> None:
    written = "__import__('os').system('true')"
    assert action(f"Action: web_search({written})") == ("web_search", {"query": written.rstrip("'")})
    assert action(f"Action: calculator\nAction Input: {written}")[0] == "calculator"


PIECES = st.sampled_from(
    [
        *("Action:", "Action Input:", "Thought:", "Final Answer:", "Observation:", "web_search", "clock", "query"),
        *("\n", " ", "{", "}", '"', "'", "(", ")", "[", "]", ":", "=", "```", "**", "\\", "\x00", "é", "1", ","),
        *("None", "lambda x:"),
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=80))
def test_hostile_text_is_read_without_an_accident(text: str) -> None:
    read = read_step(text, OFFERED)
    if isinstance(read, Action):
        assert read.name in TOOLS
        assert all(isinstance(name, str) for name in read.arguments)


@pytest.mark.parametrize("deep", ["[" * 3_000, "{" * 3_000, '{"a":' * 600, "(" * 3_900, "-" * 3_900, "\n" * 50_000])
def test_depth_is_no_accident_either(deep: str) -> None:
    assert isinstance(read_step(f"Action: web_search\nAction Input: {deep}", OFFERED), Action | Unreadable)
    read_step("Action:" * 5_000 + deep, OFFERED)


@given(st.integers(0, 60))
def test_the_answer_is_told_from_its_first_word_on(length: int) -> None:
    text = "Thought: I know.\nFinal Answer: It is 37.\nAction: clock"
    start = final_answer_start(text[:length])
    assert start is None or text[start:].startswith("It is 37")
    assert (start is not None) == (length > text.index("It is"))


def test_an_answer_behind_an_action_is_made_up_and_not_shown() -> None:
    assert final_answer_start("Action: clock\nFinal Answer: noon") is None


@pytest.mark.parametrize("label", ["Action: web_search", "Thought: and now", "Observation: none", "Acción: otra"])
def test_a_final_answer_ends_where_the_model_goes_on_by_itself(label: str) -> None:
    text = f"Final Answer: It is 4.\nAbout so.\n{label}"
    start = final_answer_start(text)
    assert start is not None
    shown = 0
    for length in range(start, len(text) + 1):  # as it grows: nothing of the label is ever certain
        end, is_over = answer_end(text[:length], start)
        shown = max(shown, end)
        assert text[start:shown].strip() == "It is 4.\nAbout so."[: len(text[start:shown].strip())]
    assert is_over


def test_a_line_that_only_begins_like_a_label_is_text() -> None:
    text = "Final Answer: It is 4.\nActions count."
    assert answer_end(text, 13) == (len(text), False)
