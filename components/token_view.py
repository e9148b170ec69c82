"""The answer of one run, token by token, coloured by how probable each was, with what could have stood there."""

from __future__ import annotations

import json
import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from html import escape

from chains.run_record import Alternative, WrittenToken
from components.local_text import LocalText
from components.token_text import ShownToken, shown_tokens, sign_text

LIMITS = (0.05, 0.15, 0.3, 0.5, 0.7, 0.9)  # between the classes k0 (least probable) and k6
LEAST_PROBABILITY = 1e-12  # of a token that was forced although the model had ruled it out; keeps the mean finite

NOTHING = "∅"  # a token without bytes


def mean_probability(tokens: Sequence[WrittenToken]) -> float:
    return math.fsum(token.probability for token in tokens) / len(tokens)


def perplexity(tokens: Sequence[WrittenToken]) -> float:
    surprise = math.fsum(-math.log(max(token.probability, LEAST_PROBABILITY)) for token in tokens)
    return math.exp(surprise / len(tokens))


def token_view(
    answer: Sequence[WrittenToken], text: LocalText, *, can_branch: bool, why_not: str = "app_glass_earlier_step"
) -> str:
    """The tokens under their scale. ``can_branch`` is False where no other token can be taken, ``why_not`` says why."""
    if not answer:
        return f'<p class="gb-note">{text.html("app_glass_answer_unknown")}</p>'
    has_ids = any(other.id is not None for token in answer for other in token.others)
    reason = "app_glass_no_ids" if can_branch or not has_ids else why_not
    return (
        f"{_summary(answer, text)}{probability_scale(text)}{heat_map(answer, text, reason, can_branch=can_branch)}"
        f'<p class="gb-note">{text.html("app_glass_answer_hint")}</p>'
    )


def heat_map(
    answer: Sequence[WrittenToken],
    text: LocalText,
    why_not: str,
    *,
    can_branch: bool,
    by_id: bool = False,
    kinds: Sequence[str] = (),
) -> str:
    """The tokens alone. ``why_not`` is the key of what is said of those that cannot be taken.

    The page is told the place of the one that is taken in ``others``; with ``by_id`` its id, and what was written can
    be taken, too. ``kinds`` are further classes, one for each token.
    """
    tokens = "".join(_tokens(answer, kinds or [""] * len(answer), can_branch=can_branch, by_id=by_id))
    return (
        f'<div class="gb-answer" role="group" aria-label="{text.html("app_glass_answer_label")}"'
        f' data-why="{text.html(why_not)}">{tokens}</div>'
    )


def shade(probability: float) -> str:
    """The class of ``probability_scale`` that a probability belongs to."""
    return f"k{bisect_right(LIMITS, probability)}"


def _summary(answer: Sequence[WrittenToken], text: LocalText) -> str:
    mean, choices = text.percent(mean_probability(answer)), text.decimal(perplexity(answer), 1)
    line = text.html("app_glass_mean", mean=mean, perplexity=choices)
    meaning = text.html("app_glass_mean_meaning", mean=mean, perplexity=choices)
    return f'<details class="gb-why"><summary title="{meaning}">{line}</summary><p>{meaning}</p></details>'


def probability_scale(text: LocalText) -> str:
    """From sure to surprised; each class is named by its lower limit, the last one by its upper."""
    limits = [f"≥ {text.percent(limit)}" for limit in reversed(LIMITS)] + [f"< {text.percent(LIMITS[0])}"]
    steps = "".join(f'<li class="k{len(LIMITS) - place}">{limit}</li>' for place, limit in enumerate(limits))
    return f'<p class="gb-note gb-scale-title">{text.html("app_glass_scale")}</p><ol class="gb-scale">{steps}</ol>'


def _tokens(answer: Sequence[WrittenToken], kinds: Sequence[str], *, can_branch: bool, by_id: bool) -> Iterator[str]:
    shown = shown_tokens(token.text for token in answer)
    for place, (token, look, kind) in enumerate(zip(answer, shown, kinds, strict=True)):
        own = (shade(token.probability), kind, "c" if look.left_open else "")
        classes = " ".join(filter(None, own))
        choices = _attribute(_choices(token, look, can_branch=can_branch, by_id=by_id))
        content = look.html if token.text else f"<u>{NOTHING}</u>"
        yield f"<span class=\"{classes}\" data-i={place} data-o='{choices}'>{content}</span>"


def _choices(token: WrittenToken, look: ShownToken, *, can_branch: bool, by_id: bool) -> list[list[object]]:
    """Rows for the script: text, probability, the same after sampling, which it is, may be taken, was taken."""
    rows: list[list[object]] = []
    is_listed = False
    for place, other in enumerate(token.others):
        is_chosen = not is_listed and _is_same(token, other)
        is_listed = is_listed or is_chosen
        may_be_taken = can_branch and (by_id or not is_chosen) and other.id is not None
        name = other.id if by_id else place
        rows.append([*_figures(other, look), name, int(may_be_taken), int(is_chosen)])
    if not is_listed:
        after_likelier = sum(other.probability >= token.probability for other in token.others)
        may_be_taken = can_branch and by_id and token.id is not None
        name = token.id if by_id else -1
        rows.insert(after_likelier, [*_figures(token, look), name, int(may_be_taken), 1])
    return rows


def _is_same(token: Alternative, other: Alternative) -> bool:
    return token.id == other.id if None not in (token.id, other.id) else token.text == other.text


def _figures(token: Alternative, look: ShownToken) -> list[object]:
    after = token.probability_after
    text = sign_text(token.text, look.left_open) or NOTHING
    return [text, _short(token.probability), None if after is None else _short(after)]


def _short(number: float) -> float:
    return float(f"{number:.3g}")


def _attribute(data: object) -> str:
    """JSON for an attribute in single quotes: JSON is full of double ones, and a page may hold thousands of these."""
    compact = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return escape(compact, quote=False).replace("'", "&#39;")
