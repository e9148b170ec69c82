"""The editor of one prompt template as HTML: empty fields, and the template as JSON to fill them with.

``assets/panel.js`` does that. Rows that can be added are ``<template>`` elements for the script to copy.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from annotated_types import MaxLen

from chains.options import SamplingChoice
from chains.templates import TemplateSpec
from components.local_text import LocalText

NUMBERS = {"temperature": ("app_template_temperature", "0.1"), "max_tokens": ("app_template_max_tokens", "1")}


@dataclass(frozen=True)
class _Rows:
    """A list of the template: its field and what is said of it. ``add`` is empty where rows come by themselves."""

    name: str
    title: str
    hint: str
    add: str = ""

    @property
    def most(self) -> int:
        limits = TemplateSpec.model_fields[self.name].metadata
        return next(limit.max_length for limit in limits if isinstance(limit, MaxLen))


VARIABLES = _Rows("variables", "app_template_variables", "app_template_variables_hint")
STEPS = _Rows("steps", "app_template_steps", "app_template_steps_hint", "app_template_step_add")
EXAMPLES = _Rows("examples", "app_template_examples", "app_template_examples_hint", "app_template_example_add")


def template_editor(spec: TemplateSpec, own_id: str, text: LocalText, *, export: str) -> str:
    """A fold with ``spec`` in it. ``own_id`` is empty for what cannot be changed, only kept as a new one."""
    fields = "".join((_words(text), _variables(text), _steps(text), _examples(text), _settings(text)))
    return (
        f'<details class="pn-editor" data-id="{escape(spec.id)}" data-own-id="{escape(own_id)}" '
        f'data-spec="{escape(spec.model_dump_json())}">'
        f'<summary id="template-inside"><b>{text.html("app_template_inside")}</b><span class="pn-of" dir="auto"></span>'
        f'<span class="pn-unsaved">{text.html("app_template_unsaved")}</span></summary>'
        f"{fields}{_buttons(own_id, export, text)}</details>"
    )


def delete_button(own_id: str, text: LocalText) -> str:
    """Asks once, by turning into the question."""
    return (
        f'<button type="button" class="pn-button pn-delete" data-act="template_delete" data-id="{escape(own_id)}" '
        f'data-sure="{text.html("app_template_delete_sure")}">{text.html("app_template_delete")}</button>'
    )


def _words(text: LocalText) -> str:
    return (
        _field("name", "app_template_name", text, is_long=False)
        + _field("description", "app_template_description", text, is_long=False)
        + _field("system", "app_template_system", text, hint="app_template_system_hint")
        + _field("template", "app_template_text", text, hint="app_template_text_hint", is_code=True)
    )


def _variables(text: LocalText) -> str:
    row = (
        '<li class="pn-row"><code class="pn-variable"></code>'
        f"{_cell('label', 'app_template_label', text, is_long=False)}"
        f"{_cell('default', 'app_template_default', text)}"
        '<label class="pn-check"><input type="checkbox" data-cell="is_long">'
        f"{text.html('app_template_is_long')}</label></li>"
    )
    return _rows(VARIABLES, row, text)


def _steps(text: LocalText) -> str:
    row = (
        f'<li class="pn-row">{_cell("name", "app_template_step_name", text, is_long=False)}'
        f"{_cell('prompt', 'app_template_step_prompt', text, is_code=True)}"
        f"{_remove('app_template_step_remove', text)}</li>"
    )
    return _rows(STEPS, row, text)


def _examples(text: LocalText) -> str:
    row = (
        f'<li class="pn-row">{_cell("question", "app_template_question", text)}'
        f"{_cell('answer', 'app_template_answer', text)}{_remove('app_template_example_remove', text)}</li>"
    )
    return _rows(EXAMPLES, row, text)


def _settings(text: LocalText) -> str:
    schema = SamplingChoice.model_json_schema()["properties"]
    numbers = []
    for name, (key, step) in NUMBERS.items():
        limits = next(kind for kind in schema[name]["anyOf"] if kind["type"] != "null")
        most = f' max="{limits["maximum"]:g}"' if "maximum" in limits else ""
        numbers.append(
            f'<p class="pn-field"><label for="template-{name}">{text.html(key)}</label><input type="number" '
            f'id="template-{name}" data-number="{name}" min="{limits["minimum"]:g}"{most} step="{step}"></p>'
        )
    return (
        f'<fieldset><legend>{text.html("app_template_settings")}</legend><div class="pn-numbers">{"".join(numbers)}'
        f'</div><p class="pn-note">{text.html("app_template_settings_hint")}</p></fieldset>'
    )


def _buttons(own_id: str, export: str, text: LocalText) -> str:
    save = text.html("app_template_save" if own_id else "app_template_save_mine")
    link = f'<a class="pn-button pn-stored" href="{escape(export)}" download>{text.html("app_template_export")}</a>'
    delete = f'<span class="pn-stored">{delete_button(own_id, text)}</span>' if own_id else ""
    return (
        f'<div class="pn-actions"><button type="button" class="pn-button pn-save" data-act="template_save" '
        f'id="template-save">{save}</button><button type="button" class="pn-button pn-discard" '
        f'data-act="template_discard" data-sure="{text.html("app_template_discard_sure")}">'
        f"{text.html('app_template_discard')}</button>{link if export else ''}{delete}</div>"
    )


def _field(name: str, key: str, text: LocalText, *, hint: str = "", is_long: bool = True, is_code: bool = False) -> str:
    told = f'<small id="template-{name}-hint">{text.html(hint)}</small>' if hint else ""
    attributes = f'id="template-{name}" data-field="{name}" dir="auto"'
    attributes += f' aria-describedby="template-{name}-hint"' if hint else ""
    attributes += ' class="pn-code" spellcheck="false"' if is_code else ""
    box = f'<textarea rows="3" {attributes}></textarea>' if is_long else f'<input type="text" {attributes}>'
    return f'<p class="pn-field"><label for="template-{name}">{text.html(key)}</label>{box}{told}</p>'


def _cell(name: str, key: str, text: LocalText, *, is_long: bool = True, is_code: bool = False) -> str:
    """A field of a row: inside its label, because it has no id before the script copies it."""
    attributes = f'data-cell="{name}" dir="auto"' + (' class="pn-code" spellcheck="false"' if is_code else "")
    box = f'<textarea rows="1" {attributes}></textarea>' if is_long else f'<input type="text" {attributes}>'
    return f'<label class="pn-field">{text.html(key)}{box}</label>'


def _remove(key: str, text: LocalText) -> str:
    return f'<button type="button" class="pn-button" data-act="template_row_remove">{text.html(key)}</button>'


def _rows(rows: _Rows, row: str, text: LocalText) -> str:
    button = (
        f'<button type="button" class="pn-button pn-add" id="template-{rows.name}-add" data-act="template_row_add">'
        f"{text.html(rows.add)}</button>"
        if rows.add
        else ""
    )
    return (
        f'<fieldset data-rows="{rows.name}" data-max="{rows.most}"><legend>{text.html(rows.title)}</legend>'
        f'<p class="pn-note">{text.html(rows.hint)}</p><ol></ol><template>{row}</template>{button}</fieldset>'
    )
