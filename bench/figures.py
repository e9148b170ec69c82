"""From answers to figures: medians, ratios and the targets they must reach. Pure; runs no model."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from bench.answer import Answer, NothingToMeasure

NOT_ASKED = "not asked for"


@dataclass(frozen=True)
class Figure:
    """``key`` is the median of what was measured as ``upper``, over that of ``lower`` where there is one."""

    key: str
    upper: str
    lower: str | None = None
    target: float | None = None
    at_least: bool = True

    def is_reached(self, value: float) -> bool | None:
        """None when there is nothing to reach."""
        if self.target is None:
            return None
        return value >= self.target if self.at_least else value <= self.target

    @property
    def goal(self) -> str:
        return "" if self.target is None else f"{'>=' if self.at_least else '<='} {self.target:g}"


FIGURES = (
    Figure("ttft_mean_ratio_8users", "lock.ttft_mean_s", "ours.ttft_mean_s", 5),
    Figure("ttft_p95_ratio_8users", "lock.ttft_p95_s", "ours.ttft_p95_s", 8),
    Figure("throughput_ratio_8users", "ours.tokens_per_s", "lock.tokens_per_s", 2),
    Figure("raw_ratio_1user", "ours.decode_per_s_1user", "raw.decode_per_s_1user", 0.95),
    Figure("raw_ratio_8users", "ours.decode_per_s_8users", "raw.decode_per_s_8users", 0.9),
    Figure("prefix_hit_rate", "ours.prefix_hit_rate", None, 0.9),
    Figure("ttft_growth", "ours.ttft_last_turn_s", "ours.ttft_turn_2_s", 1.5, at_least=False),
    Figure("server_throughput_ratio", "ours.tokens_per_s", "server.tokens_per_s", 1),
    Figure("server_ttft_ratio", "server.ttft_mean_s", "ours.ttft_mean_s", 1),
    Figure("smooth_ratio", "ours.gap_p95_beside_newcomer_s", "ours.gap_p95_alone_s", 3, at_least=False),
    Figure("grammar_ratio", "ours.decode_per_s_schema", "ours.decode_per_s_free", 0.8),
    Figure("restart_s", "ours.restart_s"),
    Figure("leak_mb", "ours.leak_mb", None, 20, at_least=False),
)
KEYS = tuple(figure.key for figure in FIGURES)


@dataclass
class Record:
    """All that was measured, by name, one value a round; and why a figure could not be had."""

    values: dict[str, list[float]] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, **measured: float) -> None:
        """Names with ``__`` in place of the dot: ``ours__restart_s=2.5``."""
        for name, value in measured.items():
            self.values.setdefault(name.replace("__", ".", 1), []).append(value)

    def cannot(self, keys: Iterable[str], reason: str) -> None:
        """``reason`` why the figures ``keys`` are missing, unless another round gives them."""
        self.reasons.update(dict.fromkeys(keys, reason))

    def median(self, name: str) -> float | None:
        values = self.values.get(name)
        return statistics.median(values) if values else None

    def value(self, figure: Figure) -> float | None:
        """None when a part of it was not measured."""
        upper = self.median(figure.upper)
        if upper is None or figure.lower is None:
            return upper
        lower = self.median(figure.lower)
        return upper / lower if lower else None

    def reason(self, figure: Figure) -> str | None:
        """Why there is no value; None when there is one."""
        return None if self.value(figure) is not None else self.reasons.get(figure.key, NOT_ASKED)


def percentile_95(values: Sequence[float]) -> float:
    """With interpolation between neighbours. Raises NothingToMeasure for fewer than two values."""
    if len(values) < 2:
        raise NothingToMeasure("fewer than two values")
    return statistics.quantiles(values, n=20, method="inclusive")[-1]


def total_rate(answers: Sequence[Answer]) -> float:
    """Tokens a second from the first question to the last answer, reading and waiting included."""
    seconds = max(answer.ended_at for answer in answers) - min(answer.asked_at for answer in answers)
    return sum(answer.num_output for answer in answers) / seconds


def decode_rate(answers: Sequence[Answer]) -> float:
    """Tokens a second of all ``answers`` together, while all of them are being written.

    The time is from when the last of them has its first token to when the first of them has its last one. Raises
    NothingToMeasure when that is no time at all.
    """
    if not all(answer.piece_times for answer in answers):
        raise NothingToMeasure("an answer is empty")
    begin = max(answer.piece_times[0] for answer in answers)
    end = min(answer.piece_times[-1] for answer in answers)
    if end <= begin:
        raise NothingToMeasure("the answers are too short: never were all of them being written")
    return sum(_num_tokens_between(answer, begin, end) for answer in answers) / (end - begin)


def _num_tokens_between(answer: Answer, begin: float, end: float) -> float:
    """A piece may hold more than one token, for a character may: each counts for as many as the average piece."""
    num_pieces = sum(begin < time <= end for time in answer.piece_times)
    return num_pieces * answer.num_output / len(answer.piece_times)


def hit_rate(conversations: Sequence[Sequence[Answer]]) -> tuple[float, float]:
    """Share of the prompt tokens of turns 2.. that came from the cache, and the share that an endless cache would give.

    The second is what the turn before had read and written. Raises NothingToMeasure when the contender does not tell.
    """
    pairs = [pair for answers in conversations for pair in pairwise(answers)]
    num_prompt = sum(answer.num_prompt or 0 for _, answer in pairs)
    if not num_prompt:
        raise NothingToMeasure("no prompt tokens were counted")
    num_cached = sum(answer.num_cached or 0 for _, answer in pairs)
    num_known = sum((before.num_prompt or 0) + before.num_output for before, _ in pairs)
    return num_cached / num_prompt, num_known / num_prompt


def mean_first_token_s(answers: Sequence[Answer]) -> float:
    return statistics.fmean(answer.first_token_s for answer in answers)


def gaps(times: Sequence[float], begin: float, end: float) -> list[float]:
    """Between one piece and the next, where any part of the wait lies between ``begin`` and ``end``."""
    return [later - earlier for earlier, later in pairwise(times) if later > begin and earlier < end]
