"""What the tools of one turn found, each under a number that the model and the reader know it by."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Found:
    """Something that a tool found. ``text`` is what the model is told of it.

    ``url`` is empty for a place in one of the owner's own documents, ``document_id``; ``site`` is the address's host,
    ``date`` as the source writes it.
    """

    title: str
    text: str
    url: str = ""
    site: str = ""
    date: str = ""
    document_id: str = ""


@dataclass(frozen=True)
class Source(Found):
    """``number`` counts from 1 within the turn; the same address keeps its number."""

    number: int = 0
