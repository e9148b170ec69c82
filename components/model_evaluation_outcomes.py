"""Question by question what a model answered, as HTML. All of it is text of others."""

from __future__ import annotations

from html import escape
from typing import Any

from chains.evaluation.history import EvaluationResult
from chains.evaluation.plans import Outcome
from chains.evaluation.scores import by_variant
from chains.evaluation.task_sets import Metric, TaskItem
from components.local_text import LocalText
from components.model_evaluation_form import BRIDGE
from components.model_evaluation_view import NONE, variant_name
from components.replaced_whole import replaced_whole
from components.shown_line import shown_line
from errors import GenerationFailed, ModelRefused, PromptTooLong
from safety.shown_text import INVISIBLE

MOST_LISTED = 200  # the file has all
MOST_CHARACTERS = 2_000  # of an answer
RIGHT, WRONG, PARTLY = "right", "wrong", "partly"
SIGNS = {RIGHT: "✓", WRONG: "✗", PARTLY: "◐"}
FAULTS = {
    PromptTooLong.key: "app_md_ev_fault_long",
    ModelRefused.key: "app_md_ev_fault_refused",
    GenerationFailed.key: "app_md_ev_fault_broken",
}


def outcomes_view(result: EvaluationResult, number: int, text: LocalText) -> str:
    """Those of the variant with this number."""
    outcomes = by_variant(result.plan, result.outcomes)[number]
    variant, metric, items = result.plan.variants[number], result.plan.main_metric, result.plan.task_set.items
    listed = sorted(outcomes.items())[:MOST_LISTED]
    rows = "".join(_row(items[place], outcome, metric, text) for place, outcome in listed)
    left_out = text.html("app_md_ev_more", count=text.count(len(outcomes) - MOST_LISTED))
    more = f'<p class="me-note">{left_out}</p>'
    name = f"<bdi>{shown_line(variant_name(variant, text))}</bdi>"
    inside = (
        f'<h3 tabindex="-1">{text.html("app_md_ev_answers_of")} {name}</h3>'
        f'<label class="me-choice"><input type="checkbox" class="me-only-wrong"> '
        f"{text.html('app_md_ev_only_wrong')}</label>"
        f'<ol class="me-outcomes">{rows}</ol>'
        f"{more if len(outcomes) > MOST_LISTED else ''}"
    )
    return replaced_whole(f'{BRIDGE} data-fresh="true"', inside)


def _row(item: TaskItem, outcome: Outcome, metric: Metric, text: LocalText) -> str:
    verdict = verdict_of(outcome.value(metric))
    sign = f'<span class="me-sign" aria-hidden="true">{SIGNS[verdict]}</span>'
    said = text.html(f"app_md_ev_{verdict}")
    notes = [text.html("app_md_ev_was_cut")] if outcome.was_cut else []
    judged = outcome.metrics.get(Metric.JUDGE)
    if judged is not None and metric is not Metric.JUDGE:
        notes.append(text.html("app_md_ev_judge_yes" if judged else "app_md_ev_judge_no"))
    context = f"<dt>{text.html('app_md_ev_context')}</dt>{_told(item.context)}" if item.context else ""
    answer = _told(outcome.answer)
    if outcome.fault is not None:
        answer = f'<dd class="refused">{text.html(FAULTS.get(outcome.fault, "app_md_ev_fault_broken"))}</dd>'
    return (
        f'<li class="me-{verdict}"><details><summary>{sign}<span class="visually-hidden">{said}</span>'
        f'<span dir="auto">{shown_line(item.question)}</span></summary><dl>'
        f"<dt>{text.html('app_md_ev_question')}</dt>{_told(item.question)}{context}"
        f"<dt>{text.html('app_md_ev_expected')}</dt>{_told(expected(item, text))}"
        f"<dt>{text.html('app_md_ev_answer')} <small>· {' · '.join([said, *notes])}</small></dt>{answer}"
        "</dl></details></li>"
    )


def verdict_of(value: float | None) -> str:
    """Whether the answer reaches all, nothing, or some of the score."""
    if not value:
        return WRONG
    return RIGHT if value >= 1 else PARTLY


def expected(item: TaskItem, text: LocalText) -> str:
    """What would have been right."""
    if item.answers:
        return f" {text.say('app_md_ev_or')} ".join(item.answers)
    if item.checks:
        return "\n".join(f"{name}: {_value(value)}" for check in item.checks for name, value in check.items())
    return text.say("app_md_ev_not_told")


def _value(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _told(content: str) -> str:
    shown = INVISIBLE.sub("", content).strip()
    cut = shown if len(shown) <= MOST_CHARACTERS else shown[:MOST_CHARACTERS] + "…"
    return f'<dd dir="auto">{escape(cut) or NONE}</dd>'
