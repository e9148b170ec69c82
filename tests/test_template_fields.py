"""The blanks of a template above the box."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.templates import StepSpec, TemplateSpec, Variable
from components.catalogue import LANGUAGES, Catalogue
from components.template_fields import template_fields
from tests.html_reader import Element, read_html

catalogue = Catalogue.load()
DOCTOR = TemplateSpec(
    id="doctor",
    name="Doctor",
    template="{context} {question} {n_points}",
    variables=(
        Variable(name="context", label="What was read", is_long=True),
        Variable(name="n_points", default="3"),
    ),
)
JOKE = TemplateSpec(id="joke", name="Joke", template="A {kind} joke", variables=(Variable(name="kind"),))


def fields(spec: TemplateSpec, values: dict[str, str] | None = None) -> Element:
    return read_html(template_fields(spec, values or {}, catalogue, "en"))


@pytest.mark.parametrize("spec", [TemplateSpec(), TemplateSpec(id="plain", name="Plain assistant")])
def test_the_plain_template_shows_nothing(spec: TemplateSpec) -> None:
    assert template_fields(spec, {}, catalogue, "en") == ""


def test_each_variable_has_a_labelled_field_with_its_default() -> None:
    html = fields(DOCTOR)
    context, points = html.one(data_input="context"), html.one(data_input="n_points")
    assert (context.tag, points.tag) == ("textarea", "input")
    assert points.attributes["value"] == "3"
    assert html.one(for_=context.attributes["id"]).text == "What was read"
    assert html.one(for_=points.attributes["id"]).text == "n points"


def test_values_stand_before_defaults_even_when_they_are_empty() -> None:
    html = fields(DOCTOR, {"n_points": "", "context": "\nline"})
    assert html.one(data_input="n_points").attributes["value"] == ""
    assert html.one(data_input="context").text == "\n\nline"  # of two line ends after the tag browsers drop one


def test_the_question_has_no_field_of_its_own() -> None:
    spec = TemplateSpec(id="own", variables=(Variable(name="question", default="?"),))
    assert fields(spec).all(data_input="question") == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_template_in_use_is_named_and_can_be_left(language: str) -> None:
    html = read_html(template_fields(TemplateSpec(id="tutor", name="Tutor"), {}, catalogue, language))
    assert "Tutor" in html.text
    assert html.one(data_act="template_use").attributes["data-id"] == "plain"
    assert html.all(data_act="ask") == []


def test_a_template_without_a_question_sends_by_itself() -> None:
    html = fields(JOKE)
    assert "no-question" in html.inside[0].attributes["class"].split()
    assert html.one(data_act="ask").text == catalogue.text("en", "app_send")


def test_a_question_asked_by_a_step_keeps_the_box() -> None:
    spec = TemplateSpec(id="chain", template="go", steps=(StepSpec(name="a", prompt="{question}"),))
    assert "no-question" not in fields(spec).inside[0].attributes["class"].split()


@given(st.text(alphabet="<>\"'&\n\\={}\u202e\x00ax", max_size=30))
def test_markup_in_names_and_values_is_text(text: str) -> None:
    variables = (Variable(name="a", label=text, default=text), Variable(name="b", default=text, is_long=True))
    spec = TemplateSpec(id=text, name=text, template="{a}{b}", variables=variables)
    plain = JOKE.model_copy(update={"variables": (Variable(name="a"), Variable(name="b", is_long=True))})
    html = fields(spec)
    assert html.tags()[1:] == fields(plain).tags()[1:]  # the first is named after what is in it
    assert html.one(data_input="a").attributes["value"] == text
