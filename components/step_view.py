"""Step by step: the tokens that were chosen so far, what may come next, and how often each of these was drawn."""

from __future__ import annotations

import math
from dataclasses import dataclass

from components.candidate_bars import Bars, candidate_bars, left_open_of, share
from components.local_text import LocalText
from components.next_token_view import shown_end
from components.token_box import token_box
from components.token_text import shown_tokens, titled_html
from components.token_view import LEAST_PROBABILITY, probability_scale, shade
from playground.views import Histogram, NextTokenView, PathToken

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Steps:
    """What is seen at a position. ``histogram`` is of draws from it."""

    view: NextTokenView
    path: tuple[PathToken, ...]
    histogram: Histogram | None = None


def step_view(steps: Steps, text: LocalText) -> str:
    """``steps`` as HTML."""
    histogram = steps.histogram
    bars = Bars(
        "step",
        kind="submit",
        hint="app_pg_take",
        left_open=left_open_of(steps.path),
        num_draws=histogram.num if histogram else 0,
        counts={one.token_id: one.count for one in histogram.bins} if histogram else {},
    )
    drawn = _drawn(histogram, text) if histogram else ""
    return (
        f'<div class="pg-seen" data-bridge="playground">{_prompt(steps.view, text)}'
        f"{_ribbon(steps.path, text)}{drawn}{candidate_bars(steps.view, bars, text)}</div>"
    )


def _prompt(view: NextTokenView, text: LocalText) -> str:
    shown = shown_end(view.position.prompt.text) or f"<i>{text.html('app_pg_nothing')}</i>"
    return f'<p class="pg-before"><b>{text.html("app_pg_prompt")}:</b> <span dir="auto">{shown}</span></p>'


def _ribbon(path: tuple[PathToken, ...], text: LocalText) -> str:
    """The chosen tokens, coloured by how probable each was when it was chosen."""
    if not path:
        return f'<p class="pg-note pg-ribbon">{text.html("app_pg_path_empty")}</p>'
    shown = shown_tokens(token.token_bytes for token in path)
    spans = "".join(
        titled_html(look, f"{share(token.probability, text)} · id {token.token_id}", shade(token.probability))
        for look, token in zip(shown, path, strict=True)
    )
    logs = [math.log(max(token.probability, LEAST_PROBABILITY)) for token in path]
    whole = text.html(
        "app_pg_path_sum",
        count=text.count(len(path)),
        share=tiny_share(math.fsum(logs), text),
        perplexity=text.decimal(math.exp(-math.fsum(logs) / len(logs)), 1),
    )
    label = text.html("app_pg_path")
    return token_box(
        "pg-ribbon",
        f'<div class="gb-prompt" role="group" aria-label="{label}">{spans}</div>'
        f'<p class="gb-info" hidden></p>{probability_scale(text)}<p class="pg-note">{whole}</p>',
        text,
    )


def tiny_share(log: float, text: LocalText) -> str:
    """A probability that may be far below what percent can say."""
    if log > math.log(0.0001):
        return share(math.exp(log), text)
    exponent = math.floor(log / math.log(10))
    first = math.exp(log - exponent * math.log(10))
    return f"{text.decimal(first, 1)} · 10{str(exponent).translate(RAISED)}"


def _drawn(histogram: Histogram, text: LocalText) -> str:
    said = text.html("app_pg_drawn", count=text.count(histogram.num), distance=share(histogram.distance, text))
    others = text.html("app_pg_drawn_others", count=text.count(histogram.num_others)) if histogram.num_others else ""
    return f'<p class="pg-note pg-drawn-line" role="status">{said} {others}</p>'
