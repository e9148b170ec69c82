"""A question is stored, fitted to the window, answered, and the answer stored as it grows: every way of asking."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace

from langchain_core.messages import BaseMessage

from chains.answering import AnswerCall, Call
from chains.assignment import Assignment, Assignments
from chains.background import Aftermath, Background
from chains.composition import Frame
from chains.framing import frame_of
from chains.live import LiveAnswer, LiveAnswers
from chains.memory import Fitted, ReadPrompt, fit, recalled
from chains.options import ConversationOptions
from chains.room_model import RoomModel
from chains.run_record import AnswerRecord, Part
from chains.titles import first_words
from errors import TertuliaError
from models.prompt_reading import PromptToken
from storage.conversations import ConversationStore
from storage.notes import NoteStore
from storage.records import Message, MessageStatus, Step

SECONDS_BETWEEN_SAVES = 1.0


@dataclass(frozen=True)
class Place:
    """Where somebody asks: ``owner`` in one conversation, in the language of the page."""

    owner: str
    conversation_id: str
    language: str


@dataclass(frozen=True)
class Measure:
    """Tokens of a prompt by part, of a ``window`` in which ``reserved`` are kept for the answer."""

    parts: Mapping[Part, int]
    window: int
    reserved: int
    num_left_out: int


Answers = AsyncGenerator[LiveAnswer, None]
Assign = Callable[[Assignments, AnswerRecord | None], Assignment]


class Replies:
    """Answers in conversations. ``max_characters`` is the limit of one message.

    Every way of asking yields the answer so far, about ten times a second. A RequestError before the first yield
    means that nothing was stored. Closing the iterator stops the model; what was written until then is kept and
    marked STOPPED. A fault of the engine ends in an answer marked FAILED that carries its sentence's key.
    """

    def __init__(
        self,
        store: ConversationStore,
        notes: NoteStore,
        room_model: RoomModel,
        live: LiveAnswers,
        max_characters: int,
    ) -> None:
        self._store = store
        self._notes = notes
        self._room_model = room_model
        self._live = live
        self._max_characters = max_characters
        self.background = Background(store, room_model)

    # --- ways of asking ----------------------------------------------------------------------------------------------

    def ask(self, at: Place, inputs: Mapping[str, str]) -> Answers:
        """Answer a new question; ``inputs`` are the variables of the conversation's template."""
        return self._work(at, lambda assignments, _: assignments.asked(inputs))

    def edit(self, at: Place, message_id: str, text: str) -> Answers:
        """Answer another version of a question, on a branch of its own."""
        return self._work(at, lambda assignments, _: assignments.edited(message_id, text))

    def again(self, at: Place, message_id: str) -> Answers:
        """Write another version of an answer."""
        return self._work(at, lambda assignments, _: assignments.again(message_id))

    def resume(self, at: Place, message_id: str) -> Answers:
        """Go on with an answer that was stopped or cut."""
        return self._work(at, lambda assignments, record: assignments.resumed(message_id, record), message_id)

    def branch(self, at: Place, message_id: str, token: int, other: int) -> Answers:
        """Write another version of an answer that goes on with another token: both are indexes into its record."""
        place = (token, other)
        return self._work(at, lambda assignments, record: assignments.branched(message_id, record, place), message_id)

    async def measure(self, at: Place, inputs: Mapping[str, str]) -> Measure:
        """How the prompt that would ask this fills the window, nothing asked. Raises PromptTooLong."""
        work = (await self._assignments(at)).asked(inputs)
        _, fitted = await self._fitted(at, work)
        parts: Counter[Part] = Counter()
        for run in fitted.composition.by_part(fitted.tokens):
            parts[run.part] += len(run.ids)
        reserved = work.options.sampling.max_tokens or 0
        return Measure(parts, self._room_model.context_tokens, reserved, fitted.num_left_out)

    def record(self, owner: str, conversation_id: str, message_id: str) -> AnswerRecord | None:
        """What is known of the runs behind an answer, None for one that has no record. Blocks."""
        kept = self._store.record(owner, conversation_id, message_id)
        return None if kept is None else AnswerRecord.model_validate(kept)

    async def _assignments(self, at: Place) -> Assignments:
        conversation = await asyncio.to_thread(self._store.get, at.owner, at.conversation_id)
        tree = await asyncio.to_thread(self._store.tree, at.owner, at.conversation_id)
        options = self._room_model.settled(ConversationOptions.model_validate(conversation.options))
        return Assignments(conversation, tree, options, self._max_characters)

    # --- one answer --------------------------------------------------------------------------------------------------

    async def _fitted(self, at: Place, work: Assignment) -> tuple[Frame, Fitted]:
        """The prompt that ``work`` begins with. Raises PromptTooLong."""
        options = work.options
        notes = await asyncio.to_thread(self._notes.listed, at.owner) if options.uses_notes else ()
        frame = frame_of(work.conversation, options, [note for note in notes if note.is_on], at.language, work.history)
        turns = recalled(work.history, options, work.conversation.summary_until)
        question = work.question.text
        if options.template.steps:
            turns = []
            question = options.template.step_prompt(options.template.steps[0], _inputs(work), "")
        return frame, await fit(frame, turns, question, options, self._within(options, work))

    def _within(self, options: ConversationOptions, work: Assignment) -> tuple[int, ReadPrompt]:
        """How many tokens a prompt may have, and who counts them."""

        async def read(messages: list[BaseMessage], is_completion: bool) -> tuple[PromptToken, ...]:
            return await self._room_model.reader.aread_prompt(
                messages, prefill=work.begun_text, is_completion=is_completion
            )

        reserved = options.sampling.max_tokens or 0
        return self._room_model.context_tokens - reserved - len(work.begun), read

    async def _work(self, at: Place, assign: Assign, recorded_id: str | None = None) -> Answers:
        with self._live.taken(at.conversation_id):
            assignments = await self._assignments(at)
            place = (at.owner, at.conversation_id)
            record = await asyncio.to_thread(self.record, *place, recorded_id) if recorded_id else None
            work = assign(assignments, record)
            frame, fitted = await self._fitted(at, work)
            writing = _Writing(self._store, at.owner, work, replace(work.answer, num_left_out=fitted.num_left_out))
            await asyncio.to_thread(writing.begin)
            try:
                async with aclosing(self._grow(at, work, (frame, fitted), writing)) as answers:
                    async for answer in answers:
                        self._live.put(at.conversation_id, answer)
                        yield answer
                        await writing.save_now_and_then(answer.message)
            finally:
                writing.end()
        self.background.after(Aftermath(at.owner, work.conversation, work.options, frame, at.language))

    async def _grow(self, at: Place, work: Assignment, begin: tuple[Frame, Fitted], writing: _Writing) -> Answers:
        """The growing answer over all calls, and at last how it ended."""
        yield LiveAnswer(writing.answer)
        frame, fitted = begin
        template, inputs = work.options.template, _inputs(work)
        names = [step.name for step in template.steps] or [""]
        call = Call(fitted.composition, fitted.tokens, work.options, at.owner, names[0], work.begun, work.begun_text)
        try:
            for number, name in enumerate(names):
                if number:
                    text = template.step_prompt(template.steps[number], inputs, writing.answer.text)
                    writing.next_step(names[number - 1])
                    fitted = await fit(frame, [], text, work.options, self._within(work.options, work))
                    call = Call(fitted.composition, fitted.tokens, work.options, at.owner, name)
                run = writing.calling(AnswerCall(self._room_model, call))
                async with aclosing(run.grow()) as growths:
                    async for growth in growths:
                        writing.answer = replace(writing.answer, text=growth.text)
                        yield LiveAnswer(writing.answer, growth.place)
            status = MessageStatus.CUT if run.was_cut else MessageStatus.COMPLETE
            writing.answer = replace(writing.answer, status=status)
        except TertuliaError as error:
            writing.answer = replace(writing.answer, status=MessageStatus.FAILED, error_key=error.key)
        yield LiveAnswer(writing.answer)


