"""The panel of templates: which there are, which is in use, and an editor that holds it whole."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from chains.options import SamplingChoice
from chains.template_library import TemplateLibrary
from chains.templates import Example, StepSpec, TemplateSpec, Variable
from components.catalogue import LANGUAGES, Catalogue
from components.template_panel import template_panel
from storage.templates import StoredTemplate
from tests.html_reader import Element, read_html

HOSTILE = "</textarea><img src=x onerror=alert(1)>\"'&\u202e{{x}}</template><script>"
PLAIN = TemplateSpec(id="plain", name="Plain")
CHAIN = TemplateSpec(id="chain", name="Chain", steps=(StepSpec(name="a", prompt="A"), StepSpec(name="b", prompt="B")))
FEW = TemplateSpec(id="few", name="Few", examples=(Example(question="1", answer="2"),))

catalogue = Catalogue.load()


def stored(template_id: str, **content: object) -> StoredTemplate:
    return StoredTemplate(content, id=template_id, updated_at=datetime(2026, 5, 1, tzinfo=UTC))


def panel(*own: StoredTemplate, current: TemplateSpec = PLAIN, language: str = "en") -> Element:
    return read_html(template_panel((PLAIN, CHAIN, FEW), own, current, catalogue, language))


def names_shown(html: Element) -> list[str]:
    return [choice.text for choice in html.all(data_act="template_use")]


def test_each_template_can_be_chosen_and_one_is_current() -> None:
    html = panel(stored("mine", name="Mine", description="of my own"), current=CHAIN)
    chosen = [choice.attributes["data-id"] for choice in html.all(data_act="template_use")]
    assert chosen == ["plain", "chain", "few", "mine"]
    assert [choice.attributes["data-id"] for choice in html.all(aria_current="true")] == ["chain"]
    assert names_shown(html)[-1] == "Mineof my own"


@pytest.mark.parametrize(("language", "badges"), [("en", ["2 steps", "1 example"]), ("es", ["2 pasos", "1 ejemplo"])])
def test_chains_and_few_shot_templates_have_a_badge(language: str, badges: list[str]) -> None:
    assert [badge.text for badge in panel(language=language).all(class_="pn-badge")] == badges


def test_a_built_in_template_can_be_kept_as_ones_own_but_not_deleted() -> None:
    html = panel(current=CHAIN)
    assert html.one(data_act="template_save").text == catalogue.text("en", "app_template_save_mine")
    assert html.all(data_act="template_delete") == []


def test_ones_own_template_can_be_saved_and_deleted() -> None:
    html = panel(stored("mine", name="Mine"), current=TemplateSpec(id="mine"))
    assert html.one(data_act="template_save").text == catalogue.text("en", "app_template_save")
    assert html.one(data_act="template_delete").attributes["data-id"] == "mine"
    assert html.one(data_act="template_delete").attributes["data-sure"]


def test_the_editor_holds_the_whole_template() -> None:
    spec = TemplateSpec(
        id="whole",
        name="Whole",
        system="S",
        template="{question} {tone}",
        variables=(Variable(name="tone", label="Tone", default="kind", is_long=True),),
        steps=CHAIN.steps,
        examples=FEW.examples,
        sampling={"temperature": 0.5, "top_k": 3},
    )
    editor = panel(current=spec).one(class_="pn-editor")
    assert TemplateSpec.model_validate_json(editor.attributes["data-spec"]) == spec


def test_the_editor_holds_what_is_stored_not_the_copy_of_the_conversation() -> None:
    editor = panel(stored("mine", name="New name"), current=TemplateSpec(id="mine", name="Old")).one(class_="pn-editor")
    assert json.loads(editor.attributes["data-spec"])["name"] == "New name"
    assert editor.attributes["data-own-id"] == "mine"


def test_a_template_that_is_in_no_list_can_be_kept_but_not_exported() -> None:
    html = panel(current=TemplateSpec(id="gone", name="Gone"))
    assert html.one(class_="pn-editor").attributes["data-own-id"] == ""
    assert [link for link in html.all(download="") if link.tag == "a"] == []


def test_templates_can_be_exported() -> None:
    html = panel(stored("a&b", name="Mine"), current=TemplateSpec(id="a&b"))
    links = [element.attributes["href"] for element in html.all(download="")]
    assert links == ["./templates.yaml", "./templates.yaml?id=a%26b"]


def test_what_this_version_refuses_can_be_seen_and_deleted() -> None:
    html = panel(stored("old", name="Old", template="{nobody}"), current=TemplateSpec(id="old", name="Copy"))
    assert "Old" in html.one(data_own="old").text
    assert {button.attributes["data-id"] for button in html.all(data_act="template_delete")} == {"old"}
    assert json.loads(html.one(class_="pn-editor").attributes["data-spec"])["name"] == "Copy"


def test_markup_in_a_template_is_text() -> None:
    content = dict.fromkeys(("name", "description", "system"), HOSTILE)
    plain = panel(stored("mine", name="Mine", description="D", system="S"), current=TemplateSpec(id="mine"))
    html = panel(stored("mine", **content), current=TemplateSpec(id="mine", **content))
    assert html.tags()[1:] == plain.tags()[1:]  # the first is named after what is in it
    assert "\u202e" not in html.one(data_own="mine").text
    assert json.loads(html.one(class_="pn-editor").attributes["data-spec"])["system"] == HOSTILE


def test_markup_in_an_id_is_text() -> None:
    assert panel(current=TemplateSpec(id=HOSTILE)).one(class_="pn-editor").attributes["data-id"] == HOSTILE


def test_numbers_have_the_limits_that_are_checked() -> None:
    temperature = panel().one(data_number="temperature").attributes
    for outside in (float(temperature["min"]) - 0.1, float(temperature["max"]) + 0.1):
        with pytest.raises(ValueError, match="temperature"):
            SamplingChoice(temperature=outside)
    assert SamplingChoice(temperature=float(temperature["max"])).temperature == 5.0


def test_lists_say_how_many_entries_are_checked() -> None:
    most = {
        rows.attributes["data-rows"]: int(rows.attributes["data-max"])
        for rows in panel().all()
        if "data-rows" in rows.attributes
    }
    assert most == {"variables": 20, "steps": 10, "examples": 50}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_field_has_a_label(language: str) -> None:
    html = panel(stored("mine", name="Mine"), language=language)
    labelled = {label.attributes.get("for") for label in html.all() if label.tag == "label"}
    wrapped = [field for label in html.all() if label.tag == "label" for field in label.all()]
    for element in html.all():
        if element.tag in ("input", "textarea"):
            assert element.attributes.get("id") in labelled or element in wrapped, element


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_templates_that_come_along_are_shown(language: str) -> None:
    library = TemplateLibrary.load().listed(language)
    for current in library:
        html = read_html(template_panel(library, (), current, catalogue, language))
        assert len(html.all(aria_current="true")) == 1
        assert catalogue.text(language, "app_template_none") in html.text
