"""What is kept of a turn of the agent: every kind of step comes back as it was."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from agents.options import Strategy
from agents.record import STEP_KINDS, AgentRecord, KeptStep, agent_record, kept_sources, kept_steps
from agents.sources import Source
from agents.steps import (
    AgentStep,
    ApprovalNeeded,
    Entered,
    FinalAnswer,
    LimitReached,
    Node,
    Outcome,
    Queued,
    Retrying,
    TextDelta,
    Thought,
    ToolCall,
    ToolResult,
    Why,
)
from agents.trace import Decided
from chains.recorder import QueuePlace
from storage.columns import to_json

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SOURCES = st.builds(
    Source, title=TEXTS, text=TEXTS, url=TEXTS, site=TEXTS, date=TEXTS, document_id=TEXTS, number=st.integers(1, 99)
)
PLAIN = (
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
)
ARGUMENTS = st.dictionaries(TEXTS, PLAIN | st.lists(PLAIN, max_size=3) | st.dictionaries(TEXTS, PLAIN, max_size=2))
VALUES = st.dictionaries(TEXTS, TEXTS, max_size=3)
SECONDS = st.floats(0, 1e6)
SOME_SOURCES = st.lists(SOURCES, max_size=3).map(tuple)
STEPS: dict[type[AgentStep], st.SearchStrategy[AgentStep]] = {
    Entered: st.builds(Entered, st.sampled_from(Node)),
    Queued: st.builds(Queued, st.builds(QueuePlace, st.integers(1, 9), st.none() | SECONDS)),
    TextDelta: st.builds(TextDelta, TEXTS),
    Thought: st.builds(Thought, TEXTS),
    ToolCall: st.builds(
        ToolCall, TEXTS, TEXTS, ARGUMENTS, st.none() | st.integers(0, 9), st.none() | st.integers(0, 9)
    ),
    ApprovalNeeded: st.builds(ApprovalNeeded, TEXTS, st.sampled_from(Why), st.lists(TEXTS, max_size=3).map(tuple)),
    Retrying: st.builds(Retrying, TEXTS, st.integers(1, 3), TEXTS),
    ToolResult: st.builds(
        ToolResult, TEXTS, TEXTS, TEXTS, SECONDS, st.sampled_from(Outcome), TEXTS, VALUES, SOME_SOURCES
    ),
    LimitReached: st.builds(LimitReached, st.sampled_from(["calls", "time"])),
    FinalAnswer: st.builds(FinalAnswer, TEXTS, SOME_SOURCES, st.booleans()),
}


def stored(record: AgentRecord) -> AgentRecord:
    """As the store gives it back."""
    found = agent_record(json.loads(to_json(record.model_dump(mode="json"))))
    assert found is not None
    return found


def test_every_kind_of_step_can_be_kept() -> None:
    known = {kind for kind in AgentStep.__subclasses__() if kind.__module__.startswith("agents.")}  # none of a test
    assert set(STEPS) == set(STEP_KINDS.values()) == known - {Decided}


@given(st.lists(st.one_of(*STEPS.values()), max_size=6), SOME_SOURCES)
def test_steps_and_sources_come_back_as_they_were(steps: list[AgentStep], sources: tuple[Source, ...]) -> None:
    record = AgentRecord(
        runs=(), strategy=Strategy.REACT, steps=kept_steps(steps), sources=kept_sources(sources), seconds=1.5
    )
    again = stored(record)
    assert again == record
    assert again.told == tuple(steps)
    assert again.told_sources == sources


def test_what_no_database_takes_is_kept_as_text() -> None:
    call = ToolCall("c", "web\ud800search", {"n": float("nan"), "deep": {"x": [object, "\udfff"]}})
    (again,) = stored(AgentRecord(runs=(), strategy=Strategy.NATIVE, steps=kept_steps([call]))).told
    assert again == replace(call, name="web?search", arguments={"n": "nan", "deep": {"x": [str(object), "?"]}})


def test_steps_of_a_later_version_are_passed_over() -> None:
    steps = (KeptStep(kind="dreamt", fields={"of": "sheep"}), *kept_steps([Thought("So.")]))
    assert stored(AgentRecord(runs=(), strategy=Strategy.NATIVE, steps=steps)).told == (Thought("So."),)


def test_records_of_other_rooms_are_none_of_the_agent() -> None:
    assert agent_record(None) is None
    assert agent_record({"runs": []}) is None
    assert agent_record({"runs": [], "mode": "naive"}) is None
