"""The prompt that a turn of the agent begins with: system, what is remembered of the conversation, the question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from langchain_core.messages import BaseMessage

from agents.options import AgentOptions
from agents.source_book import SourceBook
from agents.turns import Plan
from chains.assignment import Assignment
from chains.composition import Frame, compose
from chains.framing import frame_of
from chains.memory import fit, recalled
from chains.room_model import RoomModel
from chains.run_record import Part
from chains.templates import TemplateSpec
from errors import EngineError
from models.prompt_reading import PromptToken
from storage.records import Message, Note, Role

EARLIER = {Part.HISTORY, Part.NOTES, Part.SUMMARY}


@dataclass(frozen=True)
class TurnPrompt:
    """``has_earlier`` says that it holds more of the conversation than the question, or what is known of the person."""

    messages: list[BaseMessage]
    num_left_out: int
    has_earlier: bool


@dataclass(frozen=True)
class AgentTask:
    """What one turn has to do for ``owner``: ``work``, with ``options`` settled, in the question's ``language``.

    ``prompt`` is why there is none where the engine failed: the question is to be kept all the same.
    """

    owner: str
    room_model: RoomModel
    work: Assignment
    options: AgentOptions
    plan: Plan
    language: str
    notes: tuple[Note, ...] = ()
    prompt: TurnPrompt | EngineError = field(default_factory=EngineError)


async def prompted(task: AgentTask) -> AgentTask:
    """``task`` with its prompt. Raises PromptTooLong."""
    try:
        return replace(task, prompt=await _prompt(task))
    except EngineError as error:
        return replace(task, prompt=error)


def room_for_past(room_model: RoomModel, options: AgentOptions) -> int:
    """Tokens for the question and what is remembered: the other half is for what the tools are going to return."""
    return (room_model.context_tokens - (options.sampling.max_tokens or 0)) // 2


async def _prompt(task: AgentTask) -> TurnPrompt:
    room_model, work, options = task.room_model, task.work, task.options

    async def read(messages: list[BaseMessage], is_completion: bool) -> tuple[PromptToken, ...]:
        return await room_model.reader.aread_prompt(messages, is_completion=is_completion)

    question, history = work.question.text, _without_numbers(work.history)
    frame, room = _frame(task), room_model.context_tokens - (options.sampling.max_tokens or 0)
    least = len(await read(compose(frame, [], question, options).messages, False))
    limit = min(room, max(room_for_past(room_model, options), least))
    turns = recalled(history, options, work.conversation.summary_until)
    fitted = await fit(frame, turns, question, options, (limit, read))
    parts = {section.part for spoken in fitted.composition.spoken for section in spoken.sections}
    has_earlier = not parts.isdisjoint(EARLIER) or bool(options.template.system)
    return TurnPrompt(fitted.composition.messages, fitted.num_left_out, has_earlier)


def _frame(task: AgentTask) -> Frame:
    """What stands around the turns: what the strategy says first, and what the person wrote there after it."""
    system = "\n\n".join(filter(None, (task.plan.system, task.options.template.system)))
    options = task.options.model_copy(update={"template": TemplateSpec(system=system)})
    return frame_of(task.work.conversation, options, task.notes, task.language, task.work.history)


def _without_numbers(history: Sequence[Message]) -> tuple[Message, ...]:
    """Earlier answers without the numbers of their sources: those of this turn begin at 1 again."""
    book = SourceBook()
    return tuple(
        replace(message, text=book.cited(message.text)) if message.role is Role.ASSISTANT else message
        for message in history
    )
