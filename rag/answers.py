"""A question to documents is stored, searched, answered, and the answer stored with its sources as it grows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace
from functools import partial

from chains.assignment import Assignment, Assignments
from chains.languages import language_of
from chains.live import LiveAnswers
from chains.model_shelf import Models
from chains.options import SamplingChoice
from chains.replies import Place
from chains.room_model import RoomModel
from rag.answer_desk import AnswerDesk, DocumentAnswer, DocumentSources, Growing
from rag.document_answering import DocumentAnswering
from rag.document_record import DocumentRecord, document_record
from rag.document_writing import DocumentWriting, Findings
from rag.modes import DocumentOptions, Mode
from rag.retrieval import Where
from storage.conversations import ConversationStore
from storage.records import Role

# Where nobody chose: what is read is told, not made up, and a small model that goes in circles does not do so for long.
FAITHFUL = SamplingChoice(temperature=0.2, repeat_penalty=1.1, max_tokens=320)


class DocumentAnswers:
    """Answers in conversations of the Documents room, by the rules of ``chains.replies.Replies``.

    The first yield means that the question and the place of its answer are stored. Closing the iterator stops the
    model; what was written until then is kept and marked STOPPED. Faults end in an answer marked FAILED that carries
    its sentence's key. Where the documents do not hold the answer, a fixed sentence says so and no model is asked.
    """

    def __init__(
        self,
        store: ConversationStore,
        models: Models,
        live: LiveAnswers,
        sources: DocumentSources,
        max_characters: int,
    ) -> None:
        self._store = store
        self._models = models
        self._live = live
        self._sources = sources
        self._max_characters = max_characters

    def ask(self, at: Place, question: str, mode: Mode, document_ids: tuple[str, ...] = ()) -> Growing:
        """Answer a new question; ``document_ids`` none are all of the conversation's collection."""
        return self._work(at, mode, document_ids, lambda assignments: assignments.asked({"question": question}))

    def again(
        self, at: Place, message_id: str, mode: Mode, document_ids: tuple[str, ...] = (), *, anyway: bool = False
    ) -> Growing:
        """Write another version of an answer; ``anyway`` from the nearest passages, however unlikely they are."""
        return self._work(at, mode, document_ids, lambda assignments: assignments.again(message_id), anyway=anyway)

    def record(self, owner: str, conversation_id: str, message_id: str) -> DocumentRecord | None:
        """How an answer came about; None for one without a record. Blocks."""
        return document_record(self._store.record(owner, conversation_id, message_id))

    async def _work(
        self,
        at: Place,
        mode: Mode,
        document_ids: tuple[str, ...],
        assign: Callable[[Assignments], Assignment],
        *,
        anyway: bool = False,
    ) -> Growing:
        conversation = await asyncio.to_thread(self._store.get, at.owner, at.conversation_id)
        async with self._live.taken(at.conversation_id):
            chosen = DocumentOptions.model_validate(conversation.options)
            room_model = self._models.chosen(chosen, at.owner)
            options = _settled(chosen, room_model)
            tree = await asyncio.to_thread(self._store.tree, at.owner, at.conversation_id)
            looked_at = partial(room_model.guard.question, language=at.language)
            work = assign(Assignments(conversation, tree, options, self._max_characters, looked_at))
            earlier = await asyncio.to_thread(self._earlier, at, work)
            where = Where(at.owner, options.collection_id, document_ids, options.diversity, options.threshold, anyway)
            writing = DocumentWriting(self._store, at.owner, work, work.answer)
            language = language_of(work.question.text, at.language)
            numbered = earlier.numbered if earlier else ()
            writing.findings = Findings(mode, language, options.collection_id, numbered)
            desk = AnswerDesk(room_model, self._sources, where, work, writing, options.num_passages)
            growing = DocumentAnswering(desk, earlier).grow()
            async with aclosing(writing.stored(self._live, growing)) as answers:
                async for answer in answers:
                    yield answer
        yield self._ended(desk)
        if writing.fault is not None:
            raise writing.fault

    def _earlier(self, at: Place, work: Assignment) -> DocumentRecord | None:
        """The record of the newest answer before this one that has any."""
        answers = [message for message in reversed(work.history) if message.role is Role.ASSISTANT]
        records = (self.record(at.owner, at.conversation_id, message.id) for message in answers)
        return next((record for record in records if record is not None), None)

    def _ended(self, desk: AnswerDesk) -> DocumentAnswer:
        return replace(desk.now("done"), citations=desk.findings.cited)


def faithful(room_model: RoomModel) -> SamplingChoice:
    """What holds with this model where nobody chose: of one that may not be told, or that thinks first, nothing."""
    is_told = room_model.defaults.temperature is not None
    return SamplingChoice(**room_model.defaults.chosen() | (FAITHFUL.chosen() if is_told else {}))


def _settled(options: DocumentOptions, room_model: RoomModel) -> DocumentOptions:
    chosen = SamplingChoice(**faithful(room_model).chosen() | options.sampling.chosen())
    settled = room_model.settled(options.model_copy(update={"sampling": chosen}))
    return DocumentOptions.model_validate(settled.model_dump())
