"""What may be seen of the tokens that the model chose from."""

from __future__ import annotations

from models.engine.line import Line


class Candidate(Line):
    """A token that may come next. Probabilities are the model's own (``probability``) and after the sampler chain."""

    token_id: int
    token_bytes: bytes
    probability: float
    probability_after: float


class TokenChoice(Line):
    """One token that was written, and the likeliest others in its place, best first.

    ``entropy_bits`` is that of the model's own distribution there.
    """

    chosen: Candidate
    alternatives: tuple[Candidate, ...]
    entropy_bits: float = 0.0


class StageView(Line):
    """The distribution after one stage of the sampler chain: ``name`` is llama.cpp's, the first is ``model``.

    ``num_survivors`` and ``mass`` (sum of the model's probabilities) cover all survivors; ``candidates`` the best.
    """

    name: str
    num_survivors: int
    mass: float
    candidates: tuple[Candidate, ...]


class ScoredToken(Line):
    """One token of a given text with its natural log-probability after what stands before it; None for the first."""

    token_id: int
    token_bytes: bytes
    log_probability: float | None
