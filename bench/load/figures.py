"""The figures of many readers at once."""

from __future__ import annotations

from bench.figures import Figure

FIGURES = (
    Figure("readers", "app.readers"),
    Figure("tokens_per_s", "app.tokens_per_s"),
    Figure("ttft_p50_s", "app.ttft_p50_s"),
    Figure("ttft_p95_s", "app.ttft_p95_s"),
    Figure("page_errors", "app.page_errors", None, 0, at_least=False),
    Figure("refused", "app.refused"),
    Figure("mb_per_visitor", "app.mb_per_visitor"),
    Figure("bytes_per_token", "app.bytes_per_token"),
)
KEYS = tuple(figure.key for figure in FIGURES)
