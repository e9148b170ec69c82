"""The headings of a page: lines that begin with ``#``, as Markdown has them and as the readers of documents write."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass

HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$")
FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")


@dataclass(frozen=True)
class Heading:
    """A heading's line, from ``start`` to ``end``, and the ``path`` that is in force from there on."""

    start: int
    end: int
    path: tuple[str, ...]


def headings_of(text: str) -> tuple[Heading, ...]:
    """In their order. A ``#`` between the fences of a piece of code is a comment of that code."""
    found: list[Heading] = []
    open_levels: list[tuple[int, str]] = []
    fence = ""
    start = 0
    for line in text.splitlines(keepends=True):
        fence_now = FENCE.match(line)
        heading = HEADING.match(line.rstrip("\r\n")) if not fence else None
        if fence_now and not fence:
            fence = fence_now[1]
        elif fence_now and fence_now[1].startswith(fence) and not line[fence_now.end() :].strip():
            fence = ""
        elif heading and heading[2]:
            level = len(heading[1])
            open_levels = [*(outer for outer in open_levels if outer[0] < level), (level, heading[2])]
            found.append(Heading(start, start + len(line), tuple(title for _, title in open_levels)))
        start += len(line)
    return tuple(found)


class Outline:
    """The headings of one page, asked about stretches of it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._headings = headings_of(text)
        self._starts = [heading.start for heading in self._headings]

    def path(self, start: int, end: int) -> tuple[str, ...]:
        """The headings over the first text between the offsets that is not a heading itself."""
        last, _ = self._led_to(start, end)
        return self._headings[last].path if last >= 0 else ()

    def is_only_headings(self, start: int, end: int) -> bool:
        _, place = self._led_to(start, end)
        return place > start and not self._text[place:end].strip()

    def begins_with_heading(self, start: int, end: int) -> bool:
        return self._led_to(start, end)[1] > start

    def _led_to(self, start: int, end: int) -> tuple[int, int]:
        """Which heading is in force, -1 for none, at the first text after ``start``, and where the headings end."""
        last = bisect_left(self._starts, start) - 1
        place = start
        for heading in self._headings[last + 1 :]:
            if heading.start >= end or self._text[place : heading.start].strip():
                break
            last, place = last + 1, heading.end
        return last, place
