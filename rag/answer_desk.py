"""What everything that takes part in one answer from documents has at hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol, TypeVar

from langchain_core.messages import BaseMessage

from chains.assignment import Assignment
from chains.composition import Turn
from chains.live import LiveAnswer
from chains.memory import ReadPrompt, recalled
from chains.options import ConversationOptions
from chains.room_model import RoomModel
from errors import EmbedderUnavailable
from models.prompt_reading import PromptToken
from rag.citations import Citation, NumberedPassage, SentenceEmbedder
from rag.document_writing import DocumentWriting, Findings
from rag.retrieval import Reranker, Searching, Where
from rag.search import SearchReport
from storage.document_records import Passage
from storage.records import MessageStatus

Stage = Literal["condensing", "searching", "reranking", "writing", "done"]
Made = TypeVar("Made")


class PassageReading(Protocol):
    """What this room needs of ``storage.passages.PassageStore``."""

    def by_ids(self, owner: str, ids: Sequence[int]) -> tuple[Passage, ...]: ...


@dataclass(frozen=True)
class DocumentSources:
    """Where passages come from, and who compares them. The last two raise EmbedderUnavailable; all block."""

    searching: Searching
    passages: PassageReading
    sentence_embedder: Callable[[], SentenceEmbedder]
    reranker: Callable[[], Reranker]


@dataclass(frozen=True)
class DocumentAnswer(LiveAnswer):
    """An answer as it stands. ``citations`` are those of its finished sentences, ``report`` what was found for it.

    ``given`` are the passages that the model was given, by the numbers that the citations know them by.
    """

    citations: tuple[Citation, ...] = ()
    report: SearchReport | None = None
    given: tuple[NumberedPassage, ...] = ()
    stage: Stage = "writing"


Growing = AsyncGenerator[DocumentAnswer, None]


@dataclass(frozen=True)
class AnswerDesk:
    """``work`` is answered into ``writing`` from what is found ``where``, ``num_passages`` at once."""

    room_model: RoomModel
    sources: DocumentSources
    where: Where
    work: Assignment
    writing: DocumentWriting
    num_passages: int

    @property
    def findings(self) -> Findings:
        return self.writing.findings

    @property
    def language(self) -> str:
        return self.findings.language

    @property
    def question(self) -> str:
        return self.work.question.text

    @property
    def options(self) -> ConversationOptions:
        return self.work.options

    @cached_property
    def turns(self) -> list[Turn]:
        """The conversation so far, as the memory that was chosen has it."""
        return recalled(self.work.history, self.options, self.work.conversation.summary_until)

    @property
    def found(self) -> tuple[Passage, ...]:
        """The passages to answer from, best first."""
        return self.findings.retrieved.passages if self.findings.retrieved else ()

    def within(self, options: ConversationOptions) -> tuple[int, ReadPrompt]:
        """How many tokens a prompt may have, and who counts them."""

        async def read(messages: list[BaseMessage], is_completion: bool) -> tuple[PromptToken, ...]:
            return await self.room_model.reader.aread_prompt(messages, is_completion=is_completion)

        return self.room_model.context_tokens - (options.sampling.max_tokens or 0), read

    async def available(self, make: Callable[[], Made], note: str) -> Made | None:
        """What ``make`` makes in a thread; None where there is no such embedder, and the record says so."""
        try:
            return await asyncio.to_thread(make)
        except EmbedderUnavailable:
            self.findings.notes.append(note)
            return None

    def say(self, text: str) -> None:
        """The answer is ``text``; no model wrote it."""
        self.writing.put(text)
        self.writing.finish(MessageStatus.COMPLETE)

    def now(self, stage: Stage) -> DocumentAnswer:
        found, given = self.findings.retrieved, self.findings.given
        return DocumentAnswer(
            self.writing.answer,
            report=found.report if found else None,
            given=given.passages if given else (),
            stage=stage,
        )
