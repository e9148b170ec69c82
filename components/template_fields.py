"""The blanks of a prompt template above the message box, as HTML; ``assets/panel.js`` collects what is typed."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from chains.templates import TemplateSpec, Variable
from components.catalogue import Catalogue
from components.local_text import LocalText
from components.replaced_whole import replaced_whole
from components.shown_line import shown_line

PLAIN = "plain"


def template_fields(spec: TemplateSpec, values: Mapping[str, str], catalogue: Catalogue, language: str) -> str:
    """Nothing for a template that only passes the question on. ``values`` stand in the fields before the defaults.

    A template that asks no question has the class ``no-question`` and a button of its own that sends.
    """
    if spec.id in ("", PLAIN) and not spec.form and spec.asks_question:
        return ""
    text = LocalText(catalogue, language)
    fields = "".join(_field(spec.id, variable, values) for variable in spec.form)
    kind = "template-fields" if spec.asks_question else "template-fields no-question"
    send = (
        ""
        if spec.asks_question
        else f'<button type="button" class="pn-button pn-send" id="fields-send" data-act="ask">'
        f"{text.html('app_send')}</button>"
    )
    return replaced_whole(
        f'class="{kind}" role="group" aria-labelledby="fields-of" lang="{escape(language)}" '
        f'data-template="{escape(spec.id)}"',
        f"{_head(spec, text)}{f'<div class=pn-fields>{fields}</div>' if fields else ''}{send}",
    )


def _head(spec: TemplateSpec, text: LocalText) -> str:
    name = shown_line(spec.name) or text.html("app_template_nameless")
    return (
        f'<p class="pn-head"><span id="fields-of">{text.html("app_template_in_use")} <b dir="auto">{name}</b></span>'
        f'<button type="button" class="pn-quiet" id="fields-leave" data-act="template_use" data-id="{PLAIN}">'
        f"{text.html('app_template_leave')}</button></p>"
    )


def _field(template_id: str, variable: Variable, values: Mapping[str, str]) -> str:
    value = escape(values.get(variable.name, variable.default))
    identity = escape(f"field-{variable.name}")
    name = escape(variable.name)
    attributes = f'id="{identity}" data-input="{name}" data-keep="{escape(template_id)}-{name}" dir="auto"'
    box = (
        f'<textarea rows="2" {attributes}>\n{value}</textarea>'  # HTML drops one line end after the tag
        if variable.is_long
        else f'<input type="text" {attributes} value="{value}">'
    )
    kind = "pn-field pn-wide" if variable.is_long else "pn-field"
    return f'<p class="{kind}"><label for="{identity}" dir="auto">{_label(variable)}</label>{box}</p>'


def _label(variable: Variable) -> str:
    return shown_line(variable.label) or escape(variable.name.replace("_", " "))
