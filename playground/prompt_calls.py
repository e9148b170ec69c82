"""The prompts that the Prompts tab sets side by side: which calls a comparison makes, and what each of them sends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder

from chains.composition import Composition, Section, Spoken
from chains.prompts import TEXT_PROMPT
from chains.run_record import Part
from chains.templates import QUESTION, Example, StepSpec, TemplateSpec
from errors import ExampleMisread, NothingToCompare
from playground.panel_options import MAX_EXAMPLES, PromptsOptions
from playground.positions import PromptText
from storage.records import Role

NEW_TOKENS = (1, 3, 5, 20)
EXAMPLE_ARROW = "=>"
TURNS_PROMPT = ChatPromptTemplate.from_messages([MessagesPlaceholder("turns")])
MESSAGE_OF: dict[str, type[BaseMessage]] = {
    "system": SystemMessage,
    Role.USER: HumanMessage,
    Role.ASSISTANT: AIMessage,
}


@dataclass(frozen=True)
class PromptCall:
    """One call of a comparison. ``number`` tells it from the others: its examples, its place or its new tokens.

    ``labels`` stand before a question and its answer where both are parts of one text.
    """

    number: int
    question: str
    is_chat: bool
    max_tokens: int
    spec: TemplateSpec
    labels: tuple[str, str] = ("", "")

    def composition(self, previous: str = "") -> Composition:
        """What is sent, in a chain after the call before wrote ``previous``."""
        asked = self._asked(previous)
        return _as_turns(self.spec, asked) if self.is_chat else _as_text(self.spec, asked, self.labels)

    def _asked(self, previous: str) -> str:
        inputs = {QUESTION: self.question}
        if self.spec.steps:
            return self.spec.step_prompt(self.spec.steps[0], inputs, previous)
        return self.spec.asked(inputs)


def prompt_calls(asked: PromptText, options: PromptsOptions) -> tuple[PromptCall, ...]:
    """The calls that compare what ``options`` say, in the order they are shown.

    Raises NothingToCompare where no template or no step is written, and a TemplateInvalid for one that cannot be used.
    """
    calls = tuple(_calls(asked, options))
    if not calls:
        raise NothingToCompare
    return calls


def examples_from(text: str) -> tuple[tuple[str, str], ...]:
    """Questions with their answers, one pair a line with an arrow between. Raises ExampleMisread."""
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if len(lines) > MAX_EXAMPLES:
        raise ExampleMisread(line=lines[MAX_EXAMPLES][0], limit=MAX_EXAMPLES)
    pairs = []
    for number, line in lines:
        question, _, answer = (part.strip() for part in line.partition(EXAMPLE_ARROW))
        if not question or not answer:
            raise ExampleMisread(line=number, limit=MAX_EXAMPLES)
        pairs.append((question, answer))
    return tuple(pairs)


def examples_text(examples: Sequence[tuple[str, str]]) -> str:
    """What ``examples_from`` reads."""
    return "\n".join(f"{question} {EXAMPLE_ARROW} {answer}" for question, answer in examples)


def _calls(asked: PromptText, options: PromptsOptions) -> Iterator[PromptCall]:
    def call(number: int, spec: TemplateSpec, is_chat: bool = asked.is_chat, **more: Any) -> PromptCall:
        told = {"max_tokens": options.max_tokens} | more
        return PromptCall(number=number, question=asked.text, is_chat=is_chat, spec=spec, **told)

    if options.compare == "shots":
        examples = tuple(Example(question=question, answer=answer) for question, answer in options.examples)
        for number in sorted({0, min(1, len(examples)), len(examples)}):
            spec = TemplateSpec(system=options.instruction, examples=examples[:number])
            yield call(number, spec, labels=options.labels)
    elif options.compare == "templates":
        for number, template in enumerate(filter(str.strip, options.templates), 1):
            yield call(number, TemplateSpec(template=template))
    elif options.compare == "chain":
        for number, step in enumerate(filter(str.strip, options.steps), 1):
            yield call(number, TemplateSpec(steps=(StepSpec(name=str(number), prompt=step),)))
    elif options.compare == "forms":
        yield call(1, TemplateSpec(), False)
        yield call(2, TemplateSpec(), True)
    else:
        for number in NEW_TOKENS:
            yield call(number, TemplateSpec(), max_tokens=number)


def _as_turns(spec: TemplateSpec, asked: str) -> Composition:
    """Instruction, examples as turns that were, and the question: the chat template sets their marks."""
    spoken = [Spoken("system", (Section(Part.SYSTEM, spec.system),))] if spec.system.strip() else []
    for example in spec.examples:
        spoken.append(Spoken(Role.USER, (Section(Part.EXAMPLES, example.question),)))
        spoken.append(Spoken(Role.ASSISTANT, (Section(Part.EXAMPLES, example.answer),)))
    spoken.append(Spoken(Role.USER, (Section(Part.QUESTION, asked),)))
    turns = [MESSAGE_OF[one.role](one.text) for one in spoken]
    return Composition(TURNS_PROMPT, {"turns": turns}, tuple(spoken))


def _as_text(spec: TemplateSpec, asked: str, labels: tuple[str, str]) -> Composition:
    """One text that breaks off where the answer belongs. Without labels it is what was asked and nothing else."""
    ask, answer = labels
    sections = [Section(Part.SYSTEM, spec.system)] if spec.system.strip() else []
    sections += [
        Section(Part.EXAMPLES, f"{ask}: {example.question}\n{answer}: {example.answer}") for example in spec.examples
    ]
    sections.append(Section(Part.QUESTION, f"{ask}: {asked}\n{answer}:" if ask else asked))
    whole = Spoken(Role.USER, tuple(sections))
    stop = (f"\n{ask}:",) if ask else ()
    return Composition(TEXT_PROMPT, {"text": whole.text}, (whole,), is_completion=True, stop=stop)
