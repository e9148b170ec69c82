"""How often a citation names the right passage, on answers made of sentences of known passages; no model is asked.

Of XQuAD (``xquad.LANGUAGE.dev.json``): each answer stands among the five passages nearest to its own. Answers are
copied, shortened, mixed of two passages, and asked across the languages; made of a passage that was not given they
must come out without a source.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.answer import NothingToMeasure
from bench.rag.setup import Setup
from chains.sentences import sentences
from rag.citations import Citer, NumberedPassage, SentenceEmbedder
from storage.document_records import Chunk, Passage, Vector

NUM_GIVEN = 5
MIN_WORDS = 5
WAYS = ("copied", "shortened", "mixed")
LANGUAGES = ("es", "en")


@dataclass(frozen=True)
class Case:
    """``parts`` are the sentences of an answer, each with the number of its passage, None when it was not given."""

    parts: tuple[tuple[str, int | None], ...]
    given: tuple[NumberedPassage, ...]


@dataclass(frozen=True)
class Texts:
    """The paragraphs of one language, and their vectors."""

    paragraphs: tuple[str, ...]
    vectors: Vector

    def sentences_of(self, index: int) -> list[str]:
        text = self.paragraphs[index]
        found = (text[one.start : one.end] for one in sentences(text))
        return [one for one in found if len(one.split()) >= MIN_WORDS]

    def nearest(self, index: int) -> list[int]:
        """The others, nearest first."""
        order = np.argsort(-(self.vectors @ self.vectors[index]))
        return [int(other) for other in order if other != index]


def measure_citations(setup: Setup, _: int) -> None:
    if not setup.data.is_dir():
        raise NothingToMeasure(f"there is no XQuAD in {setup.data}")
    figures = citation_figures(setup.data, setup.embedder, setup.plan.answers)
    setup.record.add(**{f"citations__{key}": value for key, value in figures.items()})


def citation_figures(data: Path, embedder: SentenceEmbedder, num_answers: int) -> dict[str, float]:
    """Share of sentences cited to the right passage and to no other, by language and way; of ``absent`` ones the share
    that got any source. ``precision`` is the mean over what is copied, shortened and mixed."""
    texts = {language: _texts(data, language, embedder) for language in LANGUAGES}
    figures: dict[str, float] = {}
    for language, other in (("es", "en"), ("en", "es")):
        own = texts[language]
        for way, given in (*((way, own) for way in WAYS), (f"from_{other}", texts[other])):
            figures[f"{language}_{way}"] = _share_right(_cases(own, given, way, num_answers), embedder)
        for way, given in (("absent", own), ("absent_other_language", texts[other])):
            figures[f"{language}_{way}"] = 1 - _share_right(_cases(own, given, way, num_answers), embedder)
    known = [figures[f"{language}_{way}"] for language in LANGUAGES for way in WAYS]
    return figures | {"precision": sum(known) / len(known)}


def _texts(data: Path, language: str, embedder: SentenceEmbedder) -> Texts:
    content = json.loads((data / f"xquad.{language}.dev.json").read_text(encoding="utf-8"))
    paragraphs = [paragraph["context"] for article in content["data"] for paragraph in article["paragraphs"]]
    clean = tuple(text.lstrip("\ufeff") for text in paragraphs)
    return Texts(clean, embedder.embed_passages(clean))


def _share_right(cases: Iterator[Case], embedder: SentenceEmbedder) -> float:
    right = total = 0
    for case in cases:
        answer = " ".join(text for text, _ in case.parts)
        found: dict[int, set[int | None]] = {}
        for citation in Citer(case.given, embedder).cite(answer):
            for start, end in [(citation.start, citation.end)]:
                found.setdefault(_part_at(case.parts, (start + end) // 2), set()).add(citation.passage)
        right += sum(found.get(index) == {number} for index, (_, number) in enumerate(case.parts))
        total += len(case.parts)
    return right / total


def _part_at(parts: Sequence[tuple[str, int | None]], offset: int) -> int:
    """The index of the part in which ``offset`` of the answer lies."""
    end = 0
    for index, (text, _) in enumerate(parts):
        end += len(text) + 1
        if offset < end:
            return index
    return len(parts) - 1


def _cases(own: Texts, given: Texts, way: str, num_answers: int) -> Iterator[Case]:
    """Answers of sentences of ``own`` among passages of ``given``, the same ones in every run."""
    draw = random.Random(way)
    for _ in range(num_answers):
        index = draw.randrange(len(own.paragraphs))
        if not own.sentences_of(index):
            continue
        nearest = own.nearest(index)
        if way.startswith("absent"):
            yield _case({index: draw.choice(own.sentences_of(index))}, nearest[:NUM_GIVEN], given, draw)
            continue
        chosen = [index, draw.choice(nearest[: NUM_GIVEN - 1])] if way == "mixed" else [index]
        drawn = {one: draw.choice(own.sentences_of(one) or [""]) for one in chosen}
        drawn = {one: shortened(text) if way == "shortened" else text for one, text in drawn.items() if text}
        yield _case(drawn, [index, *nearest[: NUM_GIVEN - 1]], given, draw)


def _case(drawn: Mapping[int, str], indexes: Sequence[int], given: Texts, draw: random.Random) -> Case:
    order = draw.sample(list(indexes), len(indexes))
    numbers = {index: number for number, index in enumerate(order, 1)}
    passages = tuple(NumberedPassage(numbers[index], _passage(index, given.paragraphs[index])) for index in order)
    return Case(tuple((text, numbers.get(index)) for index, text in drawn.items()), passages)


def _passage(index: int, text: str) -> Passage:
    return Passage(index, f"d{index}", "text", "", Chunk(index, 1, 0, len(text), text))


def shortened(text: str) -> str:
    """``text`` without what stands in parentheses, and without the clauses of its end."""
    plain = re.sub(r"\s*\([^)]*\)", "", text).rstrip(".!?")
    comma = plain.find(",", len(plain) // 3)
    if comma > 0 and len(plain[:comma].split()) >= MIN_WORDS:
        return f"{plain[:comma]}."
    words = plain.split()
    return " ".join(words[: max(MIN_WORDS, len(words) * 7 // 10)]).rstrip(",;:") + "."
