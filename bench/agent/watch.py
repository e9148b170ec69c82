"""Knows when models and tools are at work, so that what is left is the loop's own time."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from functools import wraps
from itertools import pairwise
from typing import Any, TypeVar, cast

ItemT = TypeVar("ItemT")
Span = tuple[float, float]


class Watch:
    """``spans`` are when something was at work, ``num_inside`` how much is now."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.num_inside = 0
        self.num_model_calls = 0

    def begin(self) -> None:
        """A new turn."""
        self.spans.clear()
        self.num_model_calls = 0

    @contextmanager
    def working(self) -> Iterator[None]:
        started_at = time.perf_counter()
        try:
            yield
        finally:
            self.spans.append((started_at, time.perf_counter()))

    @contextmanager
    def inside(self) -> Iterator[None]:
        self.num_inside += 1
        try:
            yield
        finally:
            self.num_inside -= 1

    async def watched(self, stream: AsyncIterator[ItemT]) -> AsyncIterator[ItemT]:
        """``stream`` of a model; what its reader does between two pieces is not the model's time."""
        self.num_model_calls += 1
        with self.inside():
            async with aclosing(cast("Any", stream)) as pieces:
                while True:
                    with self.working():
                        try:
                            piece = await anext(pieces)
                        except StopAsyncIteration:
                            return
                    yield piece

    def tool(self, function: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        @wraps(function)
        async def call(**arguments: Any) -> Any:
            with self.inside(), self.working():
                return await function(**arguments)

        return call


def overheads_ms(begun: Sequence[float], ended: float, spans: Sequence[Span]) -> tuple[float, ...]:
    """Milliseconds of each step, from its beginning to the next one's, in which nothing of ``spans`` went on."""
    bounds = [*begun, ended]
    return tuple(1_000 * (end - start - _covered(start, end, spans)) for start, end in pairwise(bounds))


def _covered(start: float, end: float, spans: Sequence[Span]) -> float:
    """How much of the time between is in any of ``spans``, which may lie over each other."""
    total, reached = 0.0, start
    for first, last in sorted(spans):
        first, last = max(first, reached), min(last, end)
        if last > first:
            total += last - first
            reached = last
    return total
