"""What the application must reach, beside the bare model and beside an empty page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from bench.figures import Figure, Record

WORSE_KEY = "app_ratio"
DEFAULT_KEYS = ("app_ratio_1reader", "app_ratio_8readers")
SAME_OPTIONS_KEYS = ("app_ratio_same_options_1reader", "app_ratio_same_options_8readers")
START_KEYS = ("cold_start_ratio", "cold_start_s", "empty_start_s")
FIRST_START_KEYS = ("first_start_s",)
PAGE_KEYS = ("first_page_ms", "second_page_ms")
MEMORY_KEYS = ("rss_mb", "rss_after_mb", "worker_rss_mb")
OPENING_KEYS = ("open_conversation_ms", "open_conversation_p95_ms", "list_ms", "search_ms")

FIGURES = (
    Figure("app_ratio_1reader", "app.tokens_per_s_1reader", "bare.tokens_per_s_1reader", 0.95),
    Figure("app_ratio_8readers", "app.tokens_per_s_8readers", "bare.tokens_per_s_8readers", 0.95),
    Figure("app_ratio_same_options_1reader", "app.tokens_per_s_1reader", "same_options.tokens_per_s_1reader", 0.95),
    Figure("app_ratio_same_options_8readers", "app.tokens_per_s_8readers", "same_options.tokens_per_s_8readers", 0.95),
    Figure("cold_start_ratio", "app.start_s", "empty.start_s", 1.5, at_least=False),
    Figure("cold_start_s", "app.start_s"),
    Figure("empty_start_s", "empty.start_s"),
    Figure("first_start_s", "app.first_start_s"),
    Figure("first_page_ms", "browser.first_page_ms"),
    Figure("second_page_ms", "browser.second_page_ms"),
    Figure("rss_mb", "app.rss_mb"),
    Figure("rss_after_mb", "app.rss_after_mb"),
    Figure("worker_rss_mb", "app.worker_rss_mb"),
    Figure("open_conversation_ms", "app.open_p50_ms", None, 200, at_least=False),
    Figure("open_conversation_p95_ms", "app.open_p95_ms"),
    Figure("list_ms", "app.list_ms"),
    Figure("search_ms", "app.search_ms"),
)
KEYS = tuple(figure.key for figure in FIGURES)

ContenderT = TypeVar("ContenderT")


def worse_ratio(record: Record) -> float | None:
    """The lower of the ratios to the bare model with its default options, None unless both are known."""
    values = [record.value(figure) for figure in FIGURES if figure.key in DEFAULT_KEYS]
    known = [value for value in values if value is not None]
    return min(known) if len(known) == len(DEFAULT_KEYS) else None


def in_turn(contenders: Sequence[ContenderT], round_index: int) -> list[ContenderT]:
    """Another one begins in each round, so that a machine that slows down does not favour the first."""
    first = round_index % len(contenders)
    return [*contenders[first:], *contenders[:first]]
