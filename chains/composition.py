"""What goes into a prompt, in sections that know which part they are: so that its tokens can be told apart."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.prompts import ChatPromptTemplate

from chains.options import ConversationOptions
from chains.prompts import CHAT_PROMPT, TEXT_PROMPT, TRANSCRIPT_PROMPT
from chains.run_record import Part, PromptTokens
from models.prompt_reading import PromptToken
from storage.records import Message, Role

BETWEEN_SECTIONS = "\n\n"
BETWEEN_LINES = "\n"
Turn = tuple[Message, ...]  # a question with the answers to it


@dataclass(frozen=True)
class Section:
    """A stretch of one prompt message. ``turn`` is the place of its turn among those given, for the history."""

    part: Part
    text: str
    turn: int | None = None


@dataclass(frozen=True)
class Spoken:
    """One message of the prompt: sections and what stands between them."""

    role: str
    sections: tuple[Section, ...]
    between: str = BETWEEN_SECTIONS

    @property
    def text(self) -> str:
        return self.between.join(section.text for section in self.sections)


@dataclass(frozen=True)
class Composition:
    """A prompt about to be sent: ``prompt`` filled with ``variables`` gives ``spoken``, message by message."""

    prompt: ChatPromptTemplate
    variables: dict[str, Any]
    spoken: tuple[Spoken, ...]
    is_completion: bool = False
    stop: tuple[str, ...] = ()

    @property
    def messages(self) -> list[BaseMessage]:
        return self.prompt.format_messages(**self.variables)

    @property
    def orders(self) -> tuple[str, ...]:
        """What the model was told to be, which an answer is not to tell."""
        return tuple(part.text for one in self.spoken for part in one.sections if part.part is Part.SYSTEM)

    def section_of(self, tokens: Iterable[PromptToken]) -> list[Section | None]:
        """Where each token's text is from; None for the chat template's own.

        A token across two sections counts for the one it begins in. What continues after the last message is the
        answer.
        """
        places: list[Section | None] = []
        message, offset, ends = -1, 0, list[int]()
        for token in tokens:
            if token.message is None:
                places.append(None)
                continue
            if token.message != message:
                message, offset, ends = token.message, 0, self._ends(token.message)
            if ends:
                sections = self.spoken[message].sections
                places.append(sections[min(bisect_right(ends, offset), len(sections) - 1)])
            else:
                places.append(Section(Part.ANSWER, ""))
            offset += token.length
        return places

    def _ends(self, message: int) -> list[int]:
        """Where each section of the message ends, in bytes; nowhere for the answer, which comes after the last."""
        if message >= len(self.spoken):
            return []
        spoken = self.spoken[message]
        return list(
            accumulate(len((section.text + spoken.between).encode(errors="replace")) for section in spoken.sections)
        )

    def by_part(self, tokens: Sequence[PromptToken]) -> tuple[PromptTokens, ...]:
        """``tokens`` in runs of one part."""
        runs: list[tuple[Part, list[PromptToken]]] = []
        for token, section in zip(tokens, self.section_of(tokens), strict=True):
            part = section.part if section else Part.MARKERS
            if not runs or runs[-1][0] is not part:
                runs.append((part, []))
            runs[-1][1].append(token)
        return tuple(
            PromptTokens(
                part=part,
                ids=tuple(token.token_id for token in run if token.token_id is not None),
                texts=tuple(token.token_bytes for token in run),
            )
            for part, run in runs
        )


@dataclass(frozen=True)
class Frame:
    """What stands around the turns of a conversation: the texts of its system message, and its few-shot examples.

    ``passages`` are laid before the first turn by whoever asks: text of others has no place in the system message.
    """

    system: tuple[Section, ...]
    examples: tuple[tuple[str, str], ...] = ()
    transcript_heading: str = ""
    passages: tuple[Section, ...] = ()


def compose(frame: Frame, turns: Sequence[Turn], question: str, options: ConversationOptions) -> Composition:
    """The prompt that asks ``question`` after ``turns``, in the form that ``options`` ask for."""
    is_completion = options.mode == "completion"
    if options.human_name or options.ai_name:
        return _as_transcript(frame, turns, question, options)
    if is_completion:
        return _as_text(frame, turns, question)
    return _as_turns(frame, turns, question)


def _as_turns(frame: Frame, turns: Sequence[Turn], question: str) -> Composition:
    spoken = [Spoken("system", frame.system)]
    for asked, answered in frame.examples:
        spoken.append(Spoken(Role.USER, (Section(Part.EXAMPLES, asked),)))
        spoken.append(Spoken(Role.ASSISTANT, (Section(Part.EXAMPLES, answered),)))
    if frame.passages:
        spoken.append(Spoken(Role.USER, frame.passages))
    for section, role in _history(turns):
        spoken.append(Spoken(role, (section,)))
    spoken.append(Spoken(Role.USER, (Section(Part.QUESTION, question),)))
    merged = _merged(spoken)
    variables = {"system_prompt": merged[0].text, "turns": [_to_langchain(one) for one in merged[1:]]}
    return Composition(CHAT_PROMPT, variables, merged)


def _as_text(frame: Frame, turns: Sequence[Turn], question: str) -> Composition:
    sections = (*frame.passages, *(section for section, _ in _history(turns)), Section(Part.QUESTION, question))
    whole = Spoken(Role.USER, sections, between=BETWEEN_SECTIONS if frame.passages else "")
    return Composition(TEXT_PROMPT, {"text": whole.text}, (whole,), is_completion=True)


def _as_transcript(frame: Frame, turns: Sequence[Turn], question: str, options: ConversationOptions) -> Composition:
    """As a buffer memory with prefixes writes it: every line begins with who speaks, and the model goes on."""
    human, ai = options.human_name or "Human", options.ai_name or "AI"
    names = {Role.USER: human, Role.ASSISTANT: ai}
    lines = [Section(Part.EXAMPLES, f"{human}: {asked}\n{ai}: {answered}") for asked, answered in frame.examples]
    lines += frame.passages
    lines += [
        Section(section.part, f"{names[role]}: {section.text}", section.turn) for section, role in _history(turns)
    ]
    lines.append(Section(Part.QUESTION, f"{human}: {question}\n{ai}:"))
    heading = Section(Part.MARKERS, frame.transcript_heading)
    stop = (f"\n{human}:",)
    if options.mode == "completion":
        whole = Spoken(Role.USER, (*frame.system, heading, *lines), between=BETWEEN_LINES)
        return Composition(TEXT_PROMPT, {"text": whole.text}, (whole,), is_completion=True, stop=stop)
    system = Spoken("system", frame.system)
    said = Spoken(Role.USER, (heading, *lines), between=BETWEEN_LINES)
    return Composition(TRANSCRIPT_PROMPT, {"system_prompt": system.text, "text": said.text}, (system, said), stop=stop)


def _history(turns: Sequence[Turn]) -> list[tuple[Section, Role]]:
    """An answer that never began is left out: models were not trained on empty ones."""
    return [
        (Section(Part.HISTORY, message.text, number), message.role)
        for number, turn in enumerate(turns)
        for message in turn
        if message.text
    ]


def _merged(spoken: Iterable[Spoken]) -> tuple[Spoken, ...]:
    """Neighbours of one speaker made one message: chat templates want the speakers to take turns."""
    merged: list[Spoken] = []
    for one in spoken:
        if merged and merged[-1].role == one.role:
            merged[-1] = Spoken(one.role, merged[-1].sections + one.sections)
        else:
            merged.append(one)
    return tuple(merged)


def _to_langchain(spoken: Spoken) -> BaseMessage:
    return AIMessage(spoken.text) if spoken.role == Role.ASSISTANT else HumanMessage(spoken.text)
