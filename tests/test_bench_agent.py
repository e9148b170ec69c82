"""The benchmark of the agent: its tasks and figures, what an answer is worth in it, and the perfect model in a turn."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.options import Strategy
from agents.steps import Outcome, ToolCall, ToolResult
from agents.tools.calculator import calculator_tool
from bench.agent.__main__ import MEASURES, _parser
from bench.agent.figures import FIGURES, KEYS, PERFECT, STRATEGIES, add_worst
from bench.agent.scoring import (
    Answered,
    calls_that_parse,
    has_right_arguments,
    has_right_tool,
    is_answered,
    is_grounded,
    is_told,
)
from bench.agent.setup import Plan, Setup
from bench.agent.tasks import Task, read_tasks
from bench.agent.turns import Turn
from bench.agent.watch import overheads_ms
from bench.figures import Record
from models.engine.protocol import EngineOptions

TASK = Task("en", "web_search", "How tall is the lighthouse?", ("lighthouse",), "48 metres")
FOUND = "[1] Lighthouse · a.example\n| The lighthouse of Punta Brava is 48 metres tall. It was lit on 1911-05-02."
TOOLS = {"calculator": calculator_tool()}


def answered(text: str, *, found: str = FOUND, task: Task = TASK, query: str = "Lighthouse") -> Answered:
    call = ToolCall("c1", task.tool, {"query": query})
    return Answered(task, (call,), (ToolResult("c1", task.tool, found, 0.1),), text)


# --- figures ---------------------------------------------------------------------------------------------------------


def test_every_figure_has_a_measure_and_a_key_of_its_own() -> None:
    assert len(set(KEYS)) == len(FIGURES)
    assert {key for measure in MEASURES for key in measure.keys} == set(KEYS)


def test_only_known_figures_can_be_asked_for() -> None:
    assert _parser().parse_args(["--only", "grounded_rate,stop_s"]).only == ["grounded_rate", "stop_s"]
    with pytest.raises(SystemExit):
        _parser().parse_args(["--only", "speed"])


def test_the_plain_figures_are_the_worst() -> None:
    record = Record()
    record.add(react_default__parse_rate=1.0, native_perfect__parse_rate=0.9)
    record.add(react_default__loop_overhead_ms=12.0, native_perfect__loop_overhead_ms=31.0)
    add_worst(record)
    values = {figure.key: record.value(figure) for figure in FIGURES}
    assert (values["parse_rate"], values["loop_overhead_ms"], values["stop_s"]) == (0.9, 31.0, None)
    assert [figure.is_reached(31.0) for figure in FIGURES if figure.key == "loop_overhead_ms"] == [False]


def test_overhead_is_what_nothing_else_took() -> None:
    """Two steps, the first from 0 to 1; something was at work from 0.1 to 0.6, in part twice, and from 0.9 to 1.2."""
    spans = [(0.1, 0.5), (0.2, 0.6), (0.9, 1.2)]
    assert overheads_ms([0.0, 1.0], 1.5, spans) == pytest.approx((400.0, 300.0))


# --- tasks -----------------------------------------------------------------------------------------------------------


def test_the_tasks_can_be_done() -> None:
    tasks = read_tasks()
    assert len(tasks) == 40
    assert [task.language for task in tasks].count("es") == 20
    assert len({task.question for task in tasks}) == 40
    for task in tasks:
        observed = " ".join(one.text for one in task.results)
        assert is_told(task.answer, observed) if task.results else task.tool in ("calculator", "date_time")


def test_fewer_tasks_are_of_both_languages() -> None:
    assert [task.language for task in read_tasks(every=5)] == ["es", "en"] * 4


# --- what an answer is worth -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "text", "is_there"),
    [
        ("42", "sqrt(1764) = 42", True),
        ("42", "It is 142, or 42.5, or 421", False),
        ("4.239", "37 ** 0.4 = 4.23928734", True),
        ("Inés Correa", "INES  CORREA won.", True),
        ("18:30", "until 18:30.", True),
        ("18:30", "until 18:305", False),
        ("5 March", "on 15 March", False),
    ],
)
def test_where_an_answer_stands(answer: str, text: str, is_there: bool) -> None:
    assert is_told(answer, text) is is_there


@pytest.mark.parametrize(
    "text",
    [
        "The lighthouse of Punta Brava is 48 metres tall. [1]",
        "48 metres.",
        "The lighthouse is 48 metres tall [1]. It was lit on Tuesday, May 2, 1911.",
    ],
)
def test_what_is_said_as_it_was_found_is_grounded(text: str) -> None:
    assert is_grounded(answered(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I did not find it.",
        "The lighthouse is 49 metres tall.",
        "The lighthouse is 48 metres tall. It has 300 steps.",
        "The lighthouse of Montevideo is 48 metres tall.",
        "It is 48 metres. Visitors love romantic evenings there beside fishermen.",
    ],
)
def test_what_was_not_found_is_not_grounded(text: str) -> None:
    assert not is_grounded(answered(text))


def test_what_a_model_knows_by_heart_is_an_answer_but_not_grounded() -> None:
    known = answered("48 metres.", found="The search gave no results.")
    assert is_answered(known)
    assert not is_grounded(known)
    failed = Answered(TASK, (), (ToolResult("c1", "web_search", FOUND, 0.1, Outcome.FAILED),), "48 metres.")
    assert not is_grounded(failed)


def test_the_first_call_is_the_one_that_counts() -> None:
    assert has_right_tool(answered(""))
    assert has_right_arguments(answered("", query="tall LIGHTHOUSE"))
    assert not has_right_arguments(answered("", query="tower"))
    assert not has_right_tool(Answered(TASK, (), (), ""))


def test_calls_that_parse() -> None:
    good, unknown = ToolCall("1", "calculator", {"expression": "1+1"}), ToolCall("2", "calc", {"expression": "1+1"})
    unfit, broken = ToolCall("3", "calculator", {"sum": "1+1"}), ToolCall("4", "calculator", {"expression": "1"})
    refused = ToolResult("4", "calculator", "", 0.0, Outcome.FAILED, "error_arguments_invalid")
    turn = Answered(TASK, (good, unknown, unfit, broken), (refused,), "", num_cut=1)
    assert calls_that_parse(turn, TOOLS) == (1, 5)


# --- the perfect model -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("number", [0, 15, 18, 21, 28, 33])
async def test_a_perfect_model_answers_every_kind_of_task(strategy: Strategy, number: int, tmp_path: Path) -> None:
    task = read_tasks()[number]
    engine = EngineOptions(model_path=tmp_path, conversion_dir=tmp_path, context_tokens=512, max_sequences=1, threads=1)
    setup = Setup(Plan.quick(), engine, tmp_path / "log", frozenset())
    try:
        turn = await Turn(setup.contender(PERFECT), strategy, task, setup.world.show(task)).answer()
    finally:
        setup.close()
    num_good, num_calls = calls_that_parse(turn, {tool.name: tool for tool in setup.world.show(task)})
    assert num_good == num_calls >= 1
    assert len(turn.overheads_ms) >= 2
    if strategy is not Strategy.SEARCH_FIRST:  # which calls its tools by rules of its own
        assert has_right_arguments(turn)
        assert is_grounded(turn)
