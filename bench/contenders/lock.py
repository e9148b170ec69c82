"""`lock`: one ``llama_cpp.Llama`` behind a lock, streaming, a thread for each reader: what most apps do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bench.answer import Answer
from bench.contenders.child import Child, Load


class Lock:
    """The contender as the benchmark sees it. Raises ContenderFailed."""

    def __init__(self, load: Load) -> None:
        self._child = Child("bench.contenders.lock_process", load)

    def close(self) -> None:
        self._child.close()

    def classroom(self, lessons: Sequence[Sequence[str]], max_tokens: int) -> list[list[Answer]]:
        conversations = self._child.call({"lessons": lessons, "max_tokens": max_tokens})
        return [[_answer(fields) for fields in answers] for answers in conversations]


def _answer(fields: dict[str, Any]) -> Answer:
    return Answer(**{**fields, "piece_times": tuple(fields["piece_times"])})
