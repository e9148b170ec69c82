"""What is offered under each message."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.catalogue import Catalogue
from components.message_bar import message_bars
from storage.message_tree import MessageTree
from storage.records import Message, MessageStatus, Role
from tests.test_conversation_list import Elements

ROOT = Path(__file__).parent.parent
catalogue = Catalogue.load()


def bars(tree: MessageTree, *, live: bool = False, figures: dict[str, str] | None = None) -> str:
    return message_bars(tree.path, tree, live, figures or {}, catalogue, "en")


def talk(status: MessageStatus = MessageStatus.COMPLETE, text: str = "why?", rating: int = 0) -> MessageTree:
    question = Message(Role.USER, text, id="q")
    answer = Message(Role.ASSISTANT, "because", status, "q", rating=rating, id="a")
    return MessageTree([question, answer], "a")


def actions(html: str) -> list[str | None]:
    return [attributes["data-act"] for tag, attributes in Elements(html).elements if tag == "button"]


def test_each_message_has_its_bar_in_order() -> None:
    found = [attributes for _, attributes in Elements(bars(talk())).elements if "data-role" in attributes]
    assert [(bar["data-message"], bar["data-role"]) for bar in found] == [("q", "user"), ("a", "assistant")]


def test_what_a_question_and_an_answer_offer() -> None:
    offered = actions(bars(talk()))
    assert offered == ["edit", "undo", "note", "again", "fork", "rate", "rate"]


@pytest.mark.parametrize("status", list(MessageStatus))
def test_only_what_ended_early_can_go_on(status: MessageStatus) -> None:
    goes_on = status in (MessageStatus.STOPPED, MessageStatus.CUT)
    assert ("resume" in actions(bars(talk(status)))) is goes_on


def test_an_answer_that_failed_is_not_rated() -> None:
    assert "rate" not in actions(bars(talk(MessageStatus.FAILED)))


def test_only_the_last_turn_can_be_taken_back() -> None:
    second = Message(Role.USER, "and?", parent_id="a", id="q2")
    tree = MessageTree([*talk().messages, second], "q2")
    undo = Elements(bars(tree)).doing("undo")
    assert len(undo) == 1
    assert bars(tree).index('data-act="undo"') > bars(tree).index('data-message="q2"')


def test_nothing_is_offered_while_an_answer_is_written() -> None:
    found = [attributes for _, attributes in Elements(bars(talk(), live=True)).elements if "data-role" in attributes]
    assert all("inert" in bar for bar in found)
    assert not any("inert" in attributes for _, attributes in Elements(bars(talk())).elements)


def test_versions_lead_to_their_neighbours() -> None:
    versions = [Message(Role.ASSISTANT, text, parent_id="q", id=text) for text in ("one", "two", "three")]
    question = Message(Role.USER, "why?", id="q")

    def steps(leaf: str) -> list[tuple[str | None, str | None]]:
        html = bars(MessageTree([question, *versions], leaf))
        return [(step.get("data-message"), step.get("aria-disabled")) for step in Elements(html).doing("version")]

    assert steps("one") == [(None, "true"), ("two", None)]
    assert steps("two") == [("one", None), ("three", None)]
    assert steps("three") == [("two", None), (None, "true")]
    assert "2/3" in bars(MessageTree([question, *versions], "two"))


@pytest.mark.parametrize(
    ("rating", "pressed", "next_ratings"),
    [(0, ["false", "false"], ["1", "-1"]), (1, ["true", "false"], ["0", "-1"]), (-1, ["false", "true"], ["1", "0"])],
)
def test_a_rating_given_again_is_taken_back(rating: int, pressed: list[str], next_ratings: list[str]) -> None:
    rates = Elements(bars(talk(rating=rating))).doing("rate")
    assert [rate["aria-pressed"] for rate in rates] == pressed
    assert [rate["data-rating"] for rate in rates] == next_ratings


def test_the_glass_box_opens_where_there_is_a_record() -> None:
    found = Elements(bars(talk(), figures={"a": "48 tokens · <b>"}))
    assert len(found.doing("glass")) == 1
    assert "48 tokens · <b>" in found.texts


@given(st.text())
def test_a_question_comes_back_as_it_was_written(text: str) -> None:
    shown, plain = Elements(bars(talk(text=text))), Elements(bars(talk()))
    assert next(attributes["data-text"] for _, attributes in shown.elements if "data-text" in attributes) == text
    assert [tag for tag, _ in shown.elements] == [tag for tag, _ in plain.elements]


def test_every_button_has_a_name() -> None:
    found = Elements(bars(talk(MessageStatus.CUT), figures={"a": "48 tokens"}))
    assert all(attributes["title"] for tag, attributes in found.elements if tag == "button")


def test_every_icon_is_drawn_once_and_used() -> None:
    drawn = re.findall(r'<symbol id="icon-([a-z]+)"', (ROOT / "components/assets/fragments/header.html").read_text())
    sources = [path.read_text() for path in (ROOT / "components").rglob("*") if path.suffix in (".py", ".html", ".js")]
    named = {name for source in sources for name in re.findall(r'href="#icon-([a-z]+)"', source)}
    asked = {name for source in sources for name in re.findall(r'icon\("([a-z]+)"\)', source)}
    assert len(drawn) == len(set(drawn))
    assert named | asked <= set(drawn)
