"""Runs measures round by round and tells what came out. Knows no contender."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from bench.answer import ContenderFailed, NothingToMeasure
from bench.figures import Figure, Record
from errors import TertuliaError


class Recording(Protocol):
    """What every setup has."""

    record: Record

    def wants(self, keys: Iterable[str]) -> bool:
        """True when one of these figures was asked for."""


SetupT = TypeVar("SetupT", bound=Recording)


@dataclass(frozen=True)
class Measure(Generic[SetupT]):
    """``run`` gives all figures ``keys``; ``is_last`` ones are run once, after all rounds, for they wear us out."""

    keys: tuple[str, ...]
    run: Callable[[SetupT, int], None]
    is_last: bool = False


def run_rounds(measures: Sequence[Measure[SetupT]], setup: SetupT, num_rounds: int) -> float:
    """Everything that is wanted; returns how many seconds it took."""
    started_at = time.monotonic()
    wanted = [measure for measure in measures if setup.wants(measure.keys)]
    for index in range(num_rounds):
        for measure in wanted:
            if not measure.is_last:
                attempt(measure, setup, index)
    for measure in wanted:
        if measure.is_last:
            attempt(measure, setup, 0)
    return round(time.monotonic() - started_at, 1)


def attempt(measure: Measure[SetupT], setup: SetupT, index: int) -> None:
    """One failure costs one figure of one round, and says so."""
    started_at = time.monotonic()
    try:
        measure.run(setup, index)
    except (ContenderFailed, NothingToMeasure, TertuliaError) as error:
        reason = str(error) or type(error).__name__
        setup.record.cannot(measure.keys, reason)
        setup.record.notes.append(f"round {index + 1}, {', '.join(measure.keys)}: {reason}")
    seconds = time.monotonic() - started_at
    print(f"round {index + 1}: {', '.join(measure.keys)}: {seconds:.0f} s", file=sys.stderr, flush=True)


def told(figures: Sequence[Figure], record: Record) -> dict[str, Any]:
    """The figures, and all that stands behind them, for a JSON object."""
    return {
        **{figure.key: rounded(record.value(figure)) for figure in figures},
        "reasons": {figure.key: reason for figure in figures if (reason := record.reason(figure))},
        "reached": {figure.key: _is_reached(record, figure) for figure in figures},
        "medians": {name: rounded(record.median(name)) for name in record.values},
        "rounds": {name: [rounded(value) for value in values] for name, values in record.values.items()},
        "notes": record.notes,
    }


def _is_reached(record: Record, figure: Figure) -> bool | None:
    value = record.value(figure)
    return None if value is None else figure.is_reached(value)


def rounded(value: float | None) -> float | None:
    """To four figures."""
    return None if value is None else float(f"{value:.4g}")


def print_table(figures: Sequence[Figure], record: Record, machine: dict[str, Any]) -> None:
    """A line for each figure: value, target, whether it is reached, and the medians behind it."""
    words = {True: "yes", False: "NO", None: ""}
    width = max(len(figure.key) for figure in figures) + 2
    print(f"{'figure':{width}}{'value':>9}  {'target':8}{'reached':9}medians")
    for figure in figures:
        value = record.value(figure)
        if value is None:
            print(f"{figure.key:{width}}{'-':>9}  {figure.goal:8}{'':9}{record.reason(figure)}")
            continue
        parts = [name for name in (figure.upper, figure.lower) if name]
        behind = " / ".join(f"{name} {record.median(name):.4g}" for name in parts)
        print(f"{figure.key:{width}}{value:>9.3g}  {figure.goal:8}{words[figure.is_reached(value)]:9}{behind}")
    for note in record.notes:
        print(note)
    for name, fact in machine.items():
        print(f"{name}: {fact}")
