"""Somebody's evaluations as a list: how each stands, and what can be done with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape

from chains.evaluation.runner import EvaluationProgress
from chains.evaluation.task_sets import TaskSet
from components.icons import icon
from components.local_text import LocalText
from components.model_evaluation_form import BRIDGE, set_name
from components.shown_line import shown_line
from storage.evaluations import EvaluationStatus, StoredEvaluation

SECONDS_OF_A_MINUTE = 90
STOPPED = (EvaluationStatus.STOPPED, EvaluationStatus.FAILED)


def evaluations_view(
    standing: Sequence[EvaluationProgress], opened: str, sets: Mapping[str, TaskSet], text: LocalText
) -> str:
    """The newest first; ``opened`` is the id of the one whose results are shown."""
    head = f"<h3>{text.html('app_md_ev_yours')}</h3>"
    if not standing:
        return f'<div {BRIDGE}>{head}<p class="me-note">{text.html("app_md_ev_none")}</p></div>'
    rows = "".join(_row(one, one.evaluation.id == opened, sets, text) for one in standing)
    return f'<div {BRIDGE}>{head}<ul class="me-list">{rows}</ul></div>'  # laid over the old one: the focus stays


def _row(progress: EvaluationProgress, is_open: bool, sets: Mapping[str, TaskSet], text: LocalText) -> str:
    one = progress.evaluation
    name = evaluation_name(one, sets, text)
    current = ' aria-current="true"' if is_open else ""
    return (
        f'<li class="me-row"{current}><div><button type="button" class="me-open" data-act="open" '
        f'data-id="{escape(one.id)}"><b dir="auto">{shown_line(name)}</b>{moment(one.created_at)}</button>'
        f"{standing_line(progress, text)}</div>{_deeds(one, name, text)}</li>"
    )


def _deeds(one: StoredEvaluation, name: str, text: LocalText) -> str:
    deeds = ""
    if one.status is EvaluationStatus.GOING:
        deeds += _deed("stop", "close", one, text.html("app_md_ev_stop"), "")
    if one.status in STOPPED:
        deeds += _deed("resume", "resume", one, text.html("app_md_ev_resume"), "")
    sure = f' data-sure="{shown_line(text.say("app_md_ev_delete_sure", name=name))}"'
    return f'<div class="me-deeds">{deeds}{_deed("delete", "delete", one, text.html("app_md_ev_delete"), sure)}</div>'


def _deed(act: str, shape: str, one: StoredEvaluation, label: str, more: str) -> str:
    return (
        f'<button type="button" class="tool" data-act="{act}" data-id="{escape(one.id)}"{more} title="{label}" '
        f'aria-label="{label}">{icon(shape)}</button>'
    )


def standing_line(progress: EvaluationProgress, text: LocalText) -> str:
    """How one stands, with a bar while it is going."""
    one = progress.evaluation
    counts = {"done": text.count(one.num_done), "total": text.count(one.num_outcomes)}
    if one.status is EvaluationStatus.FAILED:
        return f'<p class="me-standing refused">{shown_line(_fault(one, text))}</p>'
    said = text.say("app_md_ev_waiting" if progress.is_waiting else f"app_md_ev_{one.status}", **counts)
    if one.status is not EvaluationStatus.GOING:
        return f'<p class="me-standing">{escape(said)}</p>'
    if progress.seconds_left is not None:
        said += f" · {_left(progress.seconds_left, text)}"
    bar = f'<progress max="{max(1, one.num_outcomes)}" value="{one.num_done}" aria-label="{escape(said)}"></progress>'
    return f'<p class="me-standing">{bar}<span>{escape(said)}</span></p>'


def _left(seconds: float, text: LocalText) -> str:
    if seconds < SECONDS_OF_A_MINUTE:
        return text.say("app_seconds_left", seconds=max(1, round(seconds)))
    return text.say("app_minutes_left", minutes=round(seconds / 60))


def _fault(one: StoredEvaluation, text: LocalText) -> str:
    try:
        return text.say(one.fault or "error_unexpected", **one.fault_values)
    except KeyError:  # kept by another version, which had other sentences
        return text.say("error_unexpected")


def evaluation_name(one: StoredEvaluation, sets: Mapping[str, TaskSet], text: LocalText) -> str:
    """That of its set."""
    return set_name(sets[one.name], text) if one.name in sets else one.name or text.say("app_md_ev_pasted")


def moment(when: datetime) -> str:
    """A time, which the page's script writes as it is where the reader is."""
    return f'<time datetime="{when.isoformat()}">{when:%Y-%m-%d %H:%M}</time>'
