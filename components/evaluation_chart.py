"""What variants reached, as bars. The table beside it says the same in numbers."""

from __future__ import annotations

from collections.abc import Sequence

from components.bar_chart import BarGroup, bar_chart, bar_legend
from components.local_text import LocalText
from rag.evaluation import EvaluationRow

MEASURES = ("hit_1", "hit_5", "mrr", "f1")


def evaluation_chart(rows: Sequence[tuple[str, EvaluationRow]], text: LocalText) -> str:
    """``rows`` with their names; F1 only where answers were asked for."""
    measures = MEASURES if any(row.overlap is not None for _, row in rows) else MEASURES[:3]
    groups = [BarGroup(name, [value or 0.0 for value in _figures(row)[: len(measures)]]) for name, row in rows]
    legend = bar_legend([text.html(f"app_evaluate_{key}") for key in measures])
    return legend + bar_chart(groups, text.html("app_evaluate_chart", count=len(rows)), text)


def _figures(row: EvaluationRow) -> tuple[float | None, ...]:
    return row.hit(1), row.hit(5), row.mean_reciprocal_rank, row.overlap
