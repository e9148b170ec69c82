"""How likely a passage answers a question, from 0 to 1: the same scale for every collection, large or small.

What stands out of a collection says little about that: something always does. So what counts is how much of the
question's words a passage holds, and how near it is beside texts that have nothing to do with each other.
"""

from __future__ import annotations

import numpy as np

from models.embedding.embedder import Embedder
from rag.dense import WHOLE_SHARE
from rag.fusion import Scale, Scores

DEFAULT_THRESHOLD = 0.4
# Of a logistic regression over the development half of XQuAD, with the paragraph of the answer there and taken away.
BIAS = -2.3
PER_HELD = 25.5
PER_WEIGHT = -4.5
PER_NEARNESS = 0.82
PER_LOG_SIZE = -0.23  # among more passages, more look right by chance
MOST_SIZE = 300  # of the collections that this was measured on
USUAL_NEARNESS = 3.2  # of what words have found, where there are no vectors to tell

UNRELATED = (
    "The library opens at nine in the morning and closes at six.",
    "Add two spoons of sugar and stir until it dissolves.",
    "The river floods the lower fields every spring.",
    "She plays the violin in a small orchestra.",
    "The invoice must be paid within thirty days.",
    "Wolves hunt in packs and live in the forest.",
    "The spacecraft entered the orbit of Mars.",
    "Parliament passed the law after a long debate.",
    "El tren sale de la estación a las ocho y cuarto.",
    "La vacuna protege a los niños contra el sarampión.",
    "El portero detuvo el penalti en el último minuto.",
    "Las raíces del árbol levantaron el pavimento.",
    "El programa ordena los números de menor a mayor.",
    "Mi abuela tejía bufandas de lana en invierno.",
    "La guerra terminó con la firma de un tratado.",
    "El vino se guarda en barricas de roble.",
)


class Background:
    """What dense scores are between texts that have nothing to do with each other, measured once for each embedder.

    Any thread may call; two that ask at once may both measure the same.
    """

    def __init__(self) -> None:
        self._scales: dict[str, Scale] = {}

    def of(self, embedder: Embedder) -> Scale:
        """Raises EmbedderUnavailable."""
        if embedder.name not in self._scales:
            step = max(1, embedder.max_batch)
            blocks = [UNRELATED[start : start + step] for start in range(0, len(UNRELATED), step)]
            vectors = np.concatenate([embedder.embed_passages(block) for block in blocks])
            cosines = (vectors @ vectors.T)[np.triu_indices(len(UNRELATED), 1)]
            self._scales[embedder.name] = Scale.of(np.asarray((1 + WHOLE_SHARE) * cosines, np.float32))
        return self._scales[embedder.name]


def likelihoods(held: Scores, weight: float, nearness: Scores, num_passages: int) -> Scores:
    """``held``: the share of the question's words in each passage, rare words counting for more; ``weight``: the
    lexical one; ``nearness``: dense scores standardised by those of unrelated texts, NaN where there is no vector;
    ``num_passages`` in the whole collection."""
    near = np.nan_to_num(nearness, nan=USUAL_NEARNESS)
    size = np.log(min(num_passages, MOST_SIZE))
    evidence = BIAS + PER_HELD * weight * held + PER_WEIGHT * weight + PER_NEARNESS * near + PER_LOG_SIZE * size
    return np.asarray(1 / (1 + np.exp(-evidence)), np.float32)
