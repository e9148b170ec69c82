"""Studying one document or page of it: a summary by map and reduce, its translation, and questions to learn with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import Runnable

from chains.factory import build_chain
from chains.languages import language_of
from chains.room_model import RoomModel
from chains.streaming import PacedStream
from errors import NothingToSearch
from rag.study_prompts import NOTES_PROMPTS, QUESTION_PROMPTS, SUMMARY_PROMPTS, TRANSLATION_PROMPTS
from storage.document_records import Page

NUM_QUESTIONS = 5
MAX_NOTE_TOKENS = 120
MAX_SUMMARY_TOKENS = 700
MAX_QUESTION_TOKENS = 48
MIN_PIECE_CHARACTERS = 200
CHARACTERS_OF_TOKEN = 3  # about; what is too long by count is halved
PROMPT_MARGIN = 96  # tokens by which the prompt of the summary is longer than that of the notes
AT_ONCE = 4  # calls in one batch of the engine; more would keep other readers waiting

Stage = Literal["reading", "writing", "translating", "asking", "done"]


class Pages(Protocol):
    """Where the text of documents is."""

    def pages(self, owner: str, document_id: str) -> tuple[Page, ...]: ...
    def page(self, owner: str, document_id: str, number: int) -> Page: ...


@dataclass(frozen=True)
class Subject:
    """What is studied: a document of ``owner``, or one ``page`` of it."""

    owner: str
    document_id: str
    page: int | None = None


@dataclass(frozen=True)
class SummaryChoice:
    """``language`` of the summary: another than the document's has it translated by a second chain."""

    num_points: int = 5
    num_paragraphs: int = 2
    language: Literal["en", "es"] = "es"


@dataclass(frozen=True)
class StudyProgress:
    """``done`` of ``total`` calls that read; ``text`` so far. ``original`` is what a translation is made of."""

    stage: Stage
    done: int = 0
    total: int = 0
    text: str = ""
    original: str = ""


Growing = AsyncGenerator[StudyProgress, None]


