"""Pearson's chi-square test: could these counts come of these probabilities?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEAST_EXPECTED = 5  # draws in a cell, or the statistic is not distributed as chi-square


def p_value(counts: NDArray[np.int64], probabilities: NDArray[np.float64]) -> float:
    """The chance of counts at least this far off; 0 when something came that cannot. Rare ids are one cell together.

    The tail is Wilson and Hilferty's, right to about 1 % where it matters here.
    """
    if counts[probabilities == 0].any():
        return 0.0
    expected = probabilities * counts.sum()
    is_rare = expected < LEAST_EXPECTED
    seen, due = _cells(counts, is_rare), _cells(expected, is_rare)
    seen, due = seen[due > 0], due[due > 0]
    freedom = len(due) - 1
    if freedom < 1:
        return 1.0
    statistic = float(((seen - due) ** 2 / due).sum())
    spread = 2 / (9 * freedom)
    return math.erfc(((statistic / freedom) ** (1 / 3) - (1 - spread)) / math.sqrt(2 * spread)) / 2


def _cells(numbers: NDArray[Any], is_rare: NDArray[np.bool_]) -> NDArray[np.float64]:
    return np.append(numbers[~is_rare], numbers[is_rare].sum()).astype(np.float64)
