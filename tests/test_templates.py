from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from chains.templates import (
    MAX_FIELDS,
    MAX_TEXT_CHARACTERS,
    RESERVED_NAMES,
    Example,
    StepSpec,
    TemplateSpec,
    Variable,
)
from errors import (
    TemplateBraceAlone,
    TemplateFieldUnknown,
    TemplateInvalid,
    TemplateTooLarge,
    TemplateVariableMisnamed,
)

CONTEXT = Variable(name="context", default="nothing")


@given(st.text())
def test_the_plain_template_passes_the_question_on(question: str) -> None:
    assert TemplateSpec().asked({"question": question}) == question


@given(st.text(), st.text())
def test_braces_of_inputs_are_data(question: str, context: str) -> None:
    spec = TemplateSpec(template="{context}|{question}", variables=(CONTEXT,))
    assert spec.asked({"question": question, "context": context}) == f"{context}|{question}"


def test_a_brace_written_twice_is_one() -> None:
    assert TemplateSpec(template='{{"q": "{question}"}}').asked({"question": "{x}"}) == '{"q": "{x}"}'


def test_what_is_missing_is_the_default_and_what_is_too_much_is_ignored() -> None:
    spec = TemplateSpec(template="{context}: {question}", variables=(CONTEXT,))
    assert spec.asked({"question": "why", "other": "x"}) == "nothing: why"
    assert spec.asked({}) == "nothing: "


@pytest.mark.parametrize(
    "field",
    [
        "question.__class__",
        "question[0]",
        "question!r",
        "question:>999999999",
        "question:{question}",
        "",
        "0",
        " question",
        "nobody",
        "previous",
    ],
)
def test_only_names_of_variables_stand_in_braces(field: str) -> None:
    with pytest.raises(TemplateFieldUnknown) as refused:
        TemplateSpec(template=f"x {{{field}}}")
    assert refused.value.values == {"field": field}


@pytest.mark.parametrize("template", ["{", "}", "{question", "question}", "{{question}", "{question}}"])
def test_a_brace_alone_is_refused(template: str) -> None:
    with pytest.raises(TemplateBraceAlone):
        TemplateSpec(template=template)


@pytest.mark.parametrize("name", ["", "two words", "a.b", "1st", *sorted(RESERVED_NAMES)])
def test_a_variable_is_named_by_an_identifier(name: str) -> None:
    with pytest.raises(TemplateVariableMisnamed):
        TemplateSpec(variables=[{"name": name}])


def test_a_variable_is_named_once() -> None:
    with pytest.raises(TemplateVariableMisnamed) as refused:
        TemplateSpec(variables=(CONTEXT, CONTEXT))
    assert refused.value.values == {"name": "context"}


def test_a_name_may_be_spanish() -> None:
    assert TemplateSpec(template="{año}", variables=(Variable(name="año"),)).asked({"año": "2024"}) == "2024"


def test_the_form_leaves_the_question_to_its_own_box() -> None:
    spec = TemplateSpec(variables=(Variable(name="question", label="Problem"), CONTEXT))
    assert spec.form == (CONTEXT,)


@pytest.mark.parametrize(
    ("spec", "asks"),
    [
        (TemplateSpec(), True),
        (TemplateSpec(template="{context}", variables=(CONTEXT,)), False),
        (TemplateSpec(template="{{question}}"), False),
        (TemplateSpec(template="go", steps=(StepSpec(name="a", prompt="{question}"),)), True),
    ],
)
def test_a_template_knows_whether_it_asks_a_question(spec: TemplateSpec, asks: bool) -> None:
    assert spec.asks_question is asks


@given(st.text())
def test_a_step_reads_what_the_one_before_wrote(previous: str) -> None:
    step = StepSpec(name="Plan", prompt="{question} {context} <{previous}>")
    spec = TemplateSpec(steps=(step,), variables=(CONTEXT,))
    assert spec.step_prompt(step, {"question": "why", "context": "{}"}, previous) == f"why {{}} <{previous}>"


def test_steps_are_checked_too() -> None:
    with pytest.raises(TemplateFieldUnknown):
        TemplateSpec(steps=(StepSpec(name="Plan", prompt="{nobody}"),))


def test_system_prompt_and_examples_may_hold_braces() -> None:
    spec = TemplateSpec(system="Answer as {json}", examples=(Example(question="{", answer="{x.y}"),))
    assert spec.system == "Answer as {json}"


@pytest.mark.parametrize(
    "fields",
    [
        {"template": "x" * (MAX_TEXT_CHARACTERS + 1)},
        {"name": "x" * 300},
        {"steps": [{"name": "a", "prompt": "x" * (MAX_TEXT_CHARACTERS + 1)}]},
        {"examples": [{"question": "x" * MAX_TEXT_CHARACTERS, "answer": "y"}] * 6},
        {"sampling": {"stop": ["x" * 1_000] * 200}},
    ],
)
def test_what_is_too_large_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(TemplateTooLarge):
        TemplateSpec.model_validate(fields)


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"template": 3}, "template"),
        ({"steps": [{"name": "a"}]}, "steps.0.prompt"),
        ({"examples": "x"}, "examples"),
        ({"variables": [{"name": f"v{n}"} for n in range(21)]}, "variables"),
        ({"template": "{question}" * (MAX_FIELDS + 1)}, "template"),
    ],
)
def test_what_is_of_the_wrong_kind_or_too_many_is_named(fields: dict[str, Any], place: str) -> None:
    with pytest.raises(TemplateInvalid) as refused:
        TemplateSpec.model_validate(fields)
    assert refused.value.values == {"place": place}


def test_half_a_surrogate_pair_can_be_stored() -> None:
    spec = TemplateSpec(template="\ud83d {question}", examples=(Example(question="\udc00", answer="a"),))
    assert spec.model_dump_json().encode()


def test_a_template_never_changes() -> None:
    with pytest.raises(ValidationError):
        TemplateSpec().name = "other"  # type: ignore[misc]


@given(st.text())
def test_any_text_is_a_template_or_refused_with_a_reason(text: str) -> None:
    try:
        spec = TemplateSpec(template=text)
    except TemplateInvalid:
        return
    assert isinstance(spec.asked({"question": "why"}), str)
