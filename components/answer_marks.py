"""Puts marks at the ends of sentences of markdown that somebody else wrote: links that only this module can make.

The places are marked in the text as it was written, with characters that the text cannot hold; then it is cleaned, so
that nothing in it is a link to a source; and only then do the links come in.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from safety.shown_prose import JOINER, LINK, reference
from safety.shown_text import clean_markdown

PRIVATE = re.compile("[\ue000-\uf8ff]")
FIRST_PRIVATE, NUM_PRIVATE = 0xE000, 6_400
NOT_PLAIN = re.compile(r"[^\w ]|_")
REPLACEMENT = "\ufffd"
JOINT = "\u00a0"  # keeps a mark on the line of its sentence, and off an address that the sentence ends with
ITEM = re.compile(r"^[ >]{0,6}(?:[-*+]|\d{1,9}[.)])[ \t]", re.MULTILINE)
# What a mark may stand in after the cleaning: there it would be text, so it moves behind it, or goes.
SPANS = re.compile(
    r"(?P<block>^(?:(?P<ticks>`{3,})[^`\n]*|(?P<tildes>~{3,})[^\n]*)\n(?:.*?^(?:(?(ticks)(?P=ticks)|(?P=tildes)))$|.*))"
    r"|(?P<code>(?P<open>`+)[^\n]*?(?<!`)(?P=open)(?!`))"
    r"|(?P<formula>\$\$.*?\$\$|\\\(.*?\\\)|\\\[.*?\\\])"
    rf"|(?P<link>{re.sub(r'[?]P<[a-z]+>', '?:', LINK.pattern)})"
    r"|(?P<mark>[\ue000-\uf8ff])",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Mark:
    """A link that shows ``label`` after the first ``place`` characters of the text; ``title`` says more."""

    place: int
    label: str
    target: str
    title: str

    @property
    def markdown(self) -> str:
        """Spelled out, for the renderer looks for formulas before it reads links."""
        label, title = (NOT_PLAIN.sub(lambda found: reference(found[0]), text) for text in (self.label, self.title))
        return f'[{label}](#{self.target} "{title}")'


def marked(text: str, marks: Sequence[Mark], hosts: Collection[str] | None = None) -> str:
    """``text`` so that it can be shown, with a link for each of ``marks``, which are in the order of their places.

    With ``hosts`` all other links lead to those alone.

    Where markdown knows no links, in code, there is no mark; in a span or another link, it comes after it.
    """
    marks = marks[:NUM_PRIVATE]
    pieces, position = [], 0
    for number, mark in enumerate(marks):
        place = _in_cell(text, mark.place)
        pieces += [PRIVATE.sub(REPLACEMENT, text[position:place]), JOINT, chr(FIRST_PRIVATE + number)]
        position = place
    cleaned = clean_markdown("".join([*pieces, PRIVATE.sub(REPLACEMENT, text[position:])]), hosts)
    return SPANS.sub(lambda found: _linked(found, cleaned, marks), cleaned)


def _in_cell(text: str, place: int) -> int:
    """A row of a table ends with a bar: what comes after it would be no cell."""
    line = text[text.rfind("\n", 0, place) + 1 : place]
    ended = line.rstrip()
    if not (ended.startswith("|") and len(ended) > 1 and ended.endswith("|")):
        return place
    return place - (len(line) - len(ended)) - 1


def _linked(found: re.Match[str], cleaned: str, marks: Sequence[Mark]) -> str:
    inside = [marks[ord(letter) - FIRST_PRIVATE] for letter in PRIVATE.findall(found[0])]
    if not inside:
        return found[0]
    if found["mark"]:
        is_code = _is_indented_code(cleaned, found.start())
        return inside[0].label + JOINER if is_code else inside[0].markdown
    # What was cleaned with something between it must not come together again.
    without = re.sub(f"{JOINT}?{PRIVATE.pattern}", " " if found["formula"] else JOINER, found[0])
    if found["block"]:
        return without
    return without + "".join(JOINT + mark.markdown for mark in inside)


def _is_indented_code(cleaned: str, place: int) -> bool:
    """Whether the line reads as code because it is indented; in a list it is only a part of its entry."""
    before, _, line = cleaned[:place].rpartition("\n")
    is_indented = line.startswith(("    ", "\t", "   \t"))
    return is_indented and ITEM.search(cleaned, 0, place) is None and not before.rpartition("\n")[2].strip()
