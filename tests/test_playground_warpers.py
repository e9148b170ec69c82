"""The text books' order beside Hugging Face's: the same logits through the processors that its ``generate`` chains.

transformers and torch are too large to be asked of everybody who runs the tests: without them these are left out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from models.sampling import SamplingParams
from playground.chain import Order, stages
from tests.test_playground_chain import OFF, random_row

REASON = "compares with Hugging Face's samplers: pip install torch transformers"
torch = pytest.importorskip("torch", reason=REASON)
logits_process = pytest.importorskip("transformers.generation.logits_process", reason=REASON)

WAYS: list[dict[str, Any]] = [
    {"top_k": 40},
    {"top_p": 0.9},
    {"min_p": 0.05},
    {"typical_p": 0.8},
    {"temperature": 0.3},
    {"repeat_penalty": 1.3, "penalty_last_n": 1_000},
    {"temperature": 0.7, "top_k": 50, "top_p": 0.95},
    {"temperature": 1.6, "top_k": 200, "top_p": 0.9, "min_p": 0.02, "typical_p": 0.9},
    {"temperature": 2.0, "top_p": 0.6, "repeat_penalty": 0.8, "penalty_last_n": 1_000},
]


def processors(sampling: SamplingParams) -> list[Any]:
    """In the order of ``GenerationMixin._get_logits_processor``, which leaves out what is off as we do."""
    made = [
        (sampling.repeat_penalty != 1, "RepetitionPenaltyLogitsProcessor", sampling.repeat_penalty),
        (sampling.temperature != 1, "TemperatureLogitsWarper", sampling.temperature),
        (sampling.top_k > 0, "TopKLogitsWarper", sampling.top_k),
        (sampling.top_p < 1, "TopPLogitsWarper", sampling.top_p),
        (sampling.min_p > 0, "MinPLogitsWarper", sampling.min_p),
        (sampling.typical_p < 1, "TypicalLogitsWarper", sampling.typical_p),
    ]
    return [getattr(logits_process, name)(number) for is_on, name, number in made if is_on]


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_a_chain_in_the_text_books_order_is_hugging_faces(way: dict[str, Any]) -> None:
    sampling = SamplingParams(**OFF | way)
    for seed in range(12):
        logits = random_row(seed, 5_000)
        recent_ids = np.random.default_rng(seed).integers(0, 5_000, 50).tolist()
        _, *results = stages(logits, recent_ids, sampling, Order.TEXTBOOK)
        scores = torch.tensor(logits[None]).double()
        for result, process in zip(results, processors(sampling), strict=True):
            scores = process(torch.tensor([recent_ids]), scores)
            probabilities = torch.softmax(scores, dim=-1)[0].numpy()
            np.testing.assert_array_equal(np.sort(result.ids), np.flatnonzero(probabilities), result.name)
            np.testing.assert_allclose(result.probabilities, probabilities, atol=1e-6, err_msg=result.name)
