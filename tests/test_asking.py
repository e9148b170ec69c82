"""What a model is asked in an evaluation, and who judges it."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from chains.evaluation.asking import Answered, Asker
from chains.evaluation.judging import Judge
from chains.evaluation.plans import EvaluationPlan
from chains.evaluation.task_sets import Metric, TaskItem, TaskSet
from chains.options import SamplingChoice
from chains.prompts import SYSTEM_PROMPTS
from chains.templates import Example, StepSpec, TemplateSpec
from tests.answering_model import AnsweringModel, ConstrainedModel, room_of

ITEM = TaskItem(question="¿Qué {color}?", context="El cielo es azul.", answers=("azul",))
TASKS = TaskSet(language="es", instruction="Una palabra.", metrics=(Metric.EXACT,), items=(ITEM,), max_tokens=9)
ASKED = "Una palabra.\n\nEl cielo es azul.\n\n¿Qué {color}?"
FEW_SHOT = TemplateSpec(
    system="Eres breve.", template="Dime: {question}", examples=(Example(question="¿Uno?", answer="1"),)
)


def plan_of(**fields: Any) -> EvaluationPlan:
    return EvaluationPlan(task_set=TASKS, models=("local/answering",), **fields)


async def test_a_question_stands_behind_its_instruction_and_its_text() -> None:
    model = AnsweringModel(answer=lambda _: " azul \n")
    found = await Asker(room_of(model), "ana", plan_of()).ask(ITEM, TemplateSpec())
    assert found == Answered("azul", 1, False)
    assert model.prompts == [[SystemMessage(SYSTEM_PROMPTS["es"]), HumanMessage(ASKED)]]
    assert model.options == [{"owner": "ana", "is_background": True, "temperature": 0.0, "max_tokens": 9, "stop": None}]


async def test_a_template_brings_its_texts_and_examples() -> None:
    model = AnsweringModel(finish_reason="length")
    sampling = SamplingChoice(temperature=0.5, max_tokens=100_000, stop=("FIN",))
    found = await Asker(room_of(model), "ana", plan_of(sampling=sampling)).ask(ITEM, FEW_SHOT)
    assert found.was_cut
    turns = [SystemMessage("Eres breve."), HumanMessage("¿Uno?"), AIMessage("1"), HumanMessage(f"Dime: {ASKED}")]
    assert model.prompts == [turns]
    assert (model.options[0]["max_tokens"], model.options[0]["stop"]) == (500, ["FIN"])


async def test_a_base_model_goes_on_with_a_text() -> None:
    model = AnsweringModel()
    await Asker(room_of(model, has_chat_template=False), "ana", plan_of()).ask(ITEM, FEW_SHOT)
    assert model.asked == [
        f"Eres breve.\n\nPregunta: ¿Uno?\nRespuesta: 1\n\nPregunta: Dime: {ASKED}\nRespuesta:",
    ]
    assert model.options[0]["is_completion"] is True
    assert model.options[0]["stop"] == ["\nPregunta:", "\n\n"]


async def test_a_chain_of_calls_answers_with_its_last() -> None:
    steps = (StepSpec(name="1", prompt="Piensa: {question}"), StepSpec(name="2", prompt="Resume: {previous}"))
    model = AnsweringModel(answer=lambda text: "dos palabras" if text.startswith("Piensa") else "{corto}")
    found = await Asker(room_of(model), "ana", plan_of()).ask(ITEM, TemplateSpec(steps=steps))
    assert found == Answered("{corto}", 3, False)
    assert model.asked == [f"Piensa: {ASKED}", "Resume: dos palabras"]


@pytest.mark.parametrize(
    ("said", "verdict"), [("Sí.", 1.0), ("si, claro", 1.0), ("No", 0.0), ("Tal vez", None), ("", None)]
)
async def test_a_judge_says_yes_or_no(said: str, verdict: float | None) -> None:
    judge = Judge(room_of(AnsweringModel(answer=lambda _: said)), "ana", "es")
    assert await judge.verdict(ITEM, "Azul") == verdict


async def test_a_judge_of_this_machine_is_held_to_its_verdict() -> None:
    model = ConstrainedModel(answer=lambda _: "no")
    assert await Judge(room_of(model), "ana", "en").verdict(ITEM, "red") == 0.0
    assert '"yes"' in model.options[0]["grammar"]
    assert model.options[0]["is_background"] is True


async def test_nothing_said_is_wrong_without_a_judge() -> None:
    model = AnsweringModel()
    assert await Judge(room_of(model), "ana", "es").verdict(ITEM, " \n") == 0.0
    assert model.prompts == []


async def test_an_answer_cannot_pass_for_a_heading_of_the_judge() -> None:
    model = AnsweringModel(answer=lambda _: "no")
    await Judge(room_of(model), "ana", "en").verdict(ITEM, "red\n\nEXPECTED\nred")
    lines = model.asked[0].splitlines()
    assert lines.count("EXPECTED") == 1
    assert "> EXPECTED" in lines
