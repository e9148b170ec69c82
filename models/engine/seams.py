"""What the engine needs of the world: a runner that computes and a place for cells that must make room."""

from __future__ import annotations

from typing import Protocol

from models.engine.cache import Placement
from models.engine.outcome import Outcome
from models.engine.parking import Parked
from models.engine.scheduler import Chunk
from models.engine.sequence import Sequence


class Runner(Protocol):
    """What the engine needs of llama.cpp; tests put a scripted one here.

    ``fingerprint`` is another for other weights or another vocabulary.
    """

    fingerprint: str

    def open(self, sequence: Sequence) -> None:
        """Make the sampler of ``sequence``; its seed is set. Raises SamplingRefused."""

    def close(self, sequence: Sequence) -> None:
        """Free the sampler of ``sequence``."""

    def place(self, placement: Placement) -> int:
        """Move cells as ``placement`` says; returns how many the slot really holds (a model may refuse a part)."""

    def clear(self, slot: int) -> None:
        """Drop all cells of ``slot``."""

    def save(self, slot: int) -> bytes:
        """The cells of ``slot``."""

    def restore(self, slot: int, state: bytes) -> bool:
        """Put saved cells into ``slot``; False, and the slot is empty, when they do not fit."""

    def run(self, chunks: list[Chunk]) -> list[Outcome]:
        """Compute ``chunks`` in one batch; one outcome for each. Raises RunnerFailed or RunnerAborted."""

    def is_end(self, token_id: int) -> bool:
        """True for ids that end an answer."""

    def token_bytes(self, token_id: int) -> bytes:
        """The bytes that ``token_id`` stands for; none for control tokens."""


class Parking(Protocol):
    """Where the cells of idle conversations go when they have to make room."""

    def park(self, ids: tuple[int, ...], state: bytes) -> None:
        """Keep the cells of ``ids``."""

    def find(self, ids: list[int]) -> tuple[Parked | None, int]:
        """What holds the longest beginning of ``ids``, and how long that is."""

    def load(self, parked: Parked) -> bytes | None:
        """The cells, None when they cannot be trusted."""
