"""The Agent room without a browser: what is shown of an answer and its steps, what is kept, and to whom."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import pytest

from agents.options import AgentOptions, Strategy
from agents.steps import AgentStep
from chains.options import MemoryKind
from storage.records import MessageStatus
from tests.agent_visitor import CHILE, AgentVisitor, begun, event_of, left, say
from tests.chat_room import until
from tests.scripted_agent import ScriptedTurns, showpiece

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # toasts, outside of Gradio


@pytest.fixture
async def ana(tmp_path: Path) -> AgentVisitor:
    """Made while a loop runs: Gradio would make loops of its own and leave them open."""
    return AgentVisitor.at(tmp_path)


# --- asking ----------------------------------------------------------------------------------------------------------


async def test_an_answer_grows_with_its_steps_and_is_shown_whole(ana: AgentVisitor) -> None:
    await ana.ask(CHILE)
    lives = [str(state[ana.parts.live]) for state in ana.states if ana.parts.live in state]
    assert any("max_results" in live for live in lives)
    assert lives[-1] == "", "what has ended stands among the others"
    assert "5.14339388265" in str(ana.last(ana.parts.traces))
    assert ana.chat[-1][1].startswith("The president of Chile is 60 years old")
    assert ana.status.startswith(f"{say('app_status_done')} {say('app_agent_calls', count=2)}")
    (message,) = [message for message in ana.messages if message.id in str(ana.last(ana.parts.bars))][1:]
    assert message.status is MessageStatus.COMPLETE


async def test_the_box_is_emptied_once_the_question_is_taken(ana: AgentVisitor) -> None:
    await ana.ask("good day")
    boxes = [state[ana.parts.box] for state in ana.states if ana.parts.box in state]
    assert [box == "" for box in boxes] == [False, True, False]


@pytest.mark.parametrize("text", ["", "  ", "\n"])
async def test_a_blank_question_does_nothing(ana: AgentVisitor, text: str) -> None:
    await ana.ask(text)
    assert ana.states == []


async def test_an_example_is_asked_like_any_question(ana: AgentVisitor) -> None:
    await ana.write("ask", text=say("app_agent_example_1"))
    assert ana.chat[0] == ("user", say("app_agent_example_1"))


async def test_the_list_has_it_on_top_under_its_first_words(ana: AgentVisitor) -> None:
    await ana.ask("good day")
    await ana.settle()
    assert ana.titles == ["good day"]


async def test_another_version_of_an_answer_and_of_a_question(ana: AgentVisitor) -> None:
    await ana.ask("one")
    await ana.write("again", message=ana.messages[-1].id)
    assert [text for _, text in ana.chat] == ["one", "You asked: one"]
    await ana.write("edit", message=ana.messages[0].id, text="two")
    assert [text for _, text in ana.chat] == ["two", "You asked: two"]
    versions = ana.html(ana.parts.bars).all(data_act="version")
    other = next(each for each in versions if "aria-disabled" not in each.attributes)
    await ana.move("version", message=other.attributes["data-message"])
    assert [text for _, text in ana.chat] == ["one", "You asked: one"]


async def test_faults_of_tools_are_steps_and_the_answer_comes(ana: AgentVisitor) -> None:
    await ana.ask(f"{CHILE} broken busy limit")
    traces = ana.html(ana.parts.traces).text
    assert say("error_calculation_invalid", expression="60 ** 0.4") in traces
    assert ana.messages[-1].status is MessageStatus.COMPLETE


async def test_a_failing_model_is_a_sentence(tmp_path: Path) -> None:
    def fails(question: str) -> Iterator[AgentStep]:
        yield from ()
        raise ZeroDivisionError

    ana = AgentVisitor.at(tmp_path, ScriptedTurns(fails))
    await ana.ask("hello")
    await ana.look()
    assert ana.messages[-1].status is MessageStatus.FAILED
    assert say("app_status_failed") in ana.status


# --- while it is being answered --------------------------------------------------------------------------------------


async def test_stopping_in_a_slow_tool_keeps_the_steps(ana: AgentVisitor) -> None:
    await left(await begun(ana, f"{CHILE} slow", lambda: "max_results" in str(ana.last(ana.parts.live))))
    await ana.look()
    assert ana.messages[-1].status is MessageStatus.STOPPED
    assert "age of the president" in str(ana.last(ana.parts.traces))
    assert ana.status.startswith(say("app_status_stopped"))
    assert ana.last(ana.parts.box).submit_btn is True


async def test_another_tab_sees_it_grow_to_its_end(tmp_path: Path) -> None:
    gate = asyncio.Event()
    ana = AgentVisitor.at(tmp_path, ScriptedTurns(pace=gate.wait))
    writing = await begun(ana, CHILE, lambda: len(ana.chat) == 2)
    tab = ana.again()
    looking = asyncio.create_task(tab.look(ana.id))
    await until(lambda: len(tab.chat) == 2)
    gate.set()
    await asyncio.gather(writing, looking)
    assert tab.chat == ana.chat
    assert str(tab.last(tab.parts.traces)) == str(ana.last(ana.parts.traces))
    assert tab.last(tab.parts.live) == ""


@pytest.mark.parametrize("decision", ["approve", "always", "reject"])
async def test_a_call_waits_for_the_person(ana: AgentVisitor, decision: str) -> None:
    await ana.keep("asks_before", True)
    waits = say("app_agent_status_waiting", tool=say("app_tool_web_search"))
    writing = await begun(ana, CHILE, lambda: ana.status == waits)
    await ana.again().do(decision, at=ana.id, call="call-1")
    waits = say("app_agent_status_waiting", tool=say("app_tool_calculator"))
    await until(lambda: ana.status == waits)
    await ana.again().do("approve", at=ana.id, call="call-2")
    await writing
    assert ana.options.always_allowed == (("web_search",) if decision == "always" else ())
    refused = say("error_call_refused")
    assert (refused in ana.html(ana.parts.traces).text) is (decision == "reject")
    asked_again = ana.html(ana.parts.tools).all(data_act="ask_again")
    assert [each.attributes["data-tool"] for each in asked_again] == list(ana.options.always_allowed)


async def test_what_is_always_allowed_can_be_asked_about_again(ana: AgentVisitor) -> None:
    await ana.keep("asks_before", True)
    always = AgentOptions(asks_before=True, always_allowed=("web_search", "calculator"))
    ana.room.conversations.change_options(ana.owner, ana.id, always)
    await ana.switch("ask_again", tool="web_search")
    assert ana.options.always_allowed == ("calculator",)


async def test_a_decision_nobody_waits_for_is_told(ana: AgentVisitor) -> None:
    await ana.ask("hello")
    await ana.do("approve", call="call-1")
    assert ana.status == say("error_approval_not_found")


# --- around it -------------------------------------------------------------------------------------------------------


async def test_the_glass_box_has_every_call_of_the_model(ana: AgentVisitor) -> None:
    await ana.ask(CHILE)
    await ana.do("glass", message=ana.messages[-1].id)
    runs = ana.html(ana.parts.panel.glass).all(class_="gb-run")
    assert len(runs) == 3 * 2, "two calls in each of the three folds"
    await ana.do("glass", message=ana.messages[0].id)
    assert ana.last(ana.parts.panel.glass) == say("app_glass_no_model")


async def test_conversations_are_named_pinned_found_and_deleted(ana: AgentVisitor) -> None:
    await ana.ask("about pears")
    await ana.do("rename", id=ana.id, title="Fruit")
    await ana.do("pin", id=ana.id, pinned="true")
    assert ana.titles == ["Fruit"]
    assert "Fruit" in ana.html(ana.parts.bar).text
    first = ana.id
    await ana.begin()
    assert (ana.chat, ana.id) == ([], "")
    await ana.ask("about rivers")
    await ana.search("pears")
    assert ana.titles == ["Fruit"]
    await ana.move("delete", id=first)
    assert ana.titles == ["about rivers"]
    assert ana.chat[0] == ("user", "about rivers")
    await ana.do("restore", id=first)
    assert sorted(ana.titles) == ["Fruit", "about rivers"]
    await ana.move("open", id=first)
    assert ana.chat[0] == ("user", "about pears")
    await ana.move("delete", id=first)
    assert (ana.chat, ana.id) == ([], "")


async def test_a_copy_has_the_steps_too(ana: AgentVisitor) -> None:
    await ana.ask(CHILE)
    before, traces = ana.id, str(ana.last(ana.parts.traces))
    await ana.move("fork", message=ana.messages[-1].id)
    assert ana.id != before
    assert "5.14339388265" in str(ana.last(ana.parts.traces))
    assert len(str(ana.last(ana.parts.traces))) == len(traces)


async def test_taking_a_question_back_puts_it_in_the_box(ana: AgentVisitor) -> None:
    await ana.ask("one")
    await ana.move("undo")
    assert (ana.chat, ana.last(ana.parts.box).value) == ([], "one")


async def test_liking_copying_and_remembering(ana: AgentVisitor) -> None:
    await ana.ask("I live in Lima")
    await ana.do("rate", message=ana.messages[-1].id, rating=1)
    assert ana.messages[-1].rating == 1
    await ana.do("copy_all")
    assert "You asked: I live in Lima" in str(ana.last(ana.parts.copied))
    await ana.do("note", message=ana.messages[0].id)
    assert [note.text for note in ana.services.chat.notes.listed(ana.owner)] == ["I live in Lima"]


# --- what was chosen -------------------------------------------------------------------------------------------------


async def test_options_are_kept_and_a_first_one_begins_a_conversation(ana: AgentVisitor) -> None:
    await ana.keep("max_calls", 6)
    assert ana.id == "", "that is the usual one"
    await ana.keep("strategy", "react")
    await ana.keep("max_calls", 3)
    await ana.keep("memory", "window")
    chosen = {"strategy": Strategy.REACT, "max_calls": 3, "memory": MemoryKind.WINDOW}
    assert ana.options == AgentOptions(**chosen)
    assert say("app_strategy_why_asked") in ana.html(ana.parts.panel.chosen).text
    tab = ana.again()
    await tab.look(ana.id)
    assert tab.last(tab.parts.panel.strategy) == "react"
    assert tab.last(tab.parts.panel.sliders["max_calls"]) == 3


@pytest.mark.parametrize(
    ("name", "value"),
    [("max_calls", 99), ("max_calls", "x"), ("max_seconds", None), ("strategy", "none"),
     ("memory", []), ("asks_before", "perhaps"), ("window_turns", float("nan"))],
)  # fmt: skip
async def test_what_no_control_can_show_is_refused(ana: AgentVisitor, name: str, value: object) -> None:
    await ana.ask("hello")
    await ana.keep(name, value)
    assert ana.options == AgentOptions()
    assert ana.status == say("error_option_invalid")


async def test_tools_are_switched_and_then_not_offered(tmp_path: Path) -> None:
    turns = ScriptedTurns()
    ana = AgentVisitor.at(tmp_path, turns)
    await ana.switch("tool", tool="web_search", on="false")
    assert ana.switches == {"web_search": False, "calculator": True, "shop_stock": True}
    await ana.ask("hello")
    assert [tool.name for tool in turns.orders[-1].tools] == ["calculator", "shop_stock"]
    await ana.switch("tool", tool="web_search", on="true")
    assert ana.options.tools_off == ()
    await ana.switch("tool", tool="rm -rf", on="false")
    assert (ana.options.tools_off, ana.status) == ((), say("error_option_invalid"))


async def test_a_tool_says_what_it_does_and_lacks(ana: AgentVisitor) -> None:
    await ana.look("")
    text = ana.html(ana.parts.tools).text
    assert "Says <b>how many</b> are left." in text
    assert say("app_tool_note_server") in text
    assert "weather" not in ana.switches


async def test_a_summary_of_the_persons_own(ana: AgentVisitor) -> None:
    await ana.ask("hello")
    await ana.summarize("We said hello.")
    assert ana.room.conversations.shown(ana.owner, ana.id).conversation.summary == "We said hello."


async def test_stop_ends_a_tool_that_never_comes_back(ana: AgentVisitor) -> None:
    async with aclosing(ana.events.send(f"{CHILE} slow", "", ana.request)) as states:
        async for state in states:
            ana.states.append(state)
            if "max_results" in str(state.get(ana.parts.live)):
                break
    await ana.look()
    assert ana.messages[-1].status is MessageStatus.STOPPED


async def test_what_the_page_never_asks_for_does_nothing(ana: AgentVisitor) -> None:
    await ana.ask("hello")
    before, states = ana.messages, len(ana.states)
    await ana.move("explode")
    await ana.do("explode")
    await ana.switch("explode", tool="calculator")
    assert (ana.messages, len(ana.states)) == (before, states)
    async with aclosing(ana.events.write(ana.id, ana.request, event_of("explode", {}))) as updates:
        assert say("error_message_not_found") in str([update async for update in updates])


def test_the_script_knows_both_ways() -> None:
    assert len(list(showpiece(CHILE))) > len(list(showpiece("hi")))
