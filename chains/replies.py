"""A question is stored, fitted to the window, answered, and the answer stored as it grows: every way of asking."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial

from langchain_core.messages import BaseMessage

from chains.answering import AnswerCall, Call
from chains.assignment import Assignment, Assignments
from chains.background import Aftermath, Background
from chains.composition import Frame
from chains.framing import frame_of
from chains.live import LiveAnswer, LiveAnswers
from chains.memory import Fitted, ReadPrompt, fit, recalled
from chains.model_shelf import Models
from chains.options import ConversationOptions
from chains.room_model import RoomModel
from chains.run_record import AnswerRecord, Part, WrittenToken, stored_record
from chains.writing import Writing
from errors import EngineError
from models.prompt_reading import PromptToken
from storage.conversations import ConversationStore
from storage.message_tree import MessageTree
from storage.notes import NoteStore
from storage.records import Conversation, MessageStatus

BYTES_OF_TOKEN = 3  # about, where the tokens of a beginning are not known


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


@dataclass(frozen=True)
class _Asked:
    """What is to be answered ``at`` a place, and by which model."""

    at: Place
    work: Assignment
    room_model: RoomModel


Answers = AsyncGenerator[LiveAnswer, None]
Assign = Callable[[Assignments, AnswerRecord | None], Assignment]


class Replies:
    """Answers in conversations, each by the model that is chosen there. ``max_characters`` is the limit of a message.

    Every way of asking yields the answer so far, about ten times a second, and at last how it ended, when it is stored
    and the next may be asked. An error before the first yield means that nothing was stored. Closing the iterator, or
    cancelling the task that reads it, stops the model; what was written until then is kept and marked STOPPED. A fault
    of the engine ends in an answer marked FAILED that carries its sentence's key; so does a storage that fails while
    an answer is written, and then that StorageError is raised.
    """

    def __init__(
        self,
        store: ConversationStore,
        notes: NoteStore,
        models: Models,
        live: LiveAnswers,
        max_characters: int,
    ) -> None:
        self._store = store
        self._notes = notes
        self._models = models
        self._live = live
        self._max_characters = max_characters
        self.background = Background(store)

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

    async def measure(
        self, at: Place, inputs: Mapping[str, str], options: ConversationOptions | None = None
    ) -> Measure:
        """How the prompt that would ask this fills the window; nothing is asked. Raises PromptTooLong.

        Without a conversation it is that of a new one, with ``options``.
        """
        conversation = Conversation(options=(options or ConversationOptions()).model_dump(mode="json"))
        tree = MessageTree((), None)
        if at.conversation_id:
            conversation = await asyncio.to_thread(self._store.get, at.owner, at.conversation_id)
            tree = await asyncio.to_thread(self._store.tree, at.owner, at.conversation_id)
        asked = self._asked(at, conversation, tree, lambda assignments: assignments.asked(inputs), is_sent=False)
        _, fitted = await self._fitted(asked)
        parts: Counter[Part] = Counter()
        for run in fitted.composition.by_part(fitted.tokens):
            parts[run.part] += len(run.texts)
        reserved = asked.work.options.sampling.max_tokens or 0
        return Measure(parts, asked.room_model.context_tokens, reserved, fitted.num_left_out)

    def _asked(
        self,
        at: Place,
        conversation: Conversation,
        tree: MessageTree,
        assign: Callable[[Assignments], Assignment],
        *,
        is_sent: bool = True,
    ) -> _Asked:
        """What is not sent is not looked at. Raises what ``assign`` raises, and ModelUnknown or another ModelError."""
        options = ConversationOptions.model_validate(conversation.options)
        room_model = self._models.chosen(options, at.owner)
        looked_at = partial(room_model.guard.question, language=at.language) if is_sent else str
        limit = self._max_characters
        work = assign(Assignments(conversation, tree, room_model.settled(options), limit, looked_at))
        return _Asked(at, work, room_model)

    # --- one answer --------------------------------------------------------------------------------------------------

    async def _fitted(self, asked: _Asked) -> tuple[Frame, Fitted]:
        """The prompt that the work begins with. Raises PromptTooLong."""
        at, work, options = asked.at, asked.work, asked.work.options
        notes = await asyncio.to_thread(self._notes.listed, at.owner) if options.uses_notes else ()
        frame = frame_of(work.conversation, options, [note for note in notes if note.is_on], at.language, work.history)
        turns = recalled(work.history, options, work.conversation.summary_until)
        previous = work.answer.steps[-1].text if work.answer.steps else ""
        question = work.prompt_of(work.first_step, previous)
        if options.template.steps:
            turns = []
        return frame, await fit(frame, turns, question, options, _within(asked, work.begun, work.begun_text))

    async def _work(self, at: Place, assign: Assign, recorded_id: str | None = None) -> Answers:
        place = (at.owner, at.conversation_id)
        conversation = await asyncio.to_thread(self._store.get, *place)  # first: what is another's is not even busy
        async with self._live.taken(at.conversation_id):
            tree = await asyncio.to_thread(self._store.tree, *place)
            record = await asyncio.to_thread(stored_record, self._store, *place, recorded_id) if recorded_id else None
            asked = self._asked(at, conversation, tree, lambda assignments: assign(assignments, record))
            asked = _readable(asked, record)
            begin = await self._begin(asked)
            num_left_out = 0 if isinstance(begin, EngineError) else begin[1].num_left_out
            work = asked.work
            writing = Writing(self._store, at.owner, work, replace(work.answer, num_left_out=num_left_out))
            async with aclosing(writing.stored(self._live, self._grow(asked, begin, writing))) as answers:
                async for answer in answers:
                    yield answer
        if not isinstance(begin, EngineError) and writing.answer.status is not MessageStatus.FAILED:
            self.background.after(_aftermath(asked, begin[0]))
        yield LiveAnswer(writing.answer)
        if writing.fault is not None:
            raise writing.fault

    async def _begin(self, asked: _Asked) -> tuple[Frame, Fitted] | EngineError:
        """The first prompt; or why there is none, for the question is to be kept all the same."""
        try:
            return await self._fitted(asked)
        except EngineError as error:
            return error

    async def _grow(self, asked: _Asked, begin: tuple[Frame, Fitted] | EngineError, writing: Writing) -> Answers:
        """The growing answer over all calls; ``writing`` then knows how it ended."""
        yield LiveAnswer(writing.answer)
        if isinstance(begin, EngineError):
            raise begin
        async with aclosing(self._call_in_turn(asked, begin, writing)) as answers:
            async for answer in answers:
                yield answer

    async def _call_in_turn(self, asked: _Asked, begin: tuple[Frame, Fitted], writing: Writing) -> Answers:
        frame, fitted = begin
        work, owner = asked.work, asked.at.owner
        begun, begun_text = work.begun, work.begun_text
        for number in range(work.first_step, len(work.step_names)):
            if number > work.first_step:
                question = work.prompt_of(number, writing.answer.text)
                writing.next_step(work.step_names[number - 1])
                fitted = await fit(frame, [], question, work.options, _within(asked))
                begun, begun_text = (), ""
            name = work.step_names[number]
            call = Call(fitted.composition, fitted.tokens, work.options, owner, name, begun, begun_text)
            run = writing.calling(AnswerCall(asked.room_model, call))
            async with aclosing(run.grow()) as growths:
                async for growth in growths:
                    writing.answer = replace(writing.answer, text=growth.text)
                    yield LiveAnswer(writing.answer, growth.place)
        writing.finish(MessageStatus.CUT if run.was_cut else MessageStatus.COMPLETE)


def _within(asked: _Asked, begun: Sequence[WrittenToken] = (), begun_text: str = "") -> tuple[int, ReadPrompt]:
    """How many tokens a prompt may have, and who counts them. What is begun takes from the answer's share too."""
    room_model, limit = asked.room_model, asked.work.options.sampling.max_tokens or 0

    async def read(messages: list[BaseMessage], is_completion: bool) -> tuple[PromptToken, ...]:
        return await room_model.reader.aread_prompt(messages, prefill=begun_text, is_completion=is_completion)

    num_begun = len(begun) + len(begun_text.encode(errors="replace")) // BYTES_OF_TOKEN
    reserved = min(limit, max(0, room_model.context_tokens - num_begun) // 2)
    return room_model.context_tokens - reserved - len(begun), read


def _readable(asked: _Asked, record: AnswerRecord | None) -> _Asked:
    """The tokens that another model began an answer with are nothing to this one: it is given their text."""
    if record is None or record.last.model == asked.room_model.name:
        return asked
    return replace(asked, work=replace(asked.work, begun=()))


def _aftermath(asked: _Asked, frame: Frame) -> Aftermath:
    at, work = asked.at, asked.work
    return Aftermath(at.owner, work.conversation, work.options, frame, at.language, asked.room_model)
