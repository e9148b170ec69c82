"""What an experiment found, ready to be drawn: plain values without a row of a whole vocabulary in them."""

from __future__ import annotations

from dataclasses import dataclass

from playground.chain import Order
from playground.positions import Position


@dataclass(frozen=True)
class ModelFacts:
    """The loaded model. Without a template of its own, a chat is sent as a plain transcript."""

    name: str
    context_tokens: int
    has_chat_template: bool = True


@dataclass(frozen=True)
class LoadedModel:
    """``fingerprint`` is another for another file, so that an experiment can tell where it was made."""

    facts: ModelFacts
    fingerprint: str


@dataclass(frozen=True)
class ShownCandidate:
    """A token that may come next, with what the model gave it (``logit``, ``probability``).

    ``after`` has its probability after each stage of the view, 0 from the one that cut it (``cut_by``) on.
    ``is_at_risk`` when XTC takes it away if the coin falls so; its probability counts both.
    """

    token_id: int
    token_bytes: bytes
    logit: float
    probability: float
    after: tuple[float, ...]
    cut_by: str | None = None
    is_at_risk: bool = False

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

    ``logit`` is what the penalties left, ``best_logit`` the highest of the ``num_terms`` tokens that are left, over
    which ``denominator`` sums. A token that was cut has ``numerator`` 0. Where the temperature is 0 no sum is made:
    ``denominator`` is None. XTC's coin is not counted.
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
class TextToken:
    """``token_bytes`` need not be whole characters."""

    token_id: int
    token_bytes: bytes


@dataclass(frozen=True)
class OrderDifference:
    """Where the engine's order of stages and the text books' part: what only one of them keeps, the likeliest first.

    Of many, only some are in ``only_engine`` and ``only_textbook``. ``total_variation`` is how much probability lies
    elsewhere, 0 to 1.
    """

    only_engine: tuple[TextToken, ...]
    only_textbook: tuple[TextToken, ...]
    num_only_engine: int
    num_only_textbook: int
    total_variation: float


@dataclass(frozen=True)
class NextTokenView:
    """What may come at ``position``. ``candidates`` are the model's best and the chain's best, the model's order.

    ``difference`` is None where both orders of the stages come to the same.
    ``num_tokens`` are read by the model before the next one, the template's own among them.
    """

    position: Position
    order: Order
    num_tokens: int
    stages: tuple[StageSummary, ...]
    candidates: tuple[ShownCandidate, ...]
    softmax: SoftmaxNumbers
    difference: OrderDifference | None = None


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
