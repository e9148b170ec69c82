"""A conversation as a Python program: the chain behind its last answer, spelled out in LangChain's own classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pprint import pformat
from typing import Any

from chains.composition import BETWEEN_SECTIONS
from chains.exports.program_frames import (
    ASKS_IN_STEPS,
    ASKS_ONCE,
    CHAT_PROMPT_CODE,
    EXAMPLES_CODE,
    MAIN_CODE,
    OPENING,
    TEXT_PROMPT_CODE,
    TRANSCRIPT_PROMPT_CODE,
)
from chains.framing import frame_of
from chains.memory import recalled
from chains.options import ConversationOptions
from chains.room_model import RoomModel
from chains.templates import PREVIOUS, QUESTION
from errors import NothingAsked
from storage.records import Conversation, Message, Note, Role

LINE_LENGTH = 110


@dataclass(frozen=True)
class ProgramContext:
    """What the options do not tell: ``system_prompt`` is for templates without one of their own.

    ``model`` says which model answered. ``summarized_until`` and ``transcript_heading`` are as in the prompt.
    """

    system_prompt: str
    model: str
    summarized_until: str | None = None
    transcript_heading: str = ""


def to_python(options: ConversationOptions, messages: Sequence[Message], context: ProgramContext) -> str:
    """A program that asks the last question of the branch ``messages`` again and prints the answer as it comes.

    Everything that people or models wrote stands in it as literals of text, and nowhere else. Raises NothingAsked.
    """
    last = _last_question(messages)
    history = _history(options, messages[:last], messages[last + 1 :], context.summarized_until)
    constants = {
        "ANSWERED_BY": context.model,
        "SYSTEM_PROMPT": options.template.system or context.system_prompt,
        "EXAMPLES": [{"question": one.question, "answer": one.answer} for one in options.template.examples],
        "HISTORY": history,
        **_asked(options, messages[last]),
        "SAMPLING": options.sampling.chosen(),
        **_speakers(options, context),
    }
    literals = "\n".join(f"{name} = {_literal(value)}" for name, value in constants.items())
    frames = (OPENING, literals, _prompt_code(options), ASKS_IN_STEPS if options.template.steps else ASKS_ONCE)
    return "\n\n\n".join(frame.strip() for frame in (*frames, MAIN_CODE)) + "\n"


def program_of(
    conversation: Conversation, messages: Sequence[Message], notes: Sequence[Note], room_model: RoomModel, language: str
) -> str:
    """``to_python`` with what stands around the turns as the model is given it: notes and summary too.

    Raises NothingAsked.
    """
    history = messages[: _last_question(messages)]
    options = room_model.settled(ConversationOptions.model_validate(conversation.options))
    frame = frame_of(conversation, options, notes if options.uses_notes else (), language, history)
    system = BETWEEN_SECTIONS.join(section.text for section in frame.system)
    options = options.model_copy(update={"template": options.template.model_copy(update={"system": system})})
    until, heading = conversation.summary_until, frame.transcript_heading
    return to_python(options, messages, ProgramContext(system, room_model.name, until, heading))


def _last_question(messages: Sequence[Message]) -> int:
    for place in range(len(messages) - 1, -1, -1):
        if messages[place].role is Role.USER:
            return place
    raise NothingAsked


def _history(
    options: ConversationOptions, before: Sequence[Message], after: Sequence[Message], summarized_until: str | None
) -> list[tuple[str, str]]:
    """What the model was given of the conversation: the calls of a chain of several are given nothing."""
    if options.template.steps:
        return []
    turns = recalled(before, options, summarized_until)
    said = [message for turn in turns for message in turn if message.text]
    num_left_out = after[0].num_left_out if after else 0
    return [("human" if one.role is Role.USER else "ai", one.text) for one in said[num_left_out:]]


def _asked(options: ConversationOptions, question: Message) -> dict[str, Any]:
    """The template and its inputs; what was edited since stands for itself."""
    template = options.template
    inputs = template.values(question.inputs) if question.inputs else {QUESTION: question.text}
    if template.steps:
        steps = [(step.name, step.prompt) for step in template.steps]
        return {"STEPS": steps, "INPUTS": {**template.values(inputs), PREVIOUS: ""}}
    if template.asked(inputs) != question.text:
        return {"TEMPLATE": f"{{{QUESTION}}}", "INPUTS": {QUESTION: question.text}}
    return {"TEMPLATE": template.template, "INPUTS": inputs}


def _speakers(options: ConversationOptions, context: ProgramContext) -> dict[str, Any]:
    if not _is_transcript(options):
        return {}
    return {
        "HEADING": context.transcript_heading,
        "HUMAN": options.human_name or "Human",
        "AI": options.ai_name or "AI",
    }


def _is_transcript(options: ConversationOptions) -> bool:
    return bool(options.human_name or options.ai_name)


def _prompt_code(options: ConversationOptions) -> str:
    is_completion = options.mode == "completion"
    call = f"IS_COMPLETION = {is_completion}  # True: the text is continued, without the model's chat template\n\n\n"
    if _is_transcript(options):
        return call + TRANSCRIPT_PROMPT_CODE.strip()
    if is_completion:
        return call + TEXT_PROMPT_CODE.strip()
    return f"{call}{EXAMPLES_CODE.strip()}\n\n\n{CHAT_PROMPT_CODE.strip()}"


def _literal(value: Any) -> str:
    """``value`` in Python's own notation: quotes, line ends and whatever cannot be seen are escaped in it."""
    return pformat(value, width=LINE_LENGTH, sort_dicts=False)
