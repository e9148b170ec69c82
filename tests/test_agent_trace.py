"""The agent's trace: every step is there, says how it stands, and nothing in it is markup of others."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import pytest

from agents.options import Strategy
from agents.sources import Source
from agents.steps import ApprovalNeeded, LimitReached, Node, Outcome, Retrying, Thought, ToolCall, ToolResult, Why
from components.agent_calls import Called, State, entries
from components.agent_trace import Traced, trace_view, trace_views
from components.catalogue import LANGUAGES, Catalogue
from storage.records import Message, Role
from tests.agent_traces import COUNT, COUNTED, ENDED, FOUND, GROWING, LONG, QUESTION, SEARCH, TRACES, traced
from tests.html_reader import Element, read_html
from tests.test_shown_text import HOSTILE, UNSEEN

catalogue = Catalogue.load()
TAGS = {
    *("div", "section", "details", "summary", "ol", "ul", "li", "dl", "dt", "dd", "p", "h4", "q", "b", "i", "small"),
    *("span", "a", "button", "svg", "g", "path", "rect", "text"),
}


def read(answer: Traced, language: str = "en") -> Element:
    return read_html(trace_view(answer, catalogue, language))


def say(key: str, **values: Any) -> str:
    return catalogue.text("en", key, **values)


def steps(root: Element) -> list[Element]:
    return [element for element in root.all(class_="tr-steps")[0].inside if element.tag == "li"]


def heads(root: Element) -> list[str]:
    """Each step in one line, as it reads while it is shut."""
    lines = [step.inside[0].inside[0] if step.inside[0].tag == "details" else step for step in steps(root)]
    return [" ".join(line.text.split()) for line in lines]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", TRACES)
def test_every_turn_reads_in_every_language(name: str, language: str) -> None:
    root = read(TRACES[name], language)
    assert root.one(class_="agent-trace").attributes["data-message"] == "a1"
    assert set(root.tags()) <= TAGS
    assert "app_" not in root.text
    assert "{" not in root.text


# --- hostile texts ---------------------------------------------------------------------------------------------------


def hostile(text: str, **more: Any) -> list[Traced]:
    """``text`` wherever others can write it, in every state that shows it."""
    call = ToolCall(text, text, {text: text, "more": {text: [text]}})
    found = tuple(
        Source(text, text, url, text, text, number=number)
        for number, url in enumerate((text, "", "https://a.example/" + text), 1)
    )
    values = {"service": text, "tool": text, "address": text}
    result = ToolResult(text, text, text, 1.0, sources=found)
    asked = ApprovalNeeded(text, Why.NEW_WORDS, (text,))
    return [
        traced(
            Thought(text), call, Retrying(text, 2, text), result, LimitReached(text), sources=found, why=text, **more
        ),
        traced(
            call, dataclasses.replace(result, outcome=Outcome.FAILED, error_key="error_service_busy", values=values)
        ),
        traced(call, dataclasses.replace(result, outcome=Outcome.REFUSED, error_key=text, text=text * 90), **more),
        traced(call, asked, node=Node.TOOLS, waiting=asked, sources=found, labels={text: text}, **more),
        dataclasses.replace(traced(call, result), message_id=text),
    ]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_text_of_others_is_only_text(text: str) -> None:
    for strategy in (Strategy.NATIVE, Strategy.REACT):
        for answer in hostile(text, strategy=strategy):
            root = read(answer)
            assert set(root.tags()) <= TAGS
            assert UNSEEN.search(root.text) is None
            for element in root.all():
                assert not any(name.startswith("on") or name in ("style", "src") for name in element.attributes)
                if element.tag == "a":
                    assert re.match(r"https?://", element.attributes["href"])
                    assert element.attributes["rel"] == "noopener noreferrer nofollow"


def test_halves_of_characters_can_be_sent() -> None:
    for answer in hostile("\ud800"):
        trace_view(answer, catalogue, "en").encode()


# --- calls -----------------------------------------------------------------------------------------------------------


def test_a_call_tells_its_arguments_result_time_and_tokens() -> None:
    root = read(TRACES["done"])
    assert heads(root) == [
        "Thought I need the age of the president first.",
        "Web searchpresidente de Chile edaddone 1.2 s",
        "Calculator40 ** 0.4done < 0.1 s",
    ]
    inside = steps(root)[1].one(class_="tr-in")
    assert [term.text for term in inside.one(class_="tr-arguments").inside[1].inside] == [
        "querypresidente de Chile edad",
        "max_results3",
    ]
    assert say("app_trace_tokens", read=412, written=31) in inside.text
    assert LONG in inside.text


@pytest.mark.parametrize(
    ("name", "states"),
    [
        ("running", ["done", "running"]),
        ("waiting", ["waiting"]),
        ("failed", ["failed", "done"]),
        ("refused", ["done", "refused"]),
        ("stopped", ["done", "stopped"]),
        ("react", ["done", "done", "done", "done"]),
    ],
)
def test_how_calls_stand(name: str, states: list[str]) -> None:
    found = [step.attributes["class"].split() for step in steps(read(TRACES[name]))]
    assert [kinds[-1] for kinds in found if "tr-call" in kinds] == states


def test_calls_of_the_same_id_keep_their_results_apart() -> None:
    again = dataclasses.replace(COUNT, id="c1")
    counted = dataclasses.replace(COUNTED, call_id="c1")
    assert entries([SEARCH, FOUND, again, counted]) == [Called(SEARCH, result=FOUND), Called(again, result=counted)]


def test_a_result_without_a_call_is_not_lost() -> None:
    (called,) = entries([FOUND])
    assert isinstance(called, Called)
    assert called.state(None, is_live=True) is State.DONE


def test_only_long_results_are_cut_and_searched() -> None:
    searched, counted = (step for step in steps(read(TRACES["done"])) if "tr-call" in step.attributes["class"])
    assert searched.one(class_="tr-find").attributes["data-name"] == say("app_trace_find")
    assert searched.one(class_="tr-all").text == say("app_trace_show_all", count="2,921")
    assert counted.all(class_="tr-find") == counted.all(class_="tr-all") == []


def test_an_error_is_told_in_the_readers_words_and_in_the_models() -> None:
    failed = steps(read(TRACES["failed"]))[0]
    assert failed.one(class_="tr-error").text == say("error_service_busy", service="Tavily")
    assert "The service is busy." in failed.one(class_="tr-result").text


@pytest.mark.parametrize("key", ["error_of_tomorrow", "app_trace_tokens", "error_call_limit", ""])
def test_an_error_that_cannot_be_said_is_told_in_general(key: str) -> None:
    result = dataclasses.replace(FOUND, outcome=Outcome.FAILED, error_key=key, values={})
    assert read(traced(SEARCH, result)).one(class_="tr-error").text == say("error_tool_failed")


def test_retries_are_told() -> None:
    (line,) = read(TRACES["retrying"]).all(class_="tr-small tr-retry")
    reason = say("error_service_busy", service="Web search")
    assert line.text == say("app_trace_retry", attempt=2, reason=reason)


def test_react_goes_by_its_own_names() -> None:
    assert [line.split()[0] for line in (head.replace("Web", " Web") for head in heads(read(TRACES["react"])))] == [
        *("Thought", "Action", "Observation[1]", "Thought", "ActionCalculator40", "Observation4.37344829573"),
    ]


def test_a_limit_is_a_step() -> None:
    assert heads(read(TRACES["limited"]))[-1] == say("app_trace_limit_calls")


# --- asking ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "acts"),
    [
        ("waiting", ["approve", "always", "reject"]),
        ("new words", ["approve", "reject"]),
        ("new address", ["approve", "reject"]),
    ],
)
def test_the_person_decides(name: str, acts: list[str]) -> None:
    """What the rules object to is asked about every time."""
    answer = TRACES[name]
    assert answer.waiting
    root = read(answer)
    asked = root.one(class_="tr-ask")
    buttons = [element for element in asked.all() if element.tag == "button"]
    assert [button.attributes["data-act"] for button in buttons] == acts
    assert {button.attributes["data-call"] for button in buttons} == {answer.waiting.call_id}
    assert [word.text for word in asked.all() if word.tag == "q"] == list(answer.waiting.words)
    fold = next(step for step in steps(root) if step.all(class_="tr-ask")).inside[0]
    assert "open" in fold.attributes


def test_nobody_is_asked_when_the_turn_is_over() -> None:
    over = dataclasses.replace(TRACES["waiting"], node=None, is_live=False)
    root = read(over)
    assert root.all(class_="tr-ask") == []
    assert "tr-step tr-call stopped" in [step.attributes["class"] for step in steps(root)]


def test_what_was_allowed_is_told() -> None:
    assert say("app_trace_allowed") in steps(read(TRACES["allowed"]))[0].text


# --- the whole -------------------------------------------------------------------------------------------------------


def test_the_node_that_runs_is_lit() -> None:
    lit = {name: [g.attributes["data-node"] for g in read(answer).all(class_="lit")] for name, answer in TRACES.items()}
    assert lit["deciding"] == ["model"]
    assert lit["running"] == ["tools"]
    assert lit["writing"] == ["answer"]
    assert lit["done"] == lit["stopped"] == []
    assert read(TRACES["running"]).one(class_="tr-diagram").attributes["aria-label"].endswith("Now: Tools.")


@pytest.mark.parametrize(
    ("name", "past"),
    [
        ("searching first", ["question"]),
        ("reading", ["question"]),
        ("search first", ["question", "model", "answer", "tools"]),
        ("running", ["question", "model"]),
        ("stopped", ["question", "model", "tools"]),
        ("no calls", ["question", "model", "answer"]),
    ],
)
def test_how_far_the_turn_has_come(name: str, past: list[str]) -> None:
    boxes = [element for element in read(TRACES[name]).all(class_="past") if element.tag == "g"]
    assert [box.attributes["data-node"] for box in boxes] == past


def test_the_head_tells_what_happens_and_then_what_it_added_up_to() -> None:
    said = {name: read(answer).one(data_key="summary").text for name, answer in TRACES.items()}
    assert said["deciding"] == "Steps" + say("app_trace_now_model")
    assert said["running"] == "Steps" + say("app_trace_now_tool", tool="Calculator")
    assert said["waiting"] == "Steps" + say("app_trace_now_waiting")
    assert said["writing"] == "Steps" + say("app_trace_now_answer")
    assert said["failed"] == "Steps2 calls · 1 failed · 4.2 s"
    assert said["search first"] == "Steps1 call · 4.2 s"
    assert said["no calls"] == "Steps" + say("app_trace_no_calls") + " · 4.2 s"


def test_operators_tools_go_by_their_own_names() -> None:
    call = ToolCall("c1", "shop_prices", {})
    assert heads(read(traced(call, labels={"shop_prices": "Prices of the shop"})))[0].startswith("Prices of the shop")
    assert heads(read(traced(call)))[0].startswith("shop_prices")


def test_every_answer_has_its_place() -> None:
    second = dataclasses.replace(ENDED, id="a2")
    messages = [QUESTION, ENDED, Message(Role.USER, "And?", id="q2"), second, QUESTION, GROWING]
    root = read_html(trace_views(messages, {"a1": TRACES["done"]}, catalogue, "en"))
    assert [element.attributes["data-message"] for element in root.inside] == ["a1", "a2", "a1"]
    assert [bool(element.inside) for element in root.inside] == [True, False, True]
