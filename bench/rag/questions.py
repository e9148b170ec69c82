"""XQuAD: paragraphs with questions that one of them answers, the same in Spanish and English."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from bench.answer import NothingToMeasure
from storage.document_records import Page

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


@dataclass(frozen=True)
class Question:
    """``page`` holds the answer, from character ``start`` on."""

    text: str
    page: int
    answer: str
    start: int


@dataclass(frozen=True)
class Paragraphs:
    """Each paragraph is a page of its own; the questions of two languages are in the same order."""

    pages: tuple[Page, ...]
    questions: tuple[Question, ...]

    def first(self, num: int) -> Paragraphs:
        """The first ``num`` paragraphs, and what is asked of them."""
        return Paragraphs(self.pages[:num], tuple(one for one in self.questions if one.page <= num))


def paragraphs(language: str, folder: Path = DATA) -> Paragraphs:
    """Raises NothingToMeasure where the data is not."""
    try:
        content = json.loads((folder / f"xquad.{language}.dev.json").read_text(encoding="utf-8"))
    except OSError as error:
        raise NothingToMeasure(f"there is no XQuAD in {folder}") from error
    found = [paragraph for article in content["data"] for paragraph in article["paragraphs"]]
    pages = tuple(Page(number, paragraph["context"]) for number, paragraph in enumerate(found, start=1))
    questions = tuple(
        Question(asked["question"], number, asked["answers"][0]["text"], asked["answers"][0]["answer_start"])
        for number, paragraph in enumerate(found, start=1)
        for asked in paragraph["qas"]
    )
    return Paragraphs(pages, questions)
