"""Finds the sentences of an answer or a passage, with where they stand: prose, lists, tables and code of Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

ABBREVIATED = """
    sr sra sres srta dr dra prof profa lic ing ud uds vd vds d dña p pág págs ej núm nº n art arts cap vol vols ed eds
    fig figs tel av avda dpto depto aprox máx mín cf vs ibid op cit gral cía s ss sto sta st mt ft mr mrs ms jr
    inc ltd co corp pp ch sec approx max al e.g i.e ee u.s u.k jan feb apr jun jul aug sep sept
    oct nov dec ene abr ago
"""
ABBREVIATIONS = frozenset(ABBREVIATED.split())
OPENS_SENTENCE = re.compile(r"[\"'«“‘(\[¿¡*_`]*[A-ZÁÉÍÓÚÜÑÀ-ÖØ-Þ0-9]")
END_OF_SENTENCE = re.compile(r"[.!?…]+[\"'»”’)\]*_`]*(?=\s|$)|[。！？]+")
INITIAL = re.compile(r"(?:^|[\s(\"«“.])[A-ZÁÉÍÓÚÑ]$")
FENCE = re.compile(r"\s*(```|~~~)")
HEADING = re.compile(r"\s{0,3}#{1,6}\s")
RULE_OF_TABLE = re.compile(r"[\s|:\-=*_]+$")
ITEM = re.compile(r"\s*(?:[-*+•>│|]|\d{1,3}[.)]|[a-z]\))\s+")


@dataclass(frozen=True)
class Sentence:
    """``text[start:end]`` of the text it was found in; ``kind`` "prose", "heading" (of a table too), "row" or "code".

    ``is_finished`` False is the last one of a text that may still grow.
    """

    start: int
    end: int
    kind: str
    is_finished: bool = True


def sentences(text: str, *, is_whole: bool = True) -> tuple[Sentence, ...]:
    """The sentences of ``text`` in order, none of them empty. A text that grows only ever changes its last one."""
    found = [sentence for block in _blocks(text) for sentence in _in_block(text, block)]
    if found and not is_whole:
        last = found[-1]
        if text.endswith("\n\n") or (last.kind != "prose" and text.endswith("\n")):
            return tuple(found)
        found[-1] = Sentence(last.start, last.end, last.kind, is_finished=False)
    return tuple(found)


def _blocks(text: str) -> Iterator[Sentence]:
    """Stretches that no sentence crosses: an item of a list, a row, a heading, code, or lines of prose in a row."""
    start, is_code, open_start, before = 0, False, -1, ""
    for line in text.splitlines(keepends=True):
        end = start + len(line)
        is_fence = FENCE.match(line) is not None
        kind = "code" if is_code or is_fence else _kind(line, before)
        is_code ^= is_fence
        goes_on = kind == "prose" and ITEM.match(line) is None
        if open_start >= 0 and not goes_on:
            yield Sentence(open_start, start, "prose")
            open_start = -1
        if kind == "prose" and open_start < 0:
            open_start = start
        elif kind not in {"prose", "blank"}:
            yield Sentence(start, end, kind)
        start, before = end, line
    if open_start >= 0:
        yield Sentence(open_start, start, "prose")


def _kind(line: str, before: str) -> str:
    if not line.strip():
        return "blank"
    if HEADING.match(line):
        return "heading"
    if line.lstrip().startswith("|"):
        if RULE_OF_TABLE.match(line):
            return "code"
        return "row" if before.lstrip().startswith("|") else "heading"
    return "prose"


def _in_block(text: str, block: Sentence) -> Iterator[Sentence]:
    start = block.start
    if block.kind == "prose":
        if item := ITEM.match(text, start, block.end):
            start = item.end()
        for match in END_OF_SENTENCE.finditer(text, start, block.end):
            if match.end() > start and _ends(text, match, block.end):
                yield from _stripped(text, start, match.end(), "prose")
                start = match.end()
    yield from _stripped(text, start, block.end, block.kind)


def _ends(text: str, match: re.Match[str], block_end: int) -> bool:
    """Whether a sentence ends at these marks: not after an abbreviation, an initial or the number of an item."""
    after = text[match.end() : block_end].lstrip()
    if not after:
        return True
    if match[0].strip("\"'»”’)]*_`") != ".":
        return match[0][0] in "!?。！？" or OPENS_SENTENCE.match(after) is not None
    before = text[max(0, match.start() - 24) : match.start()]
    word = before.split()[-1].lstrip("\"'«“‘([¿¡*_").lower() if before.split() else ""
    if word in ABBREVIATIONS or INITIAL.search(before):
        return False
    return OPENS_SENTENCE.match(after) is not None


def _stripped(text: str, start: int, end: int, kind: str) -> Iterator[Sentence]:
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    end = start + len(piece.strip())
    if start < end:
        yield Sentence(start, end, kind)
