"""Asks a model the question of a task set, with a prompt template around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from chains.evaluation.plans import EvaluationPlan
from chains.evaluation.task_sets import TaskItem, TaskSet
from chains.prompts import SYSTEM_PROMPTS
from chains.room_model import RoomModel
from chains.templates import QUESTION, TemplateSpec

BETWEEN = "\n\n"
LABELS = {"en": ("Question", "Answer"), "es": ("Pregunta", "Respuesta")}


@dataclass(frozen=True)
class Answered:
    """``num_tokens`` of all calls together, None where the model does not tell them."""

    text: str
    num_tokens: int | None
    was_cut: bool


class Asker:
    """Asks for ``owner``, whom the engine's queue is fair to, and yields to people. Raises what the model raises."""

    def __init__(self, room_model: RoomModel, owner: str, plan: EvaluationPlan) -> None:
        self._room_model = room_model
        self._plan = plan
        self._options = {"owner": owner, "is_background": True, **self._sampling(plan)}

    async def ask(self, item: TaskItem, template: TemplateSpec) -> Answered:
        """The answer; with a template of several calls, what the last of them wrote."""
        task_set = self._plan.task_set
        inputs = {QUESTION: asked(item, task_set)}
        if not template.steps:
            return await self._call(template, template.asked(inputs))
        answers: list[Answered] = []
        for step in template.steps:
            previous = answers[-1].text if answers else ""
            answers.append(await self._call(template, template.step_prompt(step, inputs, previous)))
        counts = [answer.num_tokens for answer in answers]
        known = [count for count in counts if count is not None]
        return Answered(answers[-1].text, sum(known) if len(known) == len(counts) else None, answers[-1].was_cut)

    async def _call(self, template: TemplateSpec, text: str) -> Answered:
        language = self._plan.task_set.language
        options = self._options
        if self._room_model.has_chat_template:
            messages = as_turns(template, text, language)
        else:
            messages = as_text(template, text, language)
            stop = [*options.get("stop", ()), f"\n{LABELS[language][0]}:", BETWEEN]
            options = {**options, "is_completion": True, "stop": stop}
        message = await self._room_model.model.ainvoke(messages, **options)
        usage = message.usage_metadata
        was_cut = message.response_metadata.get("finish_reason") == "length"
        return Answered(message.text.strip(), usage["output_tokens"] if usage else None, was_cut)

    def _sampling(self, plan: EvaluationPlan) -> dict[str, Any]:
        chosen = plan.sampling.chosen()
        wanted = chosen.get("max_tokens") or plan.task_set.max_tokens
        chosen["max_tokens"] = min(wanted, self._room_model.context_tokens // 2)
        if "stop" in chosen:
            chosen["stop"] = list(chosen["stop"])
        return chosen


def asked(item: TaskItem, task_set: TaskSet) -> str:
    """What the template is given as the question: the instruction, the text and the question itself."""
    return BETWEEN.join(part for part in (task_set.instruction, item.context, item.question) if part)


def as_turns(template: TemplateSpec, text: str, language: str) -> list[BaseMessage]:
    """For a model that was taught to converse."""
    turns: list[BaseMessage] = [SystemMessage(template.system or SYSTEM_PROMPTS[language])]
    for example in template.examples:
        turns += [HumanMessage(example.question), AIMessage(example.answer)]
    return [*turns, HumanMessage(text)]


def as_text(template: TemplateSpec, text: str, language: str) -> list[BaseMessage]:
    """For a base model, which goes on where the text breaks off."""
    question, answer = LABELS[language]
    parts = [template.system] if template.system else []
    parts += [f"{question}: {example.question}\n{answer}: {example.answer}" for example in template.examples]
    return [HumanMessage(BETWEEN.join([*parts, f"{question}: {text}\n{answer}:"]))]
