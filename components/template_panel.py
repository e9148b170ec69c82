"""The panel of prompt templates as HTML: which there are, and an editor for the one in use.

``assets/panel.js`` fills the editor, keeps what was typed when the server replaces the HTML, and asks before deleting.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from urllib.parse import quote

from chains.templates import TemplateSpec
from components.catalogue import Catalogue
from components.local_text import LocalText
from components.replaced_whole import replaced_whole
from components.shown_line import shown_line
from components.template_editor import delete_button, template_editor
from errors import TemplateInvalid
from storage.templates import StoredTemplate

MAX_FILE_BYTES = 200_000
SCRIPT_WORDS = {
    "name": "app_template_name_missing",
    "number": "app_template_number_wrong",
    "file": "app_template_file_refused",
    "many": "app_template_too_many",
    "new": "app_template_new",
}


def template_panel(
    built_in: Sequence[TemplateSpec],
    own: Sequence[StoredTemplate],
    current: TemplateSpec,
    catalogue: Catalogue,
    language: str,
) -> str:
    """Both lists, and the editor with ``current``, or with what is stored under its id when it is the reader's own."""
    text = LocalText(catalogue, language)
    mine = {stored.id: _spec(stored) for stored in own}
    edited = mine.get(current.id) or current
    is_listed = current.id in mine or any(spec.id == current.id for spec in built_in)
    words = {name: text.say(key) for name, key in SCRIPT_WORDS.items()}
    own_id = current.id if current.id in mine else ""
    return replaced_whole(
        f'class="template-panel" lang="{escape(language)}" data-max-bytes="{MAX_FILE_BYTES}" '
        f'data-words="{escape(json.dumps(words, ensure_ascii=False))}"',
        f'<p class="pn-note">{text.html("app_template_what")}</p>'
        f'<p id="template-error" class="pn-error" role="alert"></p>'
        f"{_built_in(built_in, current, text)}{_own(own, mine, current, text)}"
        f"{template_editor(edited, own_id, text, export=_export(current, is_listed))}",
    )


def _spec(stored: StoredTemplate) -> TemplateSpec | None:
    """None when an older version of the program kept what this one refuses; it can then only be deleted."""
    try:
        return TemplateSpec.model_validate({**stored.content, "id": stored.id})
    except TemplateInvalid:
        return None


def _export(current: TemplateSpec, is_listed: bool) -> str:
    return f"./templates.yaml?id={quote(current.id, safe='')}" if is_listed else ""


def _built_in(specs: Sequence[TemplateSpec], current: TemplateSpec, text: LocalText) -> str:
    entries = "".join(f"<li>{_choice(spec, spec.id == current.id, text)}</li>" for spec in specs)
    return f'<h3>{text.html("app_template_built_in")}</h3><ul class="pn-list">{entries}</ul>'


def _own(
    own: Sequence[StoredTemplate], mine: dict[str, TemplateSpec | None], current: TemplateSpec, text: LocalText
) -> str:
    entries = []
    for stored in own:
        spec = mine[stored.id]
        entry = _choice(spec, stored.id == current.id, text) if spec else _unreadable(stored, text)
        # By these the script knows that what was typed has been saved.
        marks = f'data-own="{escape(stored.id)}" data-saved="{stored.updated_at.isoformat()}"'
        entries.append(f"<li {marks}>{entry}</li>")
    lines = f'<ul class="pn-list">{"".join(entries)}</ul>' if own else ""
    none = "" if own else f'<p class="pn-note">{text.html("app_template_none")}</p>'
    return f"<h3>{text.html('app_template_mine')}</h3>{lines}{none}{_actions(bool(own), text)}"


def _actions(has_own: bool, text: LocalText) -> str:
    export = f'<a class="pn-button" href="./templates.yaml" download>{text.html("app_template_export_all")}</a>'
    return (
        f'<div class="pn-actions"><button type="button" class="pn-button" data-act="template_new" id="template-new">'
        f"{text.html('app_template_new')}</button>"
        f'<label class="pn-button pn-file">{text.html("app_template_import")}'
        f'<input type="file" id="template-import" accept=".yaml,.yml"></label>{export if has_own else ""}</div>'
    )


def _choice(spec: TemplateSpec, is_current: bool, text: LocalText) -> str:
    badges = "".join(f'<span class="pn-badge">{escape(badge)}</span>' for badge in _badges(spec, text))
    line = f'<span class="pn-line" dir="auto">{shown_line(spec.description)}</span>' if spec.description else ""
    return (
        f'<button type="button" class="pn-choice" id="use-{escape(spec.id)}" data-act="template_use" '
        f'data-id="{escape(spec.id)}" aria-current="{str(is_current).lower()}">'
        f'<span class="pn-name"><b dir="auto">{shown_line(spec.name) or text.html("app_template_nameless")}</b>'
        f"{badges}</span>{line}</button>"
    )


def _badges(spec: TemplateSpec, text: LocalText) -> list[str]:
    badges = []
    if spec.steps:
        key = "app_template_steps_one" if len(spec.steps) == 1 else "app_template_steps_many"
        badges.append(text.say(key, count=len(spec.steps)))
    if spec.examples:
        key = "app_template_examples_one" if len(spec.examples) == 1 else "app_template_examples_many"
        badges.append(text.say(key, count=len(spec.examples)))
    return badges


def _unreadable(stored: StoredTemplate, text: LocalText) -> str:
    name = shown_line(str(stored.content.get("name", ""))) or text.html("app_template_nameless")
    return f'<p class="pn-note"><b dir="auto">{name}</b><br>{text.html("app_template_unreadable")}</p>' + delete_button(
        stored.id, text
    )