class Study:
    """``model_of`` finds the model that an owner uses here.

    Closing what a method gives stops the model. Raises DocumentNotFound, NothingToSearch, a ModelError or an
    EngineError.
    """

    def __init__(self, pages: Pages, model_of: Callable[[str], Awaitable[RoomModel]]) -> None:
        self._pages = pages
        self._model_of = model_of

    async def summarize(self, subject: Subject, choice: SummaryChoice) -> Growing:
        """Notes of each part (map), notes of the notes until all fits (reduce), then the summary as it is written."""
        text, language = await self._text(subject)
        model = await self._model(subject)
        pieces = await model.pieces(text, NOTES_PROMPTS[language], MAX_NOTE_TOKENS)
        while len(pieces) > 1:
            notes = [""] * len(pieces)
            calls = model.each(NOTES_PROMPTS[language], pieces, MAX_NOTE_TOKENS)
            async with aclosing(calls) as written:
                done = 0
                yield StudyProgress("reading", 0, len(pieces))
                async for place, note in written:
                    notes[place] = note
                    done += 1
                    yield StudyProgress("reading", done, len(pieces))
            fewer = await model.pieces("\n".join(notes), NOTES_PROMPTS[language], MAX_NOTE_TOKENS)
            pieces = fewer if len(fewer) < len(pieces) else fewer[:1]  # notes as long as what they are of end here
        variables = {"text": pieces[0], "num_points": choice.num_points, "num_paragraphs": choice.num_paragraphs}
        summary = ""
        async with aclosing(model.written("writing", SUMMARY_PROMPTS[language], variables)) as states:
            async for progress in states:
                summary = progress.text
                yield progress
        if choice.language != language:
            variables = {"text": summary}
            prompt = TRANSLATION_PROMPTS[choice.language]
            translated = ""
            async with aclosing(model.written("translating", prompt, variables)) as states:
                async for progress in states:
                    translated = progress.text
                    yield StudyProgress("translating", text=translated, original=summary)
            yield StudyProgress("done", text=translated, original=summary)
        else:
            yield StudyProgress("done", text=summary)

    async def ask(self, subject: Subject, language: Literal["en", "es"] | None = None) -> Growing:
        """Five questions, one a line, about parts from all over the text; in its own language unless told otherwise."""
        text, own = await self._text(subject)
        model, prompt = await self._model(subject), QUESTION_PROMPTS[language or own]
        pieces = await model.pieces(text, prompt, MAX_QUESTION_TOKENS, at_most=len(text) // NUM_QUESTIONS + 1)
        step = max(1, len(pieces) // NUM_QUESTIONS)
        chosen = pieces[::step][:NUM_QUESTIONS]
        questions = [""] * len(chosen)
        yield StudyProgress("asking", 0, len(chosen))
        done = 0
        async with aclosing(model.each(prompt, chosen, MAX_QUESTION_TOKENS)) as written:
            async for place, question in written:
                questions[place] = " ".join(question.split())
                done += 1
                yield StudyProgress("asking", done, len(chosen), _lines(questions))
        yield StudyProgress("done", done, len(chosen), _lines(questions))

    async def _model(self, subject: Subject) -> _StudyModel:
        return _StudyModel(await self._model_of(subject.owner), subject.owner)

    async def _text(self, subject: Subject) -> tuple[str, str]:
        """The text and its language, one of ours. Raises NothingToSearch when there is none yet."""
        if subject.page is None:
            pages = await asyncio.to_thread(self._pages.pages, subject.owner, subject.document_id)
        else:
            pages = (await asyncio.to_thread(self._pages.page, subject.owner, subject.document_id, subject.page),)
        text = "\n\n".join(page.text for page in pages).strip()
        if not text:
            raise NothingToSearch
        return text, language_of(text[:5_000], "en")


class _StudyModel:
    """The calls of ``room_model`` for ``owner``."""

    def __init__(self, room_model: RoomModel, owner: str) -> None:
        self._room_model = room_model
        self._owner = owner

    async def each(
        self, prompt: ChatPromptTemplate, pieces: Sequence[str], limit: int
    ) -> AsyncGenerator[tuple[int, str], None]:
        """What the model writes about each of ``pieces``, with its place, as they are done."""
        chain = self._chain(prompt, limit)
        turn = asyncio.Semaphore(AT_ONCE)

        async def write(place: int) -> tuple[int, str]:
            async with turn:
                return place, (await chain.ainvoke({"text": pieces[place]})).strip()

        tasks = [asyncio.create_task(write(place)) for place in range(len(pieces))]
        try:
            for task in asyncio.as_completed(tasks):
                yield await task
        finally:  # LangChain's own batch would go on writing for nobody
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def written(self, stage: Stage, prompt: ChatPromptTemplate, variables: dict[str, Any]) -> Growing:
        """The text as it grows."""
        text = ""
        stream = PacedStream(self._chain(prompt, self._longest), variables, {})
        yield StudyProgress(stage)
        async with aclosing(stream.read()) as news:
            async for progress in news:
                text += progress.text
                yield StudyProgress(stage, text=text.strip())

    def _chain(self, prompt: ChatPromptTemplate, limit: int) -> Runnable[dict[str, Any], str]:
        options = {"owner": self._owner, "temperature": 0.0, "repeat_penalty": 1.2, "max_tokens": limit}
        return build_chain(
            prompt, self._room_model.model.bind(**options), run_name="study", guarded=self._room_model.guard.begin()
        )

    @property
    def _longest(self) -> int:
        return min(MAX_SUMMARY_TOKENS, self._room_model.context_tokens // 3)

    async def pieces(self, text: str, prompt: ChatPromptTemplate, limit: int, at_most: int | None = None) -> list[str]:
        """``text`` in parts that fit the model's window beside their prompt and an answer, each of ``at_most``
        characters."""
        room = self._room_model.context_tokens - max(limit, self._longest) - PROMPT_MARGIN
        size = max(MIN_PIECE_CHARACTERS, min(room * CHARACTERS_OF_TOKEN, at_most or len(text)))
        waiting, pieces = list(reversed(_cut(text, size))), []
        while waiting:
            piece = waiting.pop()
            given = dict.fromkeys(prompt.input_variables, "") | {"text": piece}
            tokens = await self._room_model.reader.aread_prompt(prompt.format_messages(**given))
            if len(tokens) <= room or len(piece) < MIN_PIECE_CHARACTERS:
                pieces.append(piece)
            else:
                waiting += reversed(_cut(piece, len(piece) // 2 + 1))
        return pieces


def _cut(text: str, size: int) -> list[str]:
    """``text`` in stretches of at most ``size`` characters that end, where they can, with a paragraph or a sentence."""
    pieces, start = [], 0
    while start < len(text):
        end = min(len(text), start + size)
        if end < len(text):
            ends = (text.rfind(mark, start + size // 2, end) + len(mark) for mark in ("\n\n", "\n", ". ", " "))
            end = next((place for place in ends if place > start + size // 2), end)
        pieces.append(text[start:end])
        start = end
    return pieces


def _lines(questions: Sequence[str]) -> str:
    return "\n".join(f"{number}. {question}" for number, question in enumerate(filter(None, questions), start=1))
