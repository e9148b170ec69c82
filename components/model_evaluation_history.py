"""What earlier evaluations of the same questions gave, as HTML: the same model and template, over time."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from chains.evaluation.history import EvaluationResult
from chains.evaluation.plans import Variant
from chains.evaluation.scores import by_variant, compared
from components.local_text import LocalText
from components.model_evaluation_form import BRIDGE
from components.model_evaluation_list import moment
from components.model_evaluation_view import NONE, comparison_text, score_cells
from components.shown_line import shown_line

MOST_RESULTS = 20


def history_view(results: Sequence[EvaluationResult], opened: str, text: LocalText) -> str:
    """``results`` are the oldest first; nothing where there is only one. ``opened`` is the id of the one in sight."""
    results = [one for one in results if one.outcomes][-MOST_RESULTS:]
    if len(results) < 2:
        return ""
    rows = ""
    before: dict[str, EvaluationResult] = {}
    for result in results:
        for number, row in enumerate(result.rows):
            if row.score is None:
                continue
            key = _key(row.variant)
            rows = _row(result, number, before.get(key), opened, text) + rows
            before[key] = result
    heads = ("app_md_ev_when", "app_md_ev_asked", "app_md_ev_score_column", "app_md_ev_interval", "app_md_ev_change")
    head = "".join(f'<th scope="col">{text.html(key)}</th>' for key in heads)
    return (
        f"<section {BRIDGE}><h3>{text.html('app_md_ev_history')}</h3>"
        f'<p class="me-note">{text.html("app_md_ev_history_info")}</p>'
        f'<div class="me-wide" tabindex="0" role="region" aria-label="{text.html("app_md_ev_history")}">'
        f'<table class="me-table"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div></section>'
    )


def _row(result: EvaluationResult, number: int, before: EvaluationResult | None, opened: str, text: LocalText) -> str:
    row, one = result.rows[number], result.evaluation
    score, interval = score_cells(row, text)
    current = ' aria-current="true"' if one.id == opened else ""
    template = f'<small dir="auto">{shown_line(row.variant.template.name)}</small>' if row.variant.template.name else ""
    when = f'<button type="button" class="me-link" data-act="open" data-id="{escape(one.id)}">'
    return (
        f'<tr{current}><th scope="row">{when}{moment(one.created_at)}</button></th>'
        f'<td class="me-name">{shown_line(row.variant.model)}{template}</td><td><b>{score}</b></td><td>{interval}</td>'
        f'<td class="me-paired">{_change(result, number, before, text)}</td></tr>'
    )


def _change(result: EvaluationResult, number: int, before: EvaluationResult | None, text: LocalText) -> str:
    """Against the same model and template the time before."""
    if before is None or result.plan.task_set.is_text:
        return NONE
    key = _key(result.rows[number].variant)
    place = next(place for place, row in enumerate(before.rows) if _key(row.variant) == key and row.score is not None)
    now, then = by_variant(result.plan, result.outcomes)[number], by_variant(before.plan, before.outcomes)[place]
    return comparison_text(compared(now, then, result.plan.main_metric), text)


def _key(variant: Variant) -> str:
    """The same for what is asked in the same way."""
    return f"{variant.model}\n{variant.template.model_dump_json(exclude={'id', 'name', 'description'})}"
