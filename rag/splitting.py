"""Cuts pages into chunks, and chunks into the windows that are embedded besides the whole.

Everything is an offset into the page's text, so that a citation can mark the very characters. LangChain's splitter
finds the cuts; it is asked for no overlap and to strip nothing, since then its pieces laid end to end are the page and
their offsets are sums. Overlap and blank edges are dealt with here, in offsets.

Imports for half a second: only ``app`` and processes of their own import this.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from langchain_text_splitters import RecursiveCharacterTextSplitter

from rag.headings import Outline
from rag.settings import CollectionSettings
from storage.document_records import Chunk, Page

Span = tuple[int, int]

WINDOW_SIZE = 300
# Where to cut, best first: before a heading, between paragraphs, lines, sentences, clauses, words, anywhere. Spanish
# opens questions and exclamations with a sign of their own, and CJK sentences end without a blank.
SEPARATORS = (
    r"(?<=\n)(?=#{1,6} )",
    r"\n[ \t]*\n+",
    r"\n",
    r"(?<=[.!?…])[\"'»”’)\]]*\s+|(?<=[。！？])",
    r"(?<=[,;:—，；：、])\s*",
    r"\s+",
    "",
)
SENTENCE_END = re.compile(r"[.!?…]+[\"'»”’)\]]*\s+|[。！？]+|\n\s*")
WORD_END = re.compile(r"\s+")


def split(pages: Sequence[Page], settings: CollectionSettings) -> tuple[Chunk, ...]:
    """Chunks in the order of the text, numbered from 0; none reaches over a page's end or is blank."""
    splitter = RecursiveCharacterTextSplitter(
        separators=list(SEPARATORS),
        is_separator_regex=True,
        keep_separator="end",
        chunk_size=settings.chunk_size - settings.chunk_overlap,
        chunk_overlap=0,
        strip_whitespace=False,
    )
    chunks: list[Chunk] = []
    for page in pages:
        outline = Outline(page.text)
        for start, end in _chunk_spans(page.text, outline, splitter, settings):
            windows = windows_of(page.text, start, end)
            path = outline.path(start, end)
            chunks.append(Chunk(len(chunks), page.number, start, end, page.text[start:end], path, windows))
    return tuple(chunks)


def _chunk_spans(
    text: str, outline: Outline, splitter: RecursiveCharacterTextSplitter, settings: CollectionSettings
) -> Iterator[Span]:
    pieces: list[Span] = []
    end = 0
    for piece in splitter.split_text(text):
        start, end = end, end + len(piece)
        if pieces and _belong_together(pieces[-1], (start, end), outline, settings):
            pieces[-1] = (pieces[-1][0], end)
        elif piece.strip():
            pieces.append((start, end))
    earliest = 0
    for start, end in (_without_blanks(text, *piece) for piece in pieces):
        yield _without_blanks(text, _reaching_back(text, max(earliest, start - settings.chunk_overlap), start), end)
        earliest = (start + end) // 2 + 1  # no chunk repeats most of a short one


def _belong_together(piece: Span, following: Span, outline: Outline, settings: CollectionSettings) -> bool:
    """The splitter leaves scraps before and after a paragraph that it had to cut: a heading, a last sentence.

    A heading goes with what it is over, even if the chunk gets a little too long.
    """
    shorter = min(piece[1] - piece[0], following[1] - following[0])
    if shorter > settings.chunk_size // 4:
        return False
    if outline.is_only_headings(*piece):
        return piece[1] - piece[0] == shorter
    fits = following[1] - piece[0] <= settings.chunk_size - settings.chunk_overlap
    return fits and not outline.begins_with_heading(*following)


def _reaching_back(text: str, earliest: int, start: int) -> int:
    """Where a chunk begins that repeats something of the one before: after a sentence's end, or else a word's.

    Only where there are no blanks at all in the middle of a word.
    """
    if earliest >= start:
        return start
    for ends in (SENTENCE_END, WORD_END):
        first = ends.search(text, max(0, earliest - 1), start)
        if first and first.end() < start:
            return first.end()
    return earliest


def windows_of(text: str, start: int, end: int) -> tuple[Span, ...]:
    """Stretches of whole sentences, about WINDOW_SIZE characters each, that cover the text between the offsets.

    A short text is one window.
    """
    windows: list[Span] = []
    for first, last in _sentences(text, start, end):
        if windows and last - windows[-1][0] <= WINDOW_SIZE:
            windows[-1] = (windows[-1][0], last)
        else:
            windows.append((first, last))
    if len(windows) > 1 and windows[-1][1] - windows[-1][0] < WINDOW_SIZE // 3:
        (first, _), (_, last) = windows[-2:]
        windows[-2:] = [(first, last)]
    return tuple(_without_blanks(text, *window) for window in windows)


def _sentences(text: str, start: int, end: int) -> Iterator[Span]:
    """Sentences; one that is longer than a window is cut between words."""
    ends = [match.end() for match in SENTENCE_END.finditer(text, start, end)]
    for last in [*ends, end]:
        while last - start > WINDOW_SIZE:
            blank = text.rfind(" ", start + 1, start + WINDOW_SIZE)
            cut = blank + 1 if blank > 0 else start + WINDOW_SIZE
            yield start, cut
            start = cut
        if text[start:last].strip():
            yield start, last
            start = last


def _without_blanks(text: str, start: int, end: int) -> Span:
    inner = text[start:end]
    return start + len(inner) - len(inner.lstrip()), end - len(inner) + len(inner.rstrip())
