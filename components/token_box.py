"""Texts token by token, for the Playground: a box in which the glass box's script tells ids and bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from html import escape
from itertools import islice

from components.local_text import LocalText
from components.replaced_whole import replaced_whole
from components.token_text import shown_tokens, sign_text, titled_html
from components.token_view import NOTHING
from playground.views import TextToken

MAX_DRAWN = 4_000  # more make a phone slow
MAX_ROWS = 500  # of the table
SCRIPT_WORDS = {"bytes": "app_glass_bytes", "piece": "app_glass_piece"}


def token_box(kind: str, inside: str, text: LocalText) -> str:
    """``inside``, HTML with texts made by ``token_text``; ``kind`` is its class."""
    words = {name: text.say(key) for name, key in SCRIPT_WORDS.items()}
    return replaced_whole(
        f'class="glass-box {kind}" lang="{escape(text.language)}"'
        f' data-words="{escape(json.dumps(words, ensure_ascii=False))}"',
        inside,
    )


def token_text(tokens: Sequence[TextToken], titles: Iterable[str], shades: Iterable[str], text: LocalText) -> str:
    """The text in its tokens, each with its title and its class, the line that tells about one, and what is missing."""
    shown = shown_tokens(token.token_bytes for token in tokens)
    spans = (titled_html(*each) for each in zip(shown, titles, shades, strict=True))
    drawn = "".join(islice(spans, MAX_DRAWN))
    label = text.html("app_tokens_label")
    return (
        f'<div class="gb-prompt tx-text" role="group" aria-label="{label}">{drawn}</div>'
        f'<p class="gb-info" hidden></p>{_missing(len(tokens), MAX_DRAWN, text)}'
    )


def token_table(
    name: str, heads: Sequence[str], tokens: Sequence[TextToken], figures: Iterable[Sequence[str]], text: LocalText
) -> str:
    """The same as a table one fold away. ``figures`` are further cells, plain text, under the further ``heads``."""
    shown = shown_tokens(token.token_bytes for token in tokens)
    names = [text.say(key) for key in ("app_tokens_place", "app_glass_token", "app_tokens_id")]
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in (*names, *heads, text.say("app_tokens_bytes")))
    rows = []
    for place, (token, look, cells) in enumerate(zip(tokens, shown, figures, strict=True), start=1):
        if place > MAX_ROWS:
            break
        known = (str(place), sign_text(token.token_bytes, look.left_open) or NOTHING, str(token.token_id))
        all_cells = (*known, *cells, token.token_bytes.hex(" "))
        rows.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in all_cells) + "</tr>")
    return (
        f'<details class="tx-more" data-fold="{name}"><summary>{text.html("app_tokens_table")}</summary>'
        f'<div class="tx-scroll"><table class="tx-table"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>{_missing(len(tokens), MAX_ROWS, text)}</details>"
    )


def _missing(num_tokens: int, limit: int, text: LocalText) -> str:
    if num_tokens <= limit:
        return ""
    return f'<p class="gb-note">{text.html("app_tokens_not_drawn", count=text.count(num_tokens - limit))}</p>'
