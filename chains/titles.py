"""Titles of conversations: the first words at once, the model's proposal when there is time."""

from __future__ import annotations

import re

MAX_TITLE_CHARACTERS = 60
MAX_TITLE_WORDS = 8
LABEL = re.compile(r"^\W*(title|título|titulo)\W*:\s*", re.IGNORECASE)
AROUND = " \t*_#`\"'«»“”‘’.:;-–—"


def first_words(text: str) -> str:
    """The beginning of ``text`` on one line, ended at a word."""
    line = " ".join(text.split())
    if len(line) <= MAX_TITLE_CHARACTERS:
        return line
    cut = line[:MAX_TITLE_CHARACTERS]
    return (cut.rsplit(" ", 1)[0] if " " in cut else cut) + "…"


def cleaned_title(proposal: str) -> str | None:
    """The title in what a model wrote, None when it did not write one: small models often answer instead."""
    line = next((line for line in proposal.splitlines() if line.strip()), "")
    title = LABEL.sub("", line).strip(AROUND)
    is_title = 2 <= len(title) <= MAX_TITLE_CHARACTERS and len(title.split()) <= MAX_TITLE_WORDS
    return title if is_title and any(letter.isalpha() for letter in title) else None
