"""Step by step: which token comes next when the dice are thrown, once or often, and how likely a path was."""

from __future__ import annotations

import numpy as np

from models.next_token import NextRow
from playground.chain import StageResult, draw
from playground.measures import best, softmax, total_variation
from playground.next_token import ChainSettings, chain_of
from playground.positions import Position
from playground.views import Bin, Histogram

MAX_DRAWS = 100_000
MAX_BINS = 20


def drawn(row: NextRow, position: Position, settings: ChainSettings, num: int) -> list[int]:
    """``num`` tokens from what the chain leaves; the same for the same seed at the same place of the path."""
    return _drawn(chain_of(row, settings), position, settings, num)


def histogram(row: NextRow, position: Position, settings: ChainSettings, num: int) -> Histogram:
    """``num`` draws beside what they would come to in the long run."""
    results = chain_of(row, settings)
    counts = np.bincount(_drawn(results, position, settings, num), minlength=len(row.logits))
    expected = results[-1].probabilities
    shown = best(expected, min(MAX_BINS, len(results[-1].ids)))
    return Histogram(
        num=num,
        bins=tuple(
            Bin(int(token_id), row.vocabulary.token_bytes[token_id], int(counts[token_id]), float(expected[token_id]))
            for token_id in shown
        ),
        num_others=num - int(counts[shown].sum()),
        distance=total_variation(counts / num, expected),
    )


def greedy(row: NextRow) -> int:
    """The likeliest token that the model may write; of equals the lowest id."""
    logits = row.logits.copy()
    logits[list(row.vocabulary.suppressed_ids)] = -np.inf
    return int(logits.argmax())


def chance(row: NextRow, token_id: int) -> float:
    """The model's own probability of ``token_id``."""
    return float(softmax(row.logits)[token_id])


def _drawn(results: tuple[StageResult, ...], position: Position, settings: ChainSettings, num: int) -> list[int]:
    numbers = np.random.default_rng([settings.sampling.seed or 0, len(position.path)])
    return [int(token_id) for token_id in draw(results, numbers, num)]
