"""Studying a document: what the model is given, in which order, and that leaving ends its work."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.room_model import RoomModel
from errors import DocumentNotFound, NothingToSearch
from rag.key_terms import key_terms
from rag.study import Study, StudyProgress, Subject, SummaryChoice, _cut
from storage.document_records import Page
from tests.scripted_model import ScriptedModel

CONTEXT_TOKENS = 600
SENTENCE = "The river number {number} flows through the old town and then into the sea. "
ENGLISH = "".join(SENTENCE.format(number=number) for number in range(90))


@dataclass
class Shelf:
    """One document, of ana's."""

    texts: Sequence[str]

    def pages(self, owner: str, document_id: str) -> tuple[Page, ...]:
        if (owner, document_id) != ("ana", "rivers"):
            raise DocumentNotFound
        return tuple(Page(number, text) for number, text in enumerate(self.texts, start=1))

    def page(self, owner: str, document_id: str, number: int) -> Page:
        return self.pages(owner, document_id)[number - 1]


def study(texts: Sequence[str], model: ScriptedModel) -> Study:
    async def model_of(owner: str) -> RoomModel:
        return RoomModel(model, model, f"scripted for {owner}", CONTEXT_TOKENS)

    return Study(Shelf(texts), model_of)


def answer(prompt: str) -> list[str]:
    """A note that names the first river of the part, a summary, a translation, a question."""
    if "main ideas" in prompt:
        found = re.search(r"number (\d+)", prompt)
        return [f"Note on river {found[1] if found else '?'}."]
    if "Summarise" in prompt:
        return ["Rivers\n", "- They flow.\n", "They end in the sea."]
    return ["Ríos\n- Fluyen."] if "Traduce" in prompt else ["Where does it flow?"]


async def states(growing: object) -> list[StudyProgress]:
    return [progress async for progress in growing]  # type: ignore[attr-defined]


async def test_a_short_page_is_summarized_in_one_call() -> None:
    model = ScriptedModel(script=answer)
    seen = await states(study([ENGLISH, "A short page of the book."], model).summarize(
        Subject("ana", "rivers", page=2), SummaryChoice(3, 1, "en")
    ))  # fmt: skip
    assert seen[-1].text == "Rivers\n- They flow.\nThey end in the sea."
    assert len(model.prompts) == 1
    assert "A short page of the book." in model.prompts[0][-1].text
    assert "3 points" in model.prompts[0][-1].text


async def test_a_long_document_is_read_part_by_part_and_nothing_of_it_is_left_out() -> None:
    model = ScriptedModel(script=answer)
    seen = await states(study([ENGLISH, ENGLISH], model).summarize(Subject("ana", "rivers"), SummaryChoice(3, 1, "en")))
    parts = [prompt[-1].text for prompt in model.prompts if "main ideas" in prompt[-1].text]
    assert len(parts) > 1
    for number in range(90):
        assert sum(part.count(f"number {number} ") for part in parts) == 2
    reading = [progress for progress in seen if progress.stage == "reading"]
    assert [progress.done for progress in reading] == sorted(progress.done for progress in reading)
    assert reading[-1].done == reading[-1].total == len(parts)
    assert "Note on river 0." in model.prompts[-1][-1].text
    for prompt in model.prompts:
        assert len(await model.aread_prompt(prompt)) < CONTEXT_TOKENS


async def test_a_summary_in_another_language_is_translated_by_a_second_chain() -> None:
    model = ScriptedModel(script=answer)
    seen = await states(study(["The short text of the page."], model).summarize(
        Subject("ana", "rivers"), SummaryChoice(3, 1, "es")
    ))  # fmt: skip
    assert seen[-1].text == "Ríos\n- Fluyen."
    assert seen[-1].original == "Rivers\n- They flow.\nThey end in the sea."
    assert "They end in the sea." in model.prompts[-1][-1].text


async def test_five_questions_are_about_parts_from_all_over() -> None:
    model = ScriptedModel(script=answer)
    seen = await states(study([ENGLISH, ENGLISH], model).ask(Subject("ana", "rivers")))
    assert seen[-1].text.splitlines() == [f"{number}. Where does it flow?" for number in range(1, 6)]
    assert len({prompt[-1].text for prompt in model.prompts}) == 5


async def test_who_leaves_ends_the_calls_under_way() -> None:
    never = asyncio.Event()
    model = ScriptedModel(script=answer, pace=never.wait)
    growing = study([ENGLISH], model).summarize(Subject("ana", "rivers", page=1), SummaryChoice(3, 1, "en"))
    async with aclosing(growing) as seen:
        await anext(seen)
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    assert others == []


@pytest.mark.parametrize("subject", [Subject("bea", "rivers"), Subject("ana", "roads")])
async def test_what_is_anothers_is_not_found(subject: Subject) -> None:
    with pytest.raises(DocumentNotFound):
        await states(study(["text"], ScriptedModel()).summarize(subject, SummaryChoice()))


async def test_a_document_without_text_says_so() -> None:
    with pytest.raises(NothingToSearch):
        await states(study([" "], ScriptedModel()).ask(Subject("ana", "rivers")))


@given(st.text(alphabet="ab .\n", max_size=400), st.integers(1, 50))
def test_cutting_loses_nothing(text: str, size: int) -> None:
    pieces = _cut(text, size)
    assert "".join(pieces) == text
    assert all(0 < len(piece) <= size for piece in pieces)


def test_key_terms_are_what_comes_again_and_no_common_words() -> None:
    text = "The language model predicts. A language model learns from text. Text is what the model reads and the cat."
    terms = [term.text for term in key_terms(text)]
    assert terms[0] == "language model"
    assert "cat" not in terms
    assert not {"the", "what"} & {term.lower() for term in terms}
