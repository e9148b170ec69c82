"""Several continuations of one text side by side, each coloured by how likely the model found its tokens."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from html import escape

from chains.run_record import Alternative, WrittenToken
from components.candidate_bars import share
from components.continuation_view import continuation_view
from components.glass_box import SCRIPT_WORDS
from components.local_text import LocalText
from components.next_token_view import shown_end
from components.replaced_whole import replaced_whole
from components.token_box import token_table
from components.token_colours import coloured_by, openness, token_shade
from components.token_text import shown_tokens, sign_text
from components.token_view import heat_map
from playground.samples import SampledText, Samples
from playground.views import TextToken

NO_FIGURE = "–"
WORDS = SCRIPT_WORDS | {
    "take": "app_samples_take",
    "hint": "app_samples_take_hint",
    "chosen": "app_samples_take_same",
}
TABLE_HEADS = ("app_samples_p", "app_samples_p_drawn", "app_samples_bits")


class SamplesPicture:
    """``final_ids`` are those after which nothing can come."""

    def __init__(self, samples: Samples, final_ids: frozenset[int], text: LocalText) -> None:
        self._samples = samples
        self._final_ids = final_ids
        self._text = text
        words = {name: text.say(key) for name, key in WORDS.items()}
        self._words = escape(json.dumps(words, ensure_ascii=False))

    def growing(self) -> str:
        """While the model writes: the texts alone, as they are sent again and again."""
        cards = "".join(self._card(number, self._plain(one)) for number, one in enumerate(self._samples.texts))
        return self._framed(f'<div class="sm-cards">{cards}</div>')

    def whole(self) -> str:
        """With what can be done with each token, the tree, and tables."""
        hint = f'<p class="gb-note">{self._text.html("app_samples_hint")}</p>'
        cards = "".join(self._card(number, self._heat(number, one)) for number, one in enumerate(self._samples.texts))
        tree = continuation_view([one.tokens for one in self._samples.texts], self._names(), self._text)
        return self._framed(f'{self._together()}{hint}<div class="sm-cards">{cards}</div>{tree}')

    def _framed(self, inside: str) -> str:
        return (
            f'<div class="pg-seen sm-seen" data-bridge="samples">{self._before()}'
            f"{self._zero()}{coloured_by(self._text)}{inside}</div>"
        )

    def _before(self) -> str:
        """What every text goes on from, and the way back from tokens that were chosen."""
        samples, text = self._samples, self._text
        prompt = shown_end(samples.asked.position.prompt.text) or f"<i>{text.html('app_pg_nothing')}</i>"
        if not samples.path:
            return f'<p class="pg-before"><b>{text.html("app_pg_prompt")}:</b> <span dir="auto">{prompt}</span></p>'
        path = escape(sign_text(b"".join(samples.path)))
        return (
            f'<div class="sm-before"><p class="pg-before"><b>{text.html("app_samples_after")}</b>'
            f' <span dir="auto">{prompt}<mark>{path}</mark></span></p>'
            f'<button type="button" class="pg-take" data-act="begin" data-kind="click">'
            f"{text.html('app_samples_begin')}</button></div>"
        )

    def _zero(self) -> str:
        """Why all texts are the same, where they have to be."""
        if not self._samples.asked.sampling.is_greedy:
            return ""
        return f'<p class="pg-note">{self._text.html("app_samples_zero")}</p>'

    # --- one text ----------------------------------------------------------------------------------------------------

    def _names(self) -> list[str]:
        """Of the texts, escaped; the greedy one's first."""
        numbered = range(1, len(self._samples.texts))
        return [self._text.html("app_samples_greedy_name"), *map(str, numbered)]

    def _card(self, number: int, written: str) -> str:
        one, text = self._samples.texts[number], self._text
        if one.seed is None:
            name, more = text.html("app_samples_greedy"), text.html("app_samples_greedy_info")
        else:
            name = text.html("app_samples_number", number=number)
            more = text.html("app_samples_seed", seed=one.seed)
        state = f'<p class="sm-end">{self._state(one)}</p>'
        kind = "sm-card sm-greedy" if one.seed is None else "sm-card"
        head = f"<h3>{name} <small>{more}</small></h3>"
        return f'<section class="{kind}">{head}{written}{state}{self._figures(one)}</section>'

    def _plain(self, one: SampledText) -> str:
        shown = shown_tokens(token.token_bytes for token in one.tokens)
        pairs = zip(one.tokens, shown, strict=True)
        spans = "".join(f'<span class="{token_shade(token)}">{look.html}</span>' for token, look in pairs)
        return f'<div class="gb-answer sm-text">{spans}</div>'

    def _heat(self, number: int, one: SampledText) -> str:
        """What the glass box's script makes tokens to choose from of."""
        if not one.tokens:
            return f'<p class="gb-note">{self._text.html("app_samples_nothing")}</p>'
        written = [
            WrittenToken(
                id=token.token_id,
                text=token.token_bytes,
                probability=token.probability,
                probability_after=token.probability_after,
                others=tuple(
                    Alternative(
                        id=None if other.token_id in self._final_ids else other.token_id,
                        text=other.token_bytes,
                        probability=other.probability,
                        probability_after=other.probability_after,
                    )
                    for other in token.alternatives
                ),
            )
            for token in one.tokens
        ]
        kinds = [openness(token.entropy_bits) for token in one.tokens]
        inside = heat_map(written, self._text, "app_samples_final", can_branch=True, by_id=True, kinds=kinds)
        return replaced_whole(
            f'class="glass-box sm-text" lang="{escape(self._text.language)}" data-message="{number}"'
            f' data-words="{self._words}"',
            f"{inside}{self._table(number, one)}",
        )

    def _table(self, number: int, one: SampledText) -> str:
        text = self._text
        tokens = [TextToken(token.token_id, token.token_bytes) for token in one.tokens]
        cells = (
            (share(token.probability, text), share(token.probability_after, text), text.decimal(token.entropy_bits, 2))
            for token in one.tokens
        )
        return token_table(f"samples-{number}", [text.say(key) for key in TABLE_HEADS], tokens, cells, text)

    def _state(self, one: SampledText) -> str:
        """How it ended, or what it waits for."""
        text = self._text
        if one.ended is not None:
            key = "app_samples_ended" if one.ended == "stop" else "app_samples_cut"
            return text.html(key, count=text.count(len(one.tokens)))
        if one.place is not None:
            return text.html("app_samples_queued", place=one.place)
        return text.html("app_samples_so_far", count=text.count(len(one.tokens)))

    def _figures(self, one: SampledText) -> str:
        measures = one.measures
        figures = (
            ("mean", measures.mean_probability, self._text.percent),
            ("perplexity", measures.perplexity, self._one_digit),
            ("entropy", measures.entropy_bits, self._two_digits),
            ("distinct_1", measures.distinct_1, self._two_digits),
            ("distinct_2", measures.distinct_2, self._two_digits),
        )
        return _list(
            (self._text.html(f"app_samples_{name}"), self._text.html(f"app_samples_{name}_info"), _said(number, say))
            for name, number, say in figures
        )

    # --- all texts ---------------------------------------------------------------------------------------------------

    def _together(self) -> str:
        samples, text = self._samples, self._text
        different = text.say("app_samples_of", count=samples.num_different, total=len(samples.drawn))
        names = ("different", "distinct_1_all", "distinct_2_all")
        said = (different, *(_said(samples.distinct(length), self._two_digits) for length in (1, 2)))
        return _list(
            (text.html(f"app_samples_{name}"), text.html(f"app_samples_{name}_info"), figure)
            for name, figure in zip(names, said, strict=True)
        )

    def _one_digit(self, number: float) -> str:
        return self._text.decimal(number, 1)

    def _two_digits(self, number: float) -> str:
        return self._text.decimal(number, 2)


def _said(number: float | None, say: Callable[[float], str]) -> str:
    return NO_FIGURE if number is None else say(number)


def _list(figures: Iterable[tuple[str, str, str]]) -> str:
    """Names and meanings are escaped already."""
    items = "".join(
        f'<div title="{meaning}"><dt>{name}</dt><dd>{escape(figure)}</dd></div>' for name, meaning, figure in figures
    )
    return f'<dl class="sm-figures">{items}</dl>'
