"""Figures for monitors, in Prometheus' form. No name, address or word of anybody is in them, and labels are few."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

import psutil
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from chains.turn_news import EndedTurn, StepKind
from errors import EngineBusy
from models.status import EngineTotals, ModelState, ModelStatus

ROOMS = ("chat", "documents", "agent")
OTHER = "other"  # for what a later version may bring
SECONDS_OF_TURNS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0)


class Refusal(StrEnum):
    """Why somebody's turn was not taken."""

    BUSY = "busy"  # too many wait for the model
    LIMIT = "limit"  # of what one visitor may ask for
    FILTER = "filter"  # of the operator


def nobody() -> int:
    """Where no one counts."""
    return 0


def no_models() -> Sequence[ModelStatus]:
    """Where models are not told of."""
    return ()


@dataclass(frozen=True)
class Sources:
    """What is read whenever a monitor asks; ``statuses`` are of the models in memory.

    Each answers at once, but for ``disk_bytes``, which monitors do not ask for.
    """

    statuses: Callable[[], Sequence[ModelStatus]] = no_models
    totals: Callable[[], EngineTotals] = EngineTotals
    num_people: Callable[[], int] = nobody
    disk_bytes: Callable[[], int] = nobody


class Metrics:
    """Safe from any thread. Its registry is its own: several programs in one process do not count together."""

    def __init__(self, sources: Sources) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(_AtOnce(sources))
        count = partial(Counter, registry=self._registry, namespace="tertulia")
        time = partial(Histogram, registry=self._registry, namespace="tertulia", buckets=SECONDS_OF_TURNS)
        self._requests = count("http_requests", "Requests answered, by kind of path", ("route", "status"))
        self._turns = count("turns", "Answers that ended", ("room", "status"))
        self._refused = count("turns_refused", "Questions that were not taken", ("reason",))
        self._tokens = count("turn_tokens", "Tokens of the rooms' answers", ("room", "kind"))
        self._steps = count("turn_steps", "What answers were made of", ("kind", "outcome"))
        self._first = time("first_token_seconds", "From a question to its answer's first piece", ("room",))
        self._seconds = time("turn_seconds", "From a question to its answer's end", ("room",))
        for reason in Refusal:
            self._refused.labels(reason.value)

    def request(self, route: str, status: int) -> None:
        """A request was answered; ``route`` is a class of paths, never a path."""
        self._requests.labels(route, f"{status // 100}xx").inc()

    def refused(self, reason: Refusal) -> None:
        """Somebody asked, and was told to wait or to ask something else."""
        self._refused.labels(reason.value).inc()

    def turn_ended(self, turn: EndedTurn) -> None:
        """Count it."""
        room = turn.room if turn.room in ROOMS else OTHER
        self._turns.labels(room, turn.status.value).inc()
        self._seconds.labels(room).observe(turn.ended_at - turn.began_at)
        if turn.first_token_s is not None:
            self._first.labels(room).observe(turn.first_token_s)
        if turn.error_key == EngineBusy.key:
            self.refused(Refusal.BUSY)
        for run in turn.runs:
            self._tokens.labels(room, "prompt").inc(run.num_prompt or 0)
            self._tokens.labels(room, "cached").inc(run.num_cached or 0)
            self._tokens.labels(room, "answer").inc(run.num_output or 0)
        for step in turn.steps:
            has_failed = step.error_key if step.kind is not StepKind.MODEL else False
            self._steps.labels(step.kind.value, "failed" if has_failed else "done").inc()

    def page(self, accept: str) -> tuple[bytes, str]:
        """All figures, and the type of what that is: one that ``accept`` asks for. Blocks a little."""
        encode, kind = choose_encoder(accept)
        return encode(self._registry), kind


class _AtOnce(Collector):
    """What the program knows anyway is read when it is asked for."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._process = psutil.Process()
        self._lock = threading.Lock()  # the process keeps what it read

    def collect(self) -> Iterator[Metric]:
        """All of it."""
        yield from self._engines()
        with self._lock:
            resident, began_at = self._process.memory_info().rss, self._process.create_time()
        yield _gauge("page_resident_bytes", "Memory of the page's process", resident)
        yield _gauge("start_time_seconds", "When the program began, in seconds since the epoch", began_at)
        yield _gauge("people", "People who are here now", self._sources.num_people())

    def _engines(self) -> Iterator[Metric]:
        totals, statuses = self._sources.totals(), self._sources.statuses()
        tokens = CounterMetricFamily("tertulia_engine_tokens", "Tokens of this machine's models", labels=("kind",))
        tokens.add_metric(("prompt",), totals.num_prompt)
        tokens.add_metric(("cached",), totals.num_cached)
        tokens.add_metric(("answer",), totals.num_output)
        yield tokens
        yield _count("engine_requests", "Requests that this machine's models have served", totals.num_requests)
        yield _count("engine_restarts", "Model processes that replaced one that died", totals.num_restarts)
        is_ready = [status.state is ModelState.READY for status in statuses]
        yield _gauge("engine_models_ready", "Models in memory that answer", sum(is_ready))
        yield _gauge("engine_requests_running", "Being answered now", sum(one.num_running for one in statuses))
        yield _gauge("engine_requests_waiting", "In the queue now", sum(one.num_waiting for one in statuses))
        resident = sum(one.resident_bytes or 0 for one in statuses)
        yield _gauge("engine_resident_bytes", "Memory of the models' processes", resident)


def _gauge(name: str, told: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"tertulia_{name}", told, value=value)


def _count(name: str, told: str, value: float) -> CounterMetricFamily:
    return CounterMetricFamily(f"tertulia_{name}", told, value=value)
