"""What an evaluation gave, as a table and a picture: a row for each model with each template."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from chains.evaluation.history import EvaluationResult
from chains.evaluation.plans import Variant
from chains.evaluation.scores import Comparison, ScoreRow, by_variant, compared
from chains.evaluation.task_sets import Metric
from components.bar_chart import BarGroup, bar_chart, bar_legend
from components.icons import icon
from components.local_text import LocalText
from components.model_evaluation_form import BRIDGE, set_name
from components.model_evaluation_list import moment
from components.shown_line import shown_line

NONE = "–"
DIGITS = 2
LEAST_TOLD = 0.01
SURE = 0.05  # a chance below it is worth believing

Cell = Callable[[ScoreRow, LocalText], str]


def result_view(result: EvaluationResult, baseline: int, text: LocalText) -> str:
    """``baseline`` is the number of the variant that the others are held against."""
    plan, rows = result.plan, result.rows
    baseline = baseline if 0 <= baseline < len(rows) else 0
    body = "".join(
        _row(number, row, comparison, result, text)
        for number, (row, comparison) in enumerate(zip(rows, _against(result, baseline), strict=True))
    )
    judged = f" {text.html('app_md_ev_judged_by', model=plan.judge)}" if plan.judges else ""
    name = f'<bdi dir="auto">{shown_line(set_name(plan.task_set, text))}</bdi>'
    explained = "app_md_ev_caption_text" if plan.task_set.is_text else "app_md_ev_caption"
    return (
        f"<section {BRIDGE}><h3>{name} {moment(result.evaluation.created_at)}</h3>"
        f'<p class="me-note">{text.html(explained)}{judged}</p>'
        f'<div class="me-wide" tabindex="0" role="region" aria-label="{text.html("app_md_ev_results")}">'
        f'<table class="me-table"><thead><tr>{_heads(result, text)}</tr></thead><tbody>{body}</tbody></table></div>'
        f"{_comparing(result, text)}{_chart(result, text)}{_downloads(result, text)}</section>"
    )


def variant_name(variant: Variant, text: LocalText) -> str:
    """The model, and the template where one was chosen."""
    template = variant.template.name
    return f"{variant.model} · {template}" if template else variant.model


def _columns(result: EvaluationResult) -> list[tuple[str, Cell]]:
    """Key of the head, and what stands in each cell."""
    if result.plan.task_set.is_text:
        named = ("perplexity", "bits_per_byte", "tokens")
        measured = [(f"app_md_ev_metric_{name}", _metric(name, 0 if name == "tokens" else DIGITS)) for name in named]
        return [*measured, ("app_md_ev_seconds", _seconds)]
    others = [(f"app_md_ev_metric_{name}", _metric(name.value, DIGITS)) for name in result.plan.metrics[1:]]
    counts: list[tuple[str, Cell]] = [
        ("app_md_ev_done_column", lambda row, text: f"{text.count(row.num)}/{text.count(row.num_items)}"),
        ("app_md_ev_faults", lambda row, text: text.count(row.num_faults)),
        ("app_md_ev_cut", lambda row, text: text.count(row.num_cut)),
        ("app_md_ev_seconds", _seconds),
    ]
    return [("app_md_ev_score_column", _score), *others, *counts]


def _heads(result: EvaluationResult, text: LocalText) -> str:
    heads = f'<th scope="col">{text.html("app_md_ev_asked")}</th>'
    for key, _ in _columns(result):
        if key == "app_md_ev_score_column":
            metric = result.plan.main_metric
            info = text.html(f"app_md_ev_metric_{metric}_info")
            heads += f'<th scope="col"><abbr title="{info}">{text.html(f"app_md_ev_metric_{metric}")}</abbr></th>'
            heads += f'<th scope="col"><abbr title="{text.html("app_md_ev_interval_info")}">95 %</abbr></th>'
        else:
            heads += f'<th scope="col"><abbr title="{text.html(f"{key}_info")}">{text.html(key)}</abbr></th>'
    return heads + (f'<th scope="col">{text.html("app_md_ev_paired")}</th>' if _is_compared(result) else "")


def _row(number: int, row: ScoreRow, comparison: Comparison | None, result: EvaluationResult, text: LocalText) -> str:
    name = shown_line(row.variant.model)
    template = f'<small dir="auto">{shown_line(row.variant.template.name)}</small>' if row.variant.template.name else ""
    cells = "".join(f"<td>{cell(row, text)}</td>" for _, cell in _columns(result))
    if not result.plan.task_set.is_text:
        label = text.html("app_md_ev_show_answers", name=variant_name(row.variant, text))
        name = (
            f'<button type="button" class="me-link" data-act="outcomes" data-variant="{number}" '
            f'data-id="{escape(result.evaluation.id)}" aria-label="{label}" title="{label}">{name}</button>'
        )
    paired = f'<td class="me-paired">{_paired(number, comparison, result, text)}</td>' if _is_compared(result) else ""
    return f'<tr><th scope="row">{name}{template}</th>{cells}{paired}</tr>'


def score_cells(row: ScoreRow, text: LocalText) -> tuple[str, str]:
    """The score, and what it lies within."""
    if row.score is None:
        return NONE, NONE
    score = text.decimal(row.score, DIGITS)
    if row.interval is None:
        return score, NONE
    return score, f"{text.decimal(row.interval[0], DIGITS)}\u2013{text.decimal(row.interval[1], DIGITS)}"


def _score(row: ScoreRow, text: LocalText) -> str:
    score, interval = score_cells(row, text)
    return f"<b>{score}</b></td><td>{interval}"


def _metric(name: str, digits: int) -> Cell:
    def cell(row: ScoreRow, text: LocalText) -> str:
        value = row.metrics.get(name)
        return NONE if value is None else text.decimal(value, digits)

    return cell


def _seconds(row: ScoreRow, text: LocalText) -> str:
    return NONE if row.median_seconds is None else f"{text.decimal(row.median_seconds, 1)} s"


# --- one against another ---------------------------------------------------------------------------------------------


def _is_compared(result: EvaluationResult) -> bool:
    return len(result.rows) > 1 and not result.plan.task_set.is_text


def _against(result: EvaluationResult, baseline: int) -> list[Comparison | None]:
    if not _is_compared(result):
        return [None] * len(result.rows)
    outcomes = by_variant(result.plan, result.outcomes)
    metric = result.plan.main_metric
    return [
        None if number == baseline else compared(one, outcomes[baseline], metric) for number, one in enumerate(outcomes)
    ]


def _paired(number: int, comparison: Comparison | None, result: EvaluationResult, text: LocalText) -> str:
    if comparison is None:
        return text.html("app_md_ev_baseline")
    label = text.html("app_md_ev_make_baseline", name=variant_name(result.rows[number].variant, text))
    return (
        f"{comparison_text(comparison, text)} "
        f'<button type="button" class="me-link" data-act="baseline" data-variant="{number}" '
        f'data-id="{escape(result.evaluation.id)}" aria-label="{label}" title="{label}">'
        f"{text.html('app_md_ev_as_baseline')}</button>"
    )


def comparison_text(comparison: Comparison, text: LocalText) -> str:
    """In how many questions it is better and worse, and how often chance alone does as much; HTML."""
    told = text.html(
        "app_md_ev_better_worse", better=text.count(comparison.num_first), worse=text.count(comparison.num_second)
    )
    chance = text.html("app_md_ev_chance", percent=_percent(comparison.chance, text))
    return (
        f'<span class="{"me-sure" if comparison.chance < SURE else "me-unsure"}">{told} <small>{chance}</small></span>'
    )


def _percent(chance: float, text: LocalText) -> str:
    return text.percent(chance) if chance >= LEAST_TOLD else f"<{text.percent(LEAST_TOLD)}"


def _comparing(result: EvaluationResult, text: LocalText) -> str:
    return f'<p class="me-note">{text.html("app_md_ev_paired_info")}</p>' if _is_compared(result) else ""


# --- picture and files -----------------------------------------------------------------------------------------------


def _chart(result: EvaluationResult, text: LocalText) -> str:
    rows = [row for row in result.rows if row.score is not None]
    if not rows:
        return ""
    metric = result.plan.main_metric
    label = text.html("app_md_ev_chart", count=len(rows))
    if metric is Metric.PERPLEXITY:
        bits = [row.metrics.get("bits_per_byte", 0.0) for row in rows]
        groups = [
            BarGroup(variant_name(row.variant, text), [value], most=max(*bits, 1e-9))
            for row, value in zip(rows, bits, strict=True)
        ]
        return bar_legend([text.html("app_md_ev_metric_bits_per_byte")]) + bar_chart(groups, label, text)
    groups = [BarGroup(variant_name(row.variant, text), [row.score or 0.0], row.interval) for row in rows]
    legend = text.html("app_md_ev_chart_legend", metric=text.say(f"app_md_ev_metric_{metric}"))
    return bar_legend([legend]) + bar_chart(groups, label, text)


def _downloads(result: EvaluationResult, text: LocalText) -> str:
    files = (("scores.csv", "scores"), ("outcomes.csv", "outcomes"), ("results.json", "json"))
    links = "".join(
        f'<a class="me-button" download href="./evaluations/{escape(result.evaluation.id)}/{name}">'
        f"{icon('download')}{label}</a>"
        for name, kind, label in ((name, kind, text.html(f"app_md_ev_get_{kind}")) for name, kind in files)
        if not (result.plan.task_set.is_text and kind == "outcomes")
    )
    return f'<p class="me-tools">{links}</p>'
