"""The sets of questions that come with the program can be answered, and are not answered by chance."""

from __future__ import annotations

import json
from itertools import zip_longest
from typing import Any

import pytest
from pydantic import ValidationError

from chains.evaluation.checks import holds
from chains.evaluation.metrics import measured
from chains.evaluation.task_sets import Metric, TaskItem, TaskLibrary, TaskSet, text_set
from errors import TaskSetNotFound

LIBRARY = TaskLibrary.load()
KINDS = ("arithmetic", "facts", "instructions", "json", "sentiment", "unanswerable")
FOLLOWED = {
    "instructions-es": [
        "El mar es inmenso.",
        "Un libro es un objeto con páginas.",
        "Pera\nUva\nKiwi",
        "HOLA",
        "en invierno hace frío.",
        "- Apaga la luz.\n- Cena poco.",
        "Anoche vi dos gatos.",
        "Llovió todo el día y salió el sol.",
        "Me gusta tomar el sol y nadar.",
        "Desde el tren, el perro miraba la luna.",
        "La música alegra mis tardes.",
        "Una isla es tierra. La rodea el agua.",
        "1. gato\n2. perro\n3. vaca\n4. pez",
        "Sí",
        "Hola, Marta. Adiós",
        "El otoño me gusta mucho porque " + "las hojas caen despacio " * 8,
    ],
    "instructions-en": [
        "A forest is full of trees.",
        "A clock tells the time.",
        "Red\nGreen\nBlue",
        "THANKS",
        "in summer the days are long.",
        "- Read a lot.\n- Speak every day.",
        "Yesterday I saw two dogs.",
        "The moon rose and we slept.",
        "They are quiet and green.",
        "The cat ate bread by the river.",
        "Football is a great game.",
        "A desert is dry. Little grows there.",
        "1. Chile\n2. Peru\n3. Spain\n4. Cuba",
        "Yes.",
        "Hello, Peter. Goodbye",
        "I like autumn best because " + "the leaves fall slowly " * 8,
    ],
}


def good_answer(task_set: TaskSet, place: int) -> str:
    item = task_set.items[place]
    if task_set.id in FOLLOWED:
        return FOLLOWED[task_set.id][place]
    if item.checks:
        told = {name: value for check in item.checks for name, value in check.items()}
        return json.dumps({key: told["json_values"].get(key, "") for key in told["json_keys"]}, ensure_ascii=False)
    if not item.answers:
        return task_set.refusals[0].capitalize() + "."
    answer = item.answers[0]
    return f"«{task_set.labels[answer][0] if task_set.labels else answer}»."


def test_there_is_a_set_of_each_kind_in_each_language() -> None:
    assert [one.id for one in LIBRARY.listed()] == [f"{kind}-{language}" for kind in KINDS for language in ("en", "es")]
    for one in LIBRARY.listed():
        assert one.id.endswith(one.language)
        assert set(one.names) == {"es", "en"}
        assert len({(item.context, item.question) for item in one.items}) == len(one.items)


@pytest.mark.parametrize("task_set", LIBRARY.listed(), ids=lambda one: one.id)
def test_a_good_answer_to_each_question_counts_whole(task_set: TaskSet) -> None:
    for place, item in enumerate(task_set.items):
        answer = good_answer(task_set, place)
        assert measured(answer, item, task_set)[task_set.metrics[0]] == 1.0, (item.question, answer)


@pytest.mark.parametrize("task_set", LIBRARY.listed(), ids=lambda one: one.id)
@pytest.mark.parametrize("answer", ["", "Xyzzy.", "positive negative positiva negativa", "{}"])
def test_an_answer_that_says_nothing_counts_nothing(task_set: TaskSet, answer: str) -> None:
    scores = [measured(answer, item, task_set)[task_set.metrics[0]] for item in task_set.items]
    assert sum(scores) <= len(scores) / 4, "a few words are a sentence, and a short one"


@pytest.mark.parametrize("task_set", LIBRARY.listed(), ids=lambda one: one.id)
def test_one_answer_to_all_questions_does_no_better_than_chance(task_set: TaskSet) -> None:
    for answer in {good_answer(task_set, place) for place in range(len(task_set.items))}:
        scores = [measured(answer, item, task_set)[task_set.metrics[0]] for item in task_set.items]
        assert sum(scores) <= len(scores) / 2, answer


@pytest.mark.parametrize("name", ["unanswerable-es", "unanswerable-en"])
def test_what_a_text_tells_stands_in_it(name: str) -> None:
    for item in LIBRARY.get(name).items:
        assert not item.answers or measured(item.context, item, LIBRARY.get(name)) == {"supported": 1.0}


def test_following_is_told_of_each_instruction_by_itself() -> None:
    for task_set in (LIBRARY.get("instructions-es"), LIBRARY.get("instructions-en")):
        for item, answer in zip_longest(task_set.items, FOLLOWED[task_set.id]):
            assert all(holds(check, answer) for check in item.checks), (item.question, answer)


def test_a_set_that_is_not_there_is_named() -> None:
    with pytest.raises(TaskSetNotFound) as caught:
        LIBRARY.get("../../etc/passwd")
    assert caught.value.values == {"name": "../../etc/passwd"}


@pytest.mark.parametrize(
    "fields",
    [
        {"metrics": ["exact"], "items": [{"question": "a"}]},
        {"metrics": ["checks"], "items": [{"question": "a", "answers": ["b"]}]},
        {"metrics": ["label"], "items": [{"question": "a", "answers": ["b"]}]},
        {"metrics": ["supported"], "items": [{"question": "a"}]},
        {"metrics": ["perplexity", "exact"], "items": [{"question": "a", "answers": ["b"]}]},
        {"metrics": ["exact"], "items": []},
        {"metrics": [], "items": [{"question": "a", "answers": ["b"]}]},
        {"metrics": ["exact"], "items": [{"question": "", "answers": ["b"]}]},
        {"metrics": ["eval"], "items": [{"question": "a", "answers": ["b"]}]},
    ],
)
def test_a_set_that_cannot_be_measured_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TaskSet(language="es", **fields)


def test_sets_share_a_fingerprint_when_they_ask_and_measure_the_same() -> None:
    items = (TaskItem(question="¿2 + 2?", answers=("4",)),)
    first = TaskSet(id="a", names={"es": "uno"}, language="es", metrics=(Metric.NUMBER,), items=items)
    same = TaskSet(id="b", names={"es": "dos"}, language="es", metrics=(Metric.NUMBER,), items=items)
    assert first.fingerprint == same.fingerprint
    assert first.fingerprint != same.model_copy(update={"instruction": "Suma."}).fingerprint


def test_a_text_with_half_a_character_can_be_read() -> None:
    assert text_set("a\ud83d", "es").fingerprint
    assert text_set("a", "es").is_text
