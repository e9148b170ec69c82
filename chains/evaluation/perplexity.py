"""How well a model foresees a text, of any length.

A text longer than the window is read in windows that overlap: each token is rated once, after as much of the text as
fits before it, but never after less than a half of the window (the strided perplexity of the field). Bits per byte
compare models whose tokens differ; perplexity does not.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Protocol

from models.next_token import ScoredToken

SPARE_TOKENS = 16  # cut out of its text, a window may have a few tokens more


class TextScorer(Protocol):
    """What is needed of the model; ``models.next_token.NextTokenReader`` is one."""

    async def score(self, owner: str, text: str) -> tuple[ScoredToken, ...]:
        """How likely every token of ``text`` was."""

    async def tokens(self, text: str) -> tuple[tuple[int, bytes], ...]:
        """The tokens of ``text``."""


@dataclass(frozen=True)
class Window:
    """``text`` is read; what stands in it from the byte ``rated_from`` on is rated."""

    text: str
    rated_from: int


@dataclass(frozen=True)
class Foreseen:
    """``nats`` is minus the natural logarithm of the probability of ``num_tokens``, which are ``num_bytes`` long."""

    nats: float = 0.0
    num_tokens: int = 0
    num_bytes: int = 0

    def __add__(self, other: Foreseen) -> Foreseen:
        return Foreseen(self.nats + other.nats, self.num_tokens + other.num_tokens, self.num_bytes + other.num_bytes)

    @classmethod
    def from_metrics(cls, metrics: Mapping[str, float]) -> Foreseen:
        """What ``metrics`` holds."""
        return cls(metrics.get("nats", 0.0), int(metrics.get("tokens", 0)), int(metrics.get("bytes", 0)))

    @property
    def metrics(self) -> dict[str, float]:
        """As they are kept with an outcome."""
        return {"nats": self.nats, "tokens": float(self.num_tokens), "bytes": float(self.num_bytes)}

    @property
    def perplexity(self) -> float | None:
        """Among how many equally likely tokens the model hesitated; None where nothing was rated."""
        return math.exp(self.nats / self.num_tokens) if self.num_tokens else None

    @property
    def bits_per_byte(self) -> float | None:
        """None where nothing was rated."""
        return self.nats / math.log(2) / self.num_bytes if self.num_bytes else None


async def foreseen(scorer: TextScorer, owner: str, text: str, context_tokens: int) -> Foreseen:
    """How the whole of ``text`` is foreseen but for its first token. Raises what the scorer raises."""
    tokens = [token_bytes for _, token_bytes in await scorer.tokens(text)]
    total = Foreseen()
    for window in windows(tokens, max(4, context_tokens - SPARE_TOKENS)):
        total += _rated(await scorer.score(owner, window.text), window)
    return total


def windows(tokens: Sequence[bytes], most: int) -> Iterator[Window]:
    """Windows of up to ``most`` tokens: each begins half a window after the one before, at a whole character."""
    ends = list(accumulate(map(len, tokens), initial=0))
    whole = b"".join(tokens)
    edges = _edges(whole, ends)
    first = rated = 0
    while rated < len(tokens):
        last = _edge_before(edges, min(first + most, len(tokens)), rated)
        piece = whole[ends[first] : ends[last]]
        yield Window(piece.decode(errors="replace"), ends[rated] - ends[first])
        first, rated = max(first, _edge_before(edges, last - most // 2, first)), last


def _edges(whole: bytes, ends: Sequence[int]) -> list[bool]:
    """Whether the text can be cut before each token, and at the end: no character begins before it and ends after."""
    return [end == len(whole) or whole[end] & 0xC0 != 0x80 for end in ends]


def _edge_before(edges: Sequence[bool], place: int, least: int) -> int:
    """The last place up to ``place`` where the text can be cut, but after ``least``; ``place`` where there is none."""
    return next((at for at in range(place, least, -1) if edges[at]), place)


def _rated(tokens: Sequence[ScoredToken], window: Window) -> Foreseen:
    """Some vocabularies begin a text with a token or a blank that is not in it: places are counted from the end."""
    total = Foreseen()
    start = len(window.text.encode()) - sum(len(token.token_bytes) for token in tokens)
    for token in tokens:
        if max(0, start) >= window.rated_from and token.log_probability is not None:
            total += Foreseen(-token.log_probability, 1, len(token.token_bytes) + min(0, start))
        start += len(token.token_bytes)
    return total
