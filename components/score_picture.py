"""How likely the model finds a given text, token by token, and which of two it finds likelier."""

from __future__ import annotations

import math
from collections.abc import Iterator
from html import escape

from components.local_text import LocalText
from components.token_box import token_box, token_table, token_text
from components.token_view import probability_scale, shade
from playground.views import ComparedScores, ScoredText

MOST_TIMES = 1_000_000  # beyond it a power of ten says more
MINUS = "−"


def score_view(scored: ScoredText, text: LocalText) -> str:
    """One text under its scale."""
    return token_box("tx-score", f"{probability_scale(text)}{_column('', scored, text)}{_first(text)}", text)


def comparison_view(compared: ComparedScores, text: LocalText) -> str:
    """Two texts side by side, and what the model makes of them."""
    names = [text.html("app_text_number", number=place) for place in (1, 2)]
    columns = "".join(_column(name, scored, text) for name, scored in zip(names, compared.texts, strict=True))
    inside = f'<div class="tx-columns">{columns}</div>{_first(text)}'
    return token_box("tx-score", f"{_verdict(compared, text)}{probability_scale(text)}{inside}", text)


def _first(text: LocalText) -> str:
    return f'<p class="gb-note">{text.html("app_score_hint")} {text.html("app_score_first")}</p>'


def _column(name: str, scored: ScoredText, text: LocalText) -> str:
    logs = scored.log_probabilities
    titles = (_title(token.token_id, log, text) for token, log in zip(scored.tokens, logs, strict=True))
    drawn = token_text(scored.tokens, titles, map(_shade, logs), text)
    heads = (text.say("app_score_log"), text.say("app_score_probability"))
    table = token_table(f"score-{name}", heads, scored.tokens, (_cells(log, text) for log in logs), text)
    title = f"<h3>{name}</h3>" if name else ""
    return f"<section>{title}{_figures(scored, text)}{drawn}{table}</section>"


def _figures(scored: ScoredText, text: LocalText) -> str:
    """The sum, and the perplexity with its formula's numbers."""
    if scored.perplexity is None:
        return f'<p class="gb-note">{text.html("app_score_too_short")}</p>'
    num_scored = sum(log is not None for log in scored.log_probabilities)
    total, perplexity = signed(scored.log_probability, 2, text), text.decimal(scored.perplexity, 1)
    said = list(_said(scored, text))
    meaning = text.html("app_score_meaning", perplexity=perplexity)
    formula = text.html("app_score_formula", total=total, count=text.count(num_scored), perplexity=perplexity)
    items = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(figure)}</dd></div>" for name, figure in said)
    return (
        f'<dl class="tx-numbers">{items}</dl><details class="gb-why"><summary>{text.html("app_score_how")}</summary>'
        f"<p>{formula}<br>{meaning}</p></details>"
    )


def _said(scored: ScoredText, text: LocalText) -> Iterator[tuple[str, str]]:
    yield text.say("app_score_total"), signed(scored.log_probability, 2, text)
    if scored.perplexity is not None:
        yield text.say("app_score_perplexity"), text.decimal(scored.perplexity, 1)
    if scored.bits_per_byte is not None:
        yield text.say("app_score_bits"), text.decimal(scored.bits_per_byte, 2)


def _verdict(compared: ComparedScores, text: LocalText) -> str:
    """Which is likelier as a whole; and, where it is another, which is by the token."""
    if compared.likelier is None:
        return f'<p class="tx-verdict">{text.html("app_score_equal")}</p>'
    places = {"likelier": compared.likelier + 1, "other": 2 - compared.likelier}
    said = text.html("app_score_verdict", **places, times=_times(abs(compared.log_ratio), text))
    by_token = [scored.perplexity for scored in compared.texts]
    if None not in by_token and len({len(scored.tokens) for scored in compared.texts}) > 1:
        surer = min((0, 1), key=lambda place: by_token[place] or math.inf)
        key = "app_score_longer_too" if surer == compared.likelier else "app_score_longer_not"
        said += f" {text.html(key, surer=surer + 1)}"
    return f'<p class="tx-verdict">{said}</p>'


def _times(log_ratio: float, text: LocalText) -> str:
    if log_ratio >= math.log(MOST_TIMES):
        return f"10^{text.decimal(log_ratio / math.log(10), 1)}"
    times = math.exp(log_ratio)
    return text.decimal(times, 2 if times < 10 else 0)


def _title(token_id: int, log: float | None, text: LocalText) -> str:
    if log is None:
        return f"id {token_id} · {text.say('app_score_nothing_before')}"
    logarithm, probability = _cells(log, text)
    return f"id {token_id} · ln p = {logarithm} · p = {probability}"


def _cells(log: float | None, text: LocalText) -> tuple[str, str]:
    if log is None:
        return ("–", "–")
    probability = math.exp(log)
    shown = f"< {text.percent(0.0001, 2)}" if probability < 0.0001 else text.percent(probability, 2)
    return signed(log, 2, text), shown


def _shade(log: float | None) -> str:
    return "tx-none" if log is None else shade(math.exp(log))


def signed(number: float, digits: int, text: LocalText) -> str:
    """With a minus as wide as a digit."""
    shown = text.decimal(abs(number), digits)
    return f"{MINUS}{shown}" if number < 0 else shown
