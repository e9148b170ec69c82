"""Two ways to colour a token that was drawn: how likely it was, and how open the choice was before it was made."""

from __future__ import annotations

from bisect import bisect_right

from components.local_text import LocalText
from components.token_view import probability_scale, shade
from models.sample_batch import SampledToken

LIMITS = (0.5, 1.0, 2.0, 3.0, 4.0, 6.0)  # bits, between the classes h0 (decided) and h6 (open)
WAYS = ("probability", "entropy")


def openness(bits: float) -> str:
    """The class of the scale that an entropy belongs to."""
    return f"h{bisect_right(LIMITS, bits)}"


def token_shade(token: SampledToken) -> str:
    """Both classes; the script decides which of them is seen."""
    return f"{shade(token.probability)} {openness(token.entropy_bits)}"


def coloured_by(text: LocalText) -> str:
    """A button for each way, and its scale."""
    buttons = "".join(
        f'<button type="button" class="pg-take" data-act="colour" data-way="{way}"'
        f' aria-pressed="{str(way == WAYS[0]).lower()}">{text.html(f"app_samples_by_{way}")}</button>'
        for way in WAYS
    )
    return (
        f'<div class="sm-colours" role="group" aria-label="{text.html("app_samples_colours")}">{buttons}</div>'
        f'<div class="sm-scale-probability">{probability_scale(text)}</div>'
        f'<div class="sm-scale-entropy">{_entropy_scale(text)}</div>'
    )


def _entropy_scale(text: LocalText) -> str:
    numbers = [text.decimal(limit, 1 if limit < 1 else 0) for limit in LIMITS]
    names = [f"< {numbers[0]}", *(f"≥ {number}" for number in numbers)]
    steps = "".join(f'<li class="h{place}">{name}</li>' for place, name in enumerate(names))
    return f'<p class="gb-note gb-scale-title">{text.html("app_samples_scale")}</p><ol class="gb-scale">{steps}</ol>'
