"""What can be said of a whole text: how the model splits it, how likely the model finds it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from models.next_token import ScoredToken
from playground.views import ComparedScores, ScoredText, TextToken, TextTokens

WORD = re.compile(r"\w+(?:['’\-]\w+)*")
MOST_NATS = 700.0  # a token: beyond it, perplexity is no number


def text_tokens(text: str, tokens: Sequence[tuple[int, bytes]], context_tokens: int) -> TextTokens:
    """``tokens`` are the model's of ``text``."""
    num_words = len(WORD.findall(text))
    return TextTokens(
        text=text,
        tokens=tuple(TextToken(token_id, token_bytes) for token_id, token_bytes in tokens),
        num_words=num_words,
        num_characters=len(text),
        num_bytes=len(text.encode()),
        tokens_per_word=len(tokens) / num_words if num_words else None,
        window_share=len(tokens) / context_tokens,
    )


def scored_text(text: str, tokens: Sequence[ScoredToken]) -> ScoredText:
    """``tokens`` are the model's of ``text``, perhaps with one of its own before them."""
    scored = [token for token in tokens if token.log_probability is not None]
    total = math.fsum(token.log_probability or 0.0 for token in scored)
    num_bytes = sum(len(token.token_bytes) for token in scored)
    return ScoredText(
        text=text,
        tokens=tuple(TextToken(token.token_id, token.token_bytes) for token in tokens),
        log_probabilities=tuple(token.log_probability for token in tokens),
        log_probability=total,
        perplexity=math.exp(min(-total / len(scored), MOST_NATS)) if scored else None,
        bits_per_byte=-total / math.log(2) / num_bytes if num_bytes else None,
    )


def compared(first: ScoredText, second: ScoredText) -> ComparedScores:
    """A text of which nothing was scored compares with none."""
    ratio = first.log_probability - second.log_probability
    if first.perplexity is None or second.perplexity is None or not ratio:
        return ComparedScores((first, second), None, ratio)
    return ComparedScores((first, second), 0 if ratio > 0 else 1, ratio)
