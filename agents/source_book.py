"""Keeps the sources of one turn, and writes what others wrote so that a model can tell it from instructions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict

from agents.sources import Found, Source
from safety.shown_text import INVISIBLE

MAX_TOLD_CHARACTERS = 3_600  # of all sources of one call
MAX_TITLE_CHARACTERS = 200
MARK = "| "
NUMBERS = re.compile(r"[ \u00a0]?\[([1-9]\d{0,2}(?:\s*[,;]\s*\d{1,3})*)\](?!\()")  # [0] is an index in code


class SourceBook:
    """Numbers count from 1 over all calls of the turn."""

    def __init__(self) -> None:
        self._sources: list[Source] = []

    @property
    def all(self) -> tuple[Source, ...]:
        return tuple(self._sources)

    def add(self, found: Sequence[Found]) -> tuple[Source, ...]:
        """``found`` under numbers, in the same order; an address that was found before keeps its number."""
        return tuple(self._numbered(one) for one in found)

    def _numbered(self, found: Found) -> Source:
        known = next((one for one in self._sources if one.url and one.url == found.url), None)
        source = Source(**asdict(found), number=known.number if known else len(self._sources) + 1)
        if known is None:
            self._sources.append(source)
        return source

    def cited(self, text: str) -> str:
        """``text`` with no ``[n]`` left that is no source's number."""
        return NUMBERS.sub(self._known_alone, text)

    def _known_alone(self, found: re.Match[str]) -> str:
        numbers = [int(number) for number in re.findall(r"\d+", found[1])]
        known = [number for number in dict.fromkeys(numbers) if 1 <= number <= len(self._sources)]
        before = found[0][0] if found[0][0] != "[" else ""
        return before + "".join(f"[{number}]" for number in known) if known else ""


def told(sources: Sequence[Source]) -> str:
    """What the model is told of ``sources``: a line about each and its text, marked as data."""
    share = MAX_TOLD_CHARACTERS // max(1, len(sources))
    return "\n\n".join(_told(source, share) for source in sources)


def _told(source: Source, max_characters: int) -> str:
    about = " · ".join(part for part in (_line(source.title), _line(source.site), _line(source.date)) if part)
    where = f"\n{source.url}" if source.url else ""
    text = source.text if len(source.text) <= max_characters else source.text[:max_characters].rstrip() + " …"
    return f"[{source.number}] {about}{where}\n{marked(text)}"


def marked(text: str) -> str:
    """``text`` of others with every line behind a mark, and nothing in it that cannot be seen."""
    lines = INVISIBLE.sub("", text).splitlines() or [""]
    return "\n".join(MARK + line for line in lines)


def _line(text: str) -> str:
    return " ".join(INVISIBLE.sub("", text).split())[:MAX_TITLE_CHARACTERS]
