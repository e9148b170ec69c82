"""What an experiment found, ready to be drawn: plain values without a row of a whole vocabulary in them."""

from __future__ import annotations

from dataclasses import dataclass

from playground.chain import Difference, Order
from playground.positions import Position


@dataclass(frozen=True)
class ModelFacts:
    """The loaded model. ``fingerprint`` tells its file from others, see ``playground.fingerprints``."""

    name: str
    fingerprint: str
    context_tokens: int
    has_chat_template: bool = True


@dataclass(frozen=True)
class ShownCandidate:
    """A token that may come next, with what the model gave it (``logit``, ``probability``).

    ``after`` has its probability after each stage of the view, 0 from the one that cut it (``cut_by``) on.
    """

    token_id: int
    token_bytes: bytes
    logit: float
    probability: float
    after: tuple[float, ...]
    cut_by: str | None = None

    @property
    def probability_after(self) -> float:
        """What it is drawn with."""
        return self.after[-1]


@dataclass(frozen=True)
class StageSummary:
    """One stage of the chain, named as in llama.cpp; the first is ``model``, before anything is done.

    ``mass`` is the survivors' share by the model's probabilities; ``num_effective`` is 2 to the entropy.
    """

    name: str
    num_survivors: int
    mass: float
    entropy_bits: float
    num_effective: float


@dataclass(frozen=True)
class SoftmaxNumbers:
    """The formula's numbers for one token: exp((logit - best_logit) / temperature) / denominator = probability.

    ``logit`` is what the penalties left. The denominator sums ``num_terms`` tokens, those that are left. Where the
    token was cut its probability is 0, and where the temperature is 0 no sum is made: ``denominator`` is None.
    """

    token_id: int
    token_bytes: bytes
    logit: float
    best_logit: float
    temperature: float
    numerator: float
    denominator: float | None
    num_terms: int
    probability: float


@dataclass(frozen=True)
class NextTokenView:
    """What may come at ``position``. ``candidates`` are the model's best and the chain's best, likeliest first.

    ``difference`` tells what the other order of the stages would change; None where it changes nothing.
    ``num_tokens`` are read by the model before the next one, the template's own among them.
    """

    position: Position
    order: Order
    num_tokens: int
    stages: tuple[StageSummary, ...]
    candidates: tuple[ShownCandidate, ...]
    softmax: SoftmaxNumbers
    difference: Difference | None = None


@dataclass(frozen=True)
class PathToken:
    """A token of the path with the model's probability for it where it was chosen."""

    token_id: int
    token_bytes: bytes
    probability: float


@dataclass(frozen=True)
class Bin:
    """How often a token was drawn, and how often it would be in the long run."""

    token_id: int
    token_bytes: bytes
    count: int
    probability: float


@dataclass(frozen=True)
class Histogram:
    """Of ``num`` draws; the likeliest first. ``distance`` is half the sum of differences of shares (0 equal, 1 apart).

    ``num_others`` of the draws are tokens that have no bin.
    """

    num: int
    bins: tuple[Bin, ...]
    num_others: int
    distance: float


@dataclass(frozen=True)
class TextToken:
    """``token_bytes`` need not be whole characters."""

    token_id: int
    token_bytes: bytes


@dataclass(frozen=True)
class TextTokens:
    """A text as the model reads it. ``tokens_per_word`` is None for a text without words."""

    text: str
    tokens: tuple[TextToken, ...]
    num_words: int
    num_characters: int
    num_bytes: int
    tokens_per_word: float | None
    window_share: float


@dataclass(frozen=True)
class ScoredText:
    """A text's natural log-probabilities, token by token; None for a first token that nothing stands before.

    ``perplexity`` (by token) and ``bits_per_byte`` (fair to texts of other tokens) are None where nothing was scored.
    """

    text: str
    tokens: tuple[TextToken, ...]
    log_probabilities: tuple[float | None, ...]
    log_probability: float
    perplexity: float | None
    bits_per_byte: float | None


@dataclass(frozen=True)
class ComparedScores:
    """``likelier`` is 0 or 1, the text with the higher ``log_probability`` as a whole; None when they are equal.

    ``log_ratio`` is the natural logarithm of how much likelier the first is; below 0 when the second is.
    """

    texts: tuple[ScoredText, ScoredText]
    likelier: int | None
    log_ratio: float
