"""The form of an evaluation as HTML: what is asked, of whom, with which templates. The page's script reads it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from chains.evaluation.files import MAX_MEGABYTES
from chains.evaluation.plans import MAX_MODELS, MAX_TEMPLATES
from chains.evaluation.task_sets import MAX_ITEMS, MAX_TEXT_CHARACTERS, TaskSet
from chains.template_shelf import PLAIN
from chains.templates import TemplateSpec
from components.local_text import LocalText
from components.replaced_whole import replaced_whole
from components.shown_line import shown_line

BRIDGE = 'class="me-view" data-bridge="model_evaluation"'
LIBRARY, FILE, TEXT = "library", "file", "text"
KINDS = (LIBRARY, FILE, TEXT)
MAX_NAME_CHARACTERS = 60
NUM_EXAMPLES = 2


@dataclass(frozen=True)
class Offered:
    """What somebody can choose from."""

    sets: Sequence[TaskSet]
    models: Sequence[str]
    templates: Sequence[TemplateSpec]


def questions_form(sets: Sequence[TaskSet], text: LocalText) -> str:
    """What is asked: a set that comes with the program, one's own, or a text that is only read."""
    kinds = "".join(
        f'<label class="me-choice"><input type="radio" name="me-kind" value="{kind}"'
        f"{' checked' if kind == LIBRARY else ''}> {name}</label>"
        for kind, name in ((kind, text.html(f"app_md_ev_kind_{kind}")) for kind in KINDS)
    )
    sample = f'<a class="me-button" download href="./evaluations/sample.csv">{text.html("app_md_ev_sample")}</a>'
    limits = text.html("app_md_ev_file_info", questions=MAX_ITEMS, megabytes=MAX_MEGABYTES)
    inside = (
        f'<fieldset><legend>{text.html("app_md_ev_what")}</legend><div class="me-choices">{kinds}</div></fieldset>'
        f'<div class="me-part" data-kind="{LIBRARY}">{_sets(sets, text)}</div>'
        f'<div class="me-part" data-kind="{FILE}"><p class="me-note">{limits}</p><p>{sample}</p></div>'
        f'<div class="me-part" data-kind="{TEXT}"><p class="me-note">{text.html("app_md_ev_text_info")}</p>'
        f'<label for="me-text">{text.html("app_md_ev_text")}</label>'
        f'<textarea id="me-text" rows="6" dir="auto" maxlength="{MAX_TEXT_CHARACTERS}"></textarea>'
        f'<label for="me-name">{text.html("app_md_ev_text_name")}</label>'
        f'<input id="me-name" type="text" dir="auto" autocomplete="off" maxlength="{MAX_NAME_CHARACTERS}"></div>'
    )
    return replaced_whole(BRIDGE, inside)


def _sets(sets: Sequence[TaskSet], text: LocalText) -> str:
    groups = ""
    for language in dict.fromkeys((text.language, "es", "en")):
        options = "".join(
            f'<option value="{escape(one.id)}">{shown_line(set_name(one, text))}</option>'
            for one in sets
            if one.language == language
        )
        groups += f'<optgroup label="{text.html(f"app_md_ev_in_{language}")}">{options}</optgroup>'
    about = "".join(f'<div data-about="{escape(one.id)}" hidden>{_about(one, text)}</div>' for one in sets)
    return (
        f'<label for="me-set">{text.html("app_md_ev_set")}</label><select id="me-set">{groups}</select>'
        f'<div class="me-note me-about">{about}</div>'
    )


def _about(task_set: TaskSet, text: LocalText) -> str:
    """How many questions, how they are judged, and the first of them."""
    metric = task_set.metrics[0]
    told = text.html("app_md_ev_about", count=len(task_set.items), metric=text.say(f"app_md_ev_metric_{metric}"))
    examples = "".join(f'<li dir="auto">{shown_line(item.question)}</li>' for item in task_set.items[:NUM_EXAMPLES])
    return (
        f"<p>{told} {text.html(f'app_md_ev_metric_{metric}_info')}</p>"
        f"<p>{text.html('app_md_ev_for_example')}</p><ul>{examples}</ul>"
    )


def askers_form(offered: Offered, text: LocalText) -> str:
    """Who is asked, with which templates, and who judges."""
    judges = "".join(f'<option value="{escape(name)}">{shown_line(name)}</option>' for name in offered.models)
    models = _ticks("me-model", ((name, name, "") for name in offered.models), offered.models[:1])
    templates = _ticks("me-template", ((one.id, one.name, one.description) for one in offered.templates), (PLAIN,))
    inside = (
        f"<fieldset><legend>{text.html('app_md_ev_models')}</legend>"
        f'<p class="me-note">{text.html("app_md_ev_models_info", count=MAX_MODELS)}</p>{models}</fieldset>'
        f'<fieldset class="me-asks"><legend>{text.html("app_md_ev_templates")}</legend>'
        f'<p class="me-note">{text.html("app_md_ev_templates_info", count=MAX_TEMPLATES)}</p>{templates}</fieldset>'
        f'<div class="me-asks"><label for="me-judge">{text.html("app_md_ev_judge")}</label>'
        f'<p class="me-note" id="me-judge-info">{text.html("app_md_ev_judge_info")}</p>'
        f'<select id="me-judge" aria-describedby="me-judge-info">'
        f'<option value="">{text.html("app_md_ev_no_judge")}</option>{judges}</select></div>'
        f'<button type="button" class="me-button me-start" data-act="start">{text.html("app_md_ev_start")}</button>'
    )
    return replaced_whole(BRIDGE, inside)


def _ticks(name: str, choices: Iterable[tuple[str, str, str]], ticked: Sequence[str]) -> str:
    boxes = "".join(
        f'<label class="me-choice"{_title(info)}><input type="checkbox" name="{name}" value="{escape(value)}"'
        f'{" checked" if value in ticked else ""}> <span dir="auto">{shown_line(label or value)}</span></label>'
        for value, label, info in choices
    )
    return f'<div class="me-choices">{boxes}</div>'


def _title(info: str) -> str:
    return f' title="{shown_line(info)}"' if info else ""


def uploaded_note(key: str, task_set: TaskSet, text: LocalText) -> str:
    """What was read of somebody's file; ``key`` is how it is asked for."""
    told = text.html(
        "app_md_ev_uploaded",
        name=task_set.name,
        count=len(task_set.items),
        written_in=text.say(f"app_md_ev_in_{task_set.language}"),
    )
    return f'<p data-key="{escape(key)}">{told}</p>'


def set_name(task_set: TaskSet, text: LocalText) -> str:
    """As it is called in the page's language."""
    return task_set.names.get(text.language) or task_set.name or text.say("app_md_ev_pasted")
