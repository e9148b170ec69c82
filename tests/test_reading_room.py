"""Documents asked in the room: what is shown of an answer and its sources, and to whom."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.page_reader import catalogue
from tests.reading_visitor import ReadingVisitor
from tests.scripted_model import ScriptedModel

LOA, BAKER, CHEESE = "The Loa is the longest river.", "The Baker carries most water.", "Penguins eat cheese in Paris."
RIVERS = f"{LOA} It crosses the desert.\n\n{BAKER} It begins in a lake."
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # toasts, outside of Gradio
ASKED = "Which river is the longest, and which carries most water?"
LINK = re.compile(r'\[([^\]]*)\]\(#([\w-]+) "([^"]*)"\)')


def say(key: str, **values: object) -> str:
    return catalogue.text("en", key, **values)


def script(*sentences: str) -> Callable[[str], Sequence[str]]:
    return lambda _: [f"{sentence} " for sentence in sentences]


@pytest.fixture
def ana_with(tmp_path: Path) -> Callable[..., ReadingVisitor]:
    def make(*sentences: str) -> ReadingVisitor:
        ana = ReadingVisitor.at(tmp_path, ScriptedModel(script=script(*(sentences or (LOA, CHEESE)))))
        ana.keeps(RIVERS)
        return ana

    return make


def targets(markdown: str) -> list[str]:
    return [target for _, target, _ in LINK.findall(markdown)]


async def test_each_sentence_has_its_source_or_none(ana_with: Callable[..., ReadingVisitor]) -> None:
    ana = ana_with()
    await ana.ask(ASKED)
    first, second = targets(ana.answer)
    assert first.startswith(f"source-{ana.messages[-1].id}-1-")
    assert second == f"no-source-{ana.messages[-1].id}"
    assert ana.status == say("app_status_cited", count=1, total=2)
    growing = [state[ana.parts.reading.chat] for state in ana.states if ana.parts.reading.chat in state]
    assert any(first in json.dumps(shown) for shown in growing[:-2]), "while it was being written, too"


async def test_a_mark_opens_what_the_sentence_is_from(ana_with: Callable[..., ReadingVisitor]) -> None:
    ana = ana_with()
    await ana.ask(ASKED)
    await ana.act("citation", message=ana.messages[-1].id, citation=0)
    source = ana.html(ana.parts.sources.source)
    assert "rivers.txt" in source.text
    marked = str(ana.last(ana.parts.sources.source)).partition("<mark>")[2].partition("</mark>")[0]
    assert LOA in marked
    assert BAKER not in marked


async def test_a_citation_that_was_never_given_is_none(ana_with: Callable[..., ReadingVisitor]) -> None:
    ana = ana_with()
    await ana.ask(ASKED)
    for number in (1, 2, -1, 999, "x"):  # the second sentence has no source
        await ana.act("citation", message=ana.messages[-1].id, citation=number)
        assert ana.status == say("error_message_not_found")
    assert ana.last(ana.parts.sources.source) == ""


async def test_what_is_not_in_the_documents_is_not_answered(ana_with: Callable[..., ReadingVisitor]) -> None:
    ana = ana_with()
    await ana.ask("Quantum chromodynamics lectures?")
    assert ana.status == say("app_status_not_found")
    await ana.act("found", message=ana.messages[-1].id)
    found = ana.html(ana.parts.sources.search)
    assert say("app_found_no") in found.text
    assert say("app_found_not_given") in found.text, "the nearest are shown"


async def test_how_it_was_found_tells_every_leg(ana_with: Callable[..., ReadingVisitor]) -> None:
    ana = ana_with()
    await ana.ask(ASKED)
    await ana.act("found", message=ana.messages[-1].id)
    found = ana.html(ana.parts.sources.search).text
    for said in (ASKED, say("app_found_yes"), say("app_leg_dense"), "#1", say("app_found_given"), "rivers.txt"):
        assert said in found


async def test_a_question_can_be_searched_without_a_model(ana_with: Callable[..., ReadingVisitor]) -> None:
    ana = ana_with()
    await ana.try_search("longest river")
    assert "rivers.txt" in ana.html(ana.parts.sources.search).text
    assert ana.id == ""
    await ana.try_search("  ")
    assert len(ana.states) == 1


async def test_two_answers_stand_beside_each_other(ana_with: Callable[..., ReadingVisitor]) -> None:
    ana = ana_with()
    await ana.ask(ASKED, "compare")
    without, with_them = (part["text"] for part in ana.chat[-1]["content"])
    assert say("app_compare_without") in without
    assert targets(without) == []
    assert say("app_compare_with") in with_them
    assert len(targets(with_them)) == 2
    assert 'data-compares="true"' in ana.last(ana.parts.reading.bars)


async def test_without_retrieval_nothing_has_a_source(ana_with: Callable[..., ReadingVisitor]) -> None:
    ana = ana_with()
    await ana.ask(ASKED, "none")
    assert targets(ana.answer) == []
    assert ana.status == say("app_status_no_retrieval")


async def test_only_the_ticked_documents_are_asked(ana_with: Callable[..., ReadingVisitor]) -> None:
    ana = ana_with("The Nile is longest river of Egypt.")
    other = ana.keeps("The Nile is longest river of Egypt.", "egypt.txt")
    await ana.ask("longest river water", "naive", other.id)
    await ana.act("citation", message=ana.messages[-1].id, citation=0)
    assert "egypt.txt" in ana.html(ana.parts.sources.source).text


async def test_a_conversation_comes_back_as_it_was(ana_with: Callable[..., ReadingVisitor]) -> None:
    ana = ana_with()
    await ana.ask(ASKED, "compare")
    await ana.keep("num_passages", 2)
    begun, shown = ana.id, ana.chat
    await ana.move("new")
    assert (ana.id, ana.chat) == ("", [])
    await ana.move("open", id=begun)
    assert (ana.id, ana.chat) == (begun, shown)
    assert ana.last(ana.parts.reading.mode) == "compare"
    assert ana.last(ana.parts.sources.settings.sliders["num_passages"]) == 2
    await ana.move("delete", id=begun)
    assert (ana.id, ana.chat) == ("", [])
    await ana.look(begun)
    assert ana.id == ""


async def test_settings_that_nobody_changed_make_no_conversation(ana_with: Callable[..., ReadingVisitor]) -> None:
    ana = ana_with()
    settings = ana.parts.sources.settings
    for name, slider in settings.sliders.items():
        await ana.keep(name, slider.value, at="")
    assert ana.id == ""
    await ana.keep("threshold", 1.0, at="")
    assert ana.id != ""
    await ana.ask(ASKED)
    assert ana.status == say("app_status_not_found")
    await ana.keep("temperature", "hot")
    assert ana.status == say("error_option_invalid")


async def test_an_empty_library_says_what_to_do(tmp_path: Path) -> None:
    ana = ReadingVisitor.at(tmp_path, ScriptedModel())
    await ana.look("")
    assert say("app_documents_first_step") in ana.html(ana.parts.reading.welcome).text
    await ana.ask(ASKED)
    assert say("error_nothing_to_search") in ana.answer + ana.status


async def test_a_deleted_document_is_shown_no_more(ana_with: Callable[..., ReadingVisitor]) -> None:
    ana = ana_with()
    await ana.ask(ASKED)
    library = ana.services.documents.library
    (document,) = library.documents(ana.owner, library.collections(ana.owner)[0].id)
    library.delete(ana.owner, document.id)
    for action, part in (("citation", ana.parts.sources.source), ("found", ana.parts.sources.search)):
        await ana.act(action, message=ana.messages[-1].id, citation=0)
        assert say("app_source_gone", name="rivers.txt") in ana.html(part).text
        assert "desert" not in str(ana.last(part))


async def test_ratings_are_kept(ana_with: Callable[..., ReadingVisitor]) -> None:
    ana = ana_with()
    await ana.ask(ASKED)
    await ana.act("rate", message=ana.messages[-1].id, rating=-1)
    assert ana.messages[-1].rating == -1
    await ana.write("again", message=ana.messages[-1].id)
    assert ana.messages[-1].rating == 0
    await ana.move("version", message=ana.messages[-1].id)
    assert len(ana.messages) == 2


ACTS: list[tuple[str, dict[str, Any]]] = [
    ("citation", {"citation": 0}),
    ("found", {}),
    ("glass", {}),
    ("rate", {"rating": 1}),
    ("source", {"page": 1, "start": 0, "end": 9}),
]


async def test_what_is_anothers_is_as_if_it_never_was(ana_with: Callable[..., ReadingVisitor]) -> None:
    ana = ana_with()
    document = ana.keeps("Another one of hers.", "hers.txt")
    await ana.ask(ASKED)
    real = {"document": document.id, "message": ana.messages[-1].id, "id": ana.id}
    unknown = {name: value[::-1] for name, value in real.items()}
    before = ana.messages
    heard = []
    for ids in (real, unknown):
        eva = ana.another()
        eva.keeps("Mine.", "mine.txt")
        for name, data in ACTS:
            await eva.act(name, at=ids["id"], **{**ids, **data})
        await eva.ask("anything", at=ids["id"])
        await eva.write("again", at=ids["id"], **ids)
        await eva.move("open", **ids)
        await eva.move("delete", **ids)
        await eva.move("version", at=ids["id"], **ids)
        await eva.look(ids["id"])
        await eva.try_search("river", at=ids["id"])
        await eva.keep("threshold", 0.2, at=ids["id"])
        heard.append([_plainly(state) for state in eva.states])
    assert heard[0] == heard[1]
    assert "hers" not in str(heard[0])
    assert ana.messages == before


async def test_a_conversation_of_another_room_or_collection_is_none_of_this(
    ana_with: Callable[..., ReadingVisitor],
) -> None:
    ana = ana_with()
    chat_id = ana.services.chat.conversations.start(ana.owner)
    await ana.look(chat_id)
    assert ana.id == ""
    await ana.ask(ASKED)
    begun = ana.id
    other = ana.services.documents.library.create(ana.owner, "Other")
    await ana.look(begun, other.id)
    assert ana.id == ""


def _plainly(state: dict[Any, Any]) -> dict[str, str]:
    """Without ids, which differ from one to the next, and components, which say nothing here."""
    shown = {str(part.elem_id): str(value) for part, value in state.items() if isinstance(value, str | int | list)}
    return {name: re.sub(r"[\w-]{22}|html-[0-9a-f]{8}", "ID", value) for name, value in shown.items()}
