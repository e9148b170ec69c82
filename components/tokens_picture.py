"""A text in the model's tokens, and the same text in another language beside it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from components.local_text import LocalText
from components.token_box import token_box, token_table, token_text
from playground.views import TextTokens

NO_FIGURE = "–"
ALIKE = 0.05  # a difference this small, as a share, is none worth a sentence


def tokens_view(texts: Sequence[TextTokens], num_window: int, text: LocalText) -> str:
    """One text, or two side by side; ``num_window`` is how many tokens the model can see at once."""
    columns = "".join(_column(place, each, text) for place, each in enumerate(texts, start=1))
    verdict = _verdict(texts[0], texts[1], text) if len(texts) > 1 else ""
    figures = _figures(texts, num_window, text)
    hint = f'<p class="gb-note">{text.html("app_tokens_hint")}</p>'
    return token_box("tx-tokens", f'{verdict}<div class="tx-columns">{columns}</div>{hint}{figures}', text)


def _column(place: int, shown: TextTokens, text: LocalText) -> str:
    tokens = shown.tokens
    drawn = token_text(tokens, (f"id {token.token_id}" for token in tokens), [""] * len(tokens), text)
    table = token_table(f"tokens-{place}", (), tokens, [()] * len(tokens), text)
    return f"<section><h3>{_name(place, text)}</h3>{drawn}{table}</section>"


def _figures(texts: Sequence[TextTokens], num_window: int, text: LocalText) -> str:
    window = text.html("app_tokens_window", count=text.count(num_window))
    rows = (
        (text.html("app_tokens_words"), [text.count(each.num_words) for each in texts]),
        (text.html("app_tokens_characters"), [text.count(each.num_characters) for each in texts]),
        (text.html("app_tokens_bytes"), [text.count(each.num_bytes) for each in texts]),
        (text.html("app_tokens_tokens"), [text.count(len(each.tokens)) for each in texts]),
        (text.html("app_tokens_per_word"), [_ratio(each.tokens_per_word, text) for each in texts]),
        (window, [_share(each.window_share, text) for each in texts]),
    )
    names = "".join(f'<th scope="col">{_name(place, text)}</th>' for place in range(1, len(texts) + 1))
    head = f"<thead><tr><td></td>{names}</tr></thead>" if len(texts) > 1 else ""
    body = "".join(
        f'<tr><th scope="row">{name}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in cells)}</tr>'
        for name, cells in rows
    )
    caption = text.html("app_tokens_figures")
    return f'<table class="tx-figures"><caption>{caption}</caption>{head}<tbody>{body}</tbody></table>'


def _verdict(first: TextTokens, second: TextTokens, text: LocalText) -> str:
    """By tokens per word, as translations are rarely of the same length."""
    if not first.tokens_per_word or not second.tokens_per_word:
        return ""
    ratio = first.tokens_per_word / second.tokens_per_word
    if abs(ratio - 1) < ALIKE:
        said = text.html("app_tokens_alike")
    else:
        more, less = (1, 2) if ratio > 1 else (2, 1)
        times = text.decimal(max(ratio, 1 / ratio), 1)
        said = text.html("app_tokens_verdict", more=more, less=less, times=times)
    return f'<p class="tx-verdict">{said}</p>'


def _name(place: int, text: LocalText) -> str:
    return text.html("app_text_number", number=place)


def _ratio(number: float | None, text: LocalText) -> str:
    return NO_FIGURE if number is None else text.decimal(number, 2)


def _share(share: float, text: LocalText) -> str:
    return f"< {text.percent(0.0001, 2)}" if 0 < share < 0.0001 else text.percent(share, 2)