class _Writing:
    """One answer on its way into the store."""

    def __init__(self, store: ConversationStore, owner: str, work: Assignment, answer: Message) -> None:
        self._store = store
        self._owner = owner
        self._work = work
        self._saved_at = time.monotonic()
        self._runs: list[AnswerCall] = []
        self.answer = answer

    def begin(self) -> None:
        """Store the question, and the answer's place. Both are committed before the model is called."""
        key = (self._owner, self._work.conversation.id)
        if not self._work.is_asked:
            self._store.add(*key, self._work.question)
            if not self._work.conversation.title:
                self._store.change(*key, title=first_words(self._work.question.text))
        if self._work.is_placed:
            self._store.save(*key, self.answer)
        else:
            self._store.add(*key, self.answer)

    def calling(self, run: AnswerCall) -> AnswerCall:
        """Keep ``run`` for the record."""
        self._runs.append(run)
        return run

    def next_step(self, name: str) -> None:
        """What is written so far was only a step."""
        done = Step(name, self.answer.text)
        self.answer = replace(self.answer, text="", steps=(*self.answer.steps, done))

    async def save_now_and_then(self, answer: Message) -> None:
        """Store the partial answer once a second."""
        if time.monotonic() - self._saved_at < SECONDS_BETWEEN_SAVES or answer.status is not MessageStatus.ANSWERING:
            return
        self._saved_at = time.monotonic()
        await asyncio.to_thread(self._store.save, self._owner, self._work.conversation.id, answer)

    def end(self) -> None:
        """Store the answer as it now is; one that is still ANSWERING was left by whoever read it.

        Not in a thread: whoever is being cancelled should not wait for one.
        """
        if self.answer.status is MessageStatus.ANSWERING:
            self.answer = replace(self.answer, status=MessageStatus.STOPPED)
        key = (self._owner, self._work.conversation.id)
        self._store.save(*key, self.answer)
        if self._runs:
            record = AnswerRecord(runs=tuple(run.record for run in self._runs))
            self._store.put_record(*key, self.answer.id, record.model_dump(mode="json"))


def _inputs(work: Assignment) -> dict[str, str]:
    """The variables of a chain's steps; of an edited question only its text is left."""
    return dict(work.question.inputs) or {"question": work.question.text}
