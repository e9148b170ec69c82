"""The agent's answers: numbers lead to sources, links to hosts of sources, and nothing else leads anywhere."""

from __future__ import annotations

import dataclasses
import re

import pytest

from agents.sources import Source
from components.agent_view import AgentView, cited_numbers
from components.catalogue import Catalogue
from storage.records import Message, MessageStatus
from tests.agent_traces import ENDED, GROWING, QUESTION, SOURCES, STOPPED
from tests.test_shown_text import CODE, HOSTILE

catalogue = Catalogue.load()
LINK = re.compile(r"\]\(([^) ]*)")


def shown(text: str, message: Message = ENDED, sources: tuple[Source, ...] = SOURCES) -> str:
    view = AgentView(catalogue, "en")
    view.know(message.id, sources)
    (last,) = view.shown([dataclasses.replace(message, text=text)])
    return "\n".join(content["text"] for content in last["content"])


def links(text: str) -> list[str]:
    return LINK.findall(CODE.sub("", shown(text)))


def test_numbers_lead_to_their_sources() -> None:
    assert links("Boric [1][3]. He is 40 [2] [9].") == ["#cited-a1-1", "#cited-a1-3", "#cited-a1-2"]
    assert "[9]" in shown("He is 40 [9].")


@pytest.mark.parametrize(
    "text", ["`a[1]`", "```\na[1]\n```", "```\na[1]", "~~~\n[1]\n~~~", "$$ x[1] $$", "\\( x[1] \\)", "[1]: x", "[0]"]
)
def test_numbers_elsewhere_are_left_alone(text: str) -> None:
    assert links(text) == []
    assert cited_numbers(text, SOURCES) == ()
    assert shown(text).replace("\u2060", "").count("1") == text.count("1")


def test_links_lead_to_hosts_of_sources_alone() -> None:
    assert links(
        "[a](https://www.gob.cl/x) https://es.wikipedia.org [b](https://evil.example) https://evil.example"
    ) == [
        "https://www.gob.cl/x",
        "https://es.wikipedia.org",
    ]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_answers_lead_nowhere(text: str) -> None:
    assert set(links(f"{text} [1]")) <= {"#cited-a1-1"}
    assert "![" not in CODE.sub("", shown(text))


def test_without_sources_there_are_no_links() -> None:
    assert LINK.search(shown("[1] https://es.wikipedia.org", sources=())) is None


def test_an_answer_can_not_make_numbers_of_its_own() -> None:
    assert links("[1](#cited-a1-2) [x](#cited-a1-2)") == []


def test_an_answer_shows_from_its_beginning() -> None:
    view = AgentView(catalogue, "en")
    assert view.seen([QUESTION, GROWING]) == [QUESTION, GROWING]
    assert shown("", GROWING) == "…"
    assert shown("", STOPPED) == catalogue.text("en", "app_mark_stopped")


def test_a_settled_answer_is_drawn_anew_when_its_sources_are_known() -> None:
    view = AgentView(catalogue, "en")
    before = view.shown([ENDED])
    view.know("a1", SOURCES)
    assert view.shown([ENDED]) != before


def test_numbers_that_an_answer_names() -> None:
    assert cited_numbers("b [3], a [1][1] and [9]; `[2]`", SOURCES) == (1, 3)


def test_a_fault_says_whose_it_is() -> None:
    view = AgentView(catalogue, "es")
    failed = dataclasses.replace(ENDED, text="", status=MessageStatus.FAILED, error_key="error_model_quota_spent")
    view.know(failed.id, (), {"model": "google/gemini"})
    (last,) = view.shown([failed])
    sentence = catalogue.text("es", "error_model_quota_spent", model="google/gemini")
    assert [content["text"] for content in last["content"]] == [f"> {sentence}"]
