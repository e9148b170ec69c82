"""The exact prompt of one run, token by token, coloured by what each token belongs to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape
from itertools import islice

from chains.run_record import Part, PromptTokens
from components.local_text import LocalText
from components.token_text import shown_tokens, titled_html

PART_ORDER = (
    Part.SYSTEM,
    Part.NOTES,
    Part.SUMMARY,
    Part.EXAMPLES,
    Part.PASSAGES,
    Part.HISTORY,
    Part.QUESTION,
    Part.CALLS,
    Part.RESULTS,
    Part.ANSWER,
    Part.MARKERS,
)
MAX_TOKENS = 4_000  # more make a phone slow; the rest is drawn when asked for
NUM_FIRST = 1_000  # of those; the others are the last ones, where the question is


def part_name(part: Part, text: LocalText) -> str:
    return text.say(f"app_part_{part}")


def legend(counts: Counter[Part], text: LocalText) -> str:
    """The parts that have tokens, with how many."""
    items = (
        f'<li class="p-{part}"><i></i>{escape(part_name(part, text))} <b>{text.count(counts[part])}</b></li>'
        for part in PART_ORDER
        if counts[part]
    )
    return f'<ul class="gb-legend">{"".join(items)}</ul>'


def prompt_view(prompt: Sequence[PromptTokens], text: LocalText) -> str:
    """The tokens of ``prompt`` under their legend. Ids are in each token's title and in the line below.

    Without ids it is the text alone, as tokens are then only estimated.
    """
    if not any(group.texts for group in prompt):
        return f'<p class="gb-note">{text.html("app_glass_prompt_unknown")}</p>'
    counts: Counter[Part] = Counter()
    for group in prompt:
        counts[group.part] += len(group.texts)
    has_ids = any(group.ids for group in prompt)
    inside = _folded(_tokens(prompt), counts.total(), text) if has_ids else _groups(_texts(prompt), text)
    hint = "app_glass_prompt_hint" if has_ids else "app_glass_prompt_estimated"
    return (
        f"{legend(counts, text)}"
        f'<div class="gb-prompt" role="group" aria-label="{text.html("app_glass_prompt_label")}">{inside}</div>'
        f'<p class="gb-info" hidden></p><p class="gb-note">{text.html(hint)}</p>'
    )


def _texts(prompt: Sequence[PromptTokens]) -> Iterator[tuple[Part, str]]:
    """Each part's text as one piece; characters are put together over the borders of parts here too."""
    shown = shown_tokens(b"".join(group.texts) for group in prompt)
    for group, piece in zip(prompt, shown, strict=True):
        yield group.part, piece.html


def _tokens(prompt: Sequence[PromptTokens]) -> Iterator[tuple[Part, str]]:
    """Each token's part and HTML. Characters are put together over the borders of parts, as the model's input is."""
    shown = iter(shown_tokens(content for group in prompt for content in group.texts))
    for group in prompt:
        for token_id, token in zip(group.ids, islice(shown, len(group.texts)), strict=True):
            yield group.part, titled_html(token, f"id {token_id}")


def _folded(tokens: Iterator[tuple[Part, str]], num_tokens: int, text: LocalText) -> str:
    if num_tokens <= MAX_TOKENS:
        return _groups(tokens, text)
    num_folded = num_tokens - MAX_TOKENS
    first = _groups(islice(tokens, NUM_FIRST), text)
    folded = _groups(islice(tokens, num_folded), text)
    label = text.html("app_glass_show_all", count=text.count(num_folded))
    button = f'<button type="button" class="gb-all">{label}</button>'
    return f"{first}{button}<template>{folded}</template>{_groups(tokens, text)}"


def _groups(tokens: Iterator[tuple[Part, str]], text: LocalText) -> str:
    """Tokens of one part share an element, which carries the colour and the part's name."""
    pieces: list[str] = []
    current: Part | None = None
    for part, html in tokens:
        if part is not current:
            opening = f'<span class="p-{part}" data-part="{escape(part_name(part, text))}">'
            pieces.append(("</span>" if current else "") + opening)
            current = part
        pieces.append(html)
    return "".join(pieces) + ("</span>" if current else "")
