"""A question to the agent is stored, answered step by step, and the answer stored with its steps as it grows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial

from agents.answering import AgentAnswering
from agents.approvals import Approvals, Decision
from agents.options import ROOM, AgentOptions
from agents.record import AgentRecord, agent_record
from agents.tools.tool import AgentTool
from agents.trace import Growing
from agents.turn_prompt import AgentTask, prompted, room_for_past
from agents.turns import ToolsOf, Turns
from agents.writing import AgentWriting
from chains.assignment import Assignment, Assignments
from chains.background import Aftermath, Background
from chains.framing import frame_of
from chains.languages import language_of
from chains.live import LiveAnswers
from chains.model_shelf import Models
from chains.options import SamplingChoice
from chains.replies import Place
from chains.room_model import RoomModel
from chains.templates import TemplateSpec
from errors import ConversationNotFound
from storage.conversations import ConversationStore
from storage.notes import NoteStore
from storage.records import Conversation, MessageStatus

CAREFUL = SamplingChoice(temperature=0.2)  # of a local model, where nobody chose: a decision is no place for chance

Assign = Callable[[Assignments], Assignment]


@dataclass(frozen=True)
class AgentParts:
    """What the agent answers with. ``max_characters`` is the limit of one message."""

    models: Models
    tools: ToolsOf
    turns: Turns
    approvals: Approvals
    max_characters: int


class AgentAnswers:
    """Answers in conversations of the agent's room, by the rules of ``chains.replies.Replies``.

    The first yield means that the question and the place of its answer are stored. Closing the iterator stops the
    model and the tools; what was written and found until then is kept and marked STOPPED. Faults of the model end in
    an answer marked FAILED that carries its sentence's key; those of tools are steps among others.
    """

    def __init__(self, store: ConversationStore, notes: NoteStore, live: LiveAnswers, parts: AgentParts) -> None:
        self._store = store
        self._notes = notes
        self._live = live
        self._parts = parts
        self._background = Background(store)

    # --- ways of asking ----------------------------------------------------------------------------------------------

    def ask(self, at: Place, question: str) -> Growing:
        """Answer a new question."""
        return self._work(at, lambda assignments: assignments.asked({"question": question}))

    def again(self, at: Place, message_id: str) -> Growing:
        """Write another version of an answer, as the conversation's options now say."""
        return self._work(at, lambda assignments: assignments.again(message_id))

    def edit(self, at: Place, message_id: str, text: str) -> Growing:
        """Answer another version of a question, on a branch of its own."""
        return self._work(at, lambda assignments: assignments.edited(message_id, text))

    def decide(self, owner: str, conversation_id: str, call_id: str, decision: Decision) -> None:
        """Let a call that waits go on, or not. Raises ApprovalNotFound."""
        self._parts.approvals.decide(owner, conversation_id, call_id, decision)

    # --- what is known -----------------------------------------------------------------------------------------------

    def record(self, owner: str, conversation_id: str, message_id: str) -> AgentRecord | None:
        """How an answer came about; None for one without a record. Blocks."""
        return agent_record(self._store.record(owner, conversation_id, message_id))

    async def tools(self, owner: str, language: str) -> tuple[AgentTool, ...]:
        """All that this owner may use, those that are switched off too."""
        return await self._parts.tools(owner, language)

    async def settled(self, conversation_id: str) -> None:
        """Wait until nothing is going on for the conversation after its answers."""
        await self._background.settled(conversation_id)

    # --- one answer --------------------------------------------------------------------------------------------------

    async def _work(self, at: Place, assign: Assign) -> Growing:
        conversation = await asyncio.to_thread(self._conversation, at)  # first: what is another's is not even busy
        async with self._live.taken(at.conversation_id):
            task = await self._task(at, conversation, assign)
            writing = AgentWriting(self._store, task)
            async with aclosing(writing.stored(self._live, self._grow(task, writing))) as answers:
                async for answer in answers:
                    yield answer
        if writing.answer.status is not MessageStatus.FAILED:
            self._background.after(_aftermath(task, at.language))
        yield writing.now()
        if writing.fault is not None:
            raise writing.fault

    async def _grow(self, task: AgentTask, writing: AgentWriting) -> Growing:
        """The growing answer; ``writing`` then knows how it ended."""
        yield writing.now()
        parts = self._parts
        answering = AgentAnswering(self._store, parts.approvals, parts.turns, parts.tools, writing)
        async with aclosing(answering.grow(task)) as answers:
            async for answer in answers:
                yield answer

    async def _task(self, at: Place, conversation: Conversation, assign: Assign) -> AgentTask:
        """What is to be done. Whatever it raises is raised before anything is stored."""
        options = AgentOptions.model_validate(conversation.options)
        room_model = self._parts.models.chosen(options, at.owner)
        options = _settled(room_model, options)
        tree = await asyncio.to_thread(self._store.tree, at.owner, at.conversation_id)
        looked_at = partial(room_model.guard.question, language=at.language)
        work = assign(Assignments(conversation, tree, options, self._parts.max_characters, looked_at))
        language = language_of(work.question.text, at.language)
        plan = await asyncio.to_thread(self._parts.turns.plan, room_model, options, language)
        notes = await asyncio.to_thread(self._notes.listed, at.owner) if options.uses_notes else ()
        task = AgentTask(at.owner, room_model, work, options, plan, language, tuple(n for n in notes if n.is_on))
        return await prompted(task)

    def _conversation(self, at: Place) -> Conversation:
        conversation = self._store.get(at.owner, at.conversation_id)
        if conversation.room != ROOM:
            raise ConversationNotFound
        return conversation


def _aftermath(task: AgentTask, language: str) -> Aftermath:
    """What is summarized is what would not fit into the part of the window that is for the past."""
    conversation, options = task.work.conversation, task.options
    frame = frame_of(conversation, options, task.notes, language, task.work.history)
    num_past = room_for_past(task.room_model, options) + (options.sampling.max_tokens or 0)
    past = replace(task.room_model, context_tokens=num_past)
    return Aftermath(task.owner, conversation, options, frame, language, past)


def _settled(room_model: RoomModel, options: AgentOptions) -> AgentOptions:
    """``options`` with what nobody chose; a turn with tools is always a chat between unnamed speakers."""
    careful = CAREFUL.chosen() if room_model.defaults.temperature is not None else {}  # else it may not be chosen
    changes = {
        "sampling": SamplingChoice(**careful | options.sampling.chosen()),
        "mode": "chat",
        "human_name": "",
        "ai_name": "",
        "template": TemplateSpec(system=options.template.system),
    }
    settled = room_model.settled(options.model_copy(update=changes))
    return AgentOptions.model_validate(settled.model_dump())
