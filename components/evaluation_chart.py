"""What variants reached, as bars. The table beside it says the same in numbers."""

from __future__ import annotations

from collections.abc import Sequence

from components.local_text import LocalText
from components.shown_line import shown_line
from rag.evaluation import EvaluationRow

WIDTH, BAR, GAP, NAME = 380, 10, 3, 18
LONGEST = 330
MEASURES = ("hit_1", "hit_5", "mrr", "f1")  # space.css has a colour for each


def evaluation_chart(rows: Sequence[tuple[str, EvaluationRow]], text: LocalText) -> str:
    """``rows`` with their names; F1 only where answers were asked for."""
    drawn, top = "", 0
    measures = MEASURES if any(row.overlap is not None for _, row in rows) else MEASURES[:3]
    for name, row in rows:
        drawn += f'<text class="ev-name" x="0" y="{top + 13}">{shown_line(name)}</text>'
        top += NAME
        for place, value in enumerate(_figures(row)[: len(measures)]):
            drawn += _bar(place, value or 0.0, top, text)
            top += BAR + GAP
        top += 8
    legend = "".join(
        f'<li><svg class="sp-key ev-{place}" viewBox="0 0 12 12" aria-hidden="true"><path d="M0 0h12v12H0z"></path>'
        f"</svg>{text.html(f'app_evaluate_{key}')}</li>"
        for place, key in enumerate(measures)
    )
    return (
        f'<ul class="ev-legend">{legend}</ul><svg class="ev-chart" viewBox="0 0 {WIDTH} {max(top, 1)}" role="img" '
        f'aria-label="{text.html("app_evaluate_chart", count=len(rows))}">{drawn}</svg>'
    )


def _figures(row: EvaluationRow) -> tuple[float | None, ...]:
    return row.hit(1), row.hit(5), row.mean_reciprocal_rank, row.overlap


def _bar(place: int, value: float, top: int, text: LocalText) -> str:
    width = max(1.0, LONGEST * min(1.0, value))
    return (
        f'<path class="ev-track" d="M0 {top}h{LONGEST}v{BAR}h-{LONGEST}z"></path>'
        f'<path class="ev-{place}" d="M0 {top}h{width:.1f}v{BAR}h-{width:.1f}z"></path>'
        f'<text class="ev-value" x="{LONGEST + 8}" y="{top + BAR - 1}">{text.decimal(value, 2)}</text>'
    )
