"""What n-grams are counted in: a book that is free of rights, one's own text, or a document of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

from errors import TrainingTextMissing
from playground.ngrams import MAX_TRAINING_CHARACTERS
from safety.surrogates import without_surrogates
from storage.document_records import Page

FOLDER = Path(__file__).parent / "training"


# The first chapter and the windmills of Don Quijote (Cervantes, 1605), the first two of Alice (Carroll, 1865).
Book: TypeAlias = Literal["quijote", "alice"]
Source: TypeAlias = Literal[Book, "own", "document"]


class Pages(Protocol):
    """What this needs of the documents; ``storage.passages.PassageStore`` is one. The call blocks."""

    def pages(self, owner: str, document_id: str) -> Sequence[Page]:
        """In their order. Raises DocumentNotFound, also for what is another's."""


def book(name: Book) -> str:
    """A text that comes with Tertulia."""
    return (FOLDER / f"{name}.txt").read_text(encoding="utf-8")


def document_text(pages: Pages, owner: str, document_id: str) -> str:
    """The text of the owner's document, as much as is counted and a character more. Raises DocumentNotFound."""
    text, missing = list[str](), MAX_TRAINING_CHARACTERS + 1
    for page in pages.pages(owner, document_id):
        text.append(page.text[:missing])
        missing -= len(text[-1]) + 1
        if missing <= 0:
            break
    return without_surrogates("\n".join(text))


def checked_training(text: str) -> str:
    """``text`` unless there is no word in it; then raises TrainingTextMissing."""
    if not text.strip():
        raise TrainingTextMissing
    return text
