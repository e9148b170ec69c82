"""Which passage each sentence of an answer comes from: aligned by code, so that no model's word is taken for it.

It tells where a sentence's words, numbers, names and meaning are found; it does not prove that the passage says so.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Protocol

from chains.evidence import StemmedWords, Traits, containment, counted_in, names_in, numbers_in, rarity, words_in
from chains.languages import content_words, language_of
from chains.sentences import Sentence, sentences
from storage.document_records import Passage, Vector

THRESHOLD = 0.56  # under it a sentence has no source; texts that were not given stay under it (bench/rag/citations.py)
WEIGHT_OF_MEANING = 0.85  # of the cosine alone, for what is said in other words or another language
PENALTY = 0.5  # for a number or a name that the passage does not have: takes any score under the threshold
MIN_PAIR = 0.8  # of the words: what two passages say together is believed only word by word
MIN_GAIN = 0.12  # of the words, for which the neighbouring sentence is marked too
MIN_CONTENT_WORDS = 2
MAX_LEAD_WORDS = 6  # of a greeting, or a line that only leads to a list
OWN_MARK = re.compile(r"\s?\[\d{1,3}(?:\s*[,;]\s*\d{1,3})*\]")  # a model's own reference: never believed
SMALL_TALK = re.compile(
    r"\W*(?:hola|hello|hi|buen[oa]s|gracias|thanks?|de nada|you're welcome|claro|por supuesto|of course|sure|certainly|"
    r"espero que|i hope|aquí (?:tienes|está)|here (?:is|are)|en resumen|in summary)\b",
    re.IGNORECASE,
)
NOT_FOUND = re.compile(
    r"\W*(?:(?:los|las|el) (?:pasajes?|documentos?|textos?) (?:\w+ )?no |"
    r"(?:the|these) (?:\w+ )?(?:passages?|documents?|text) (?:do|does|did)(?:n't| not) )",
    re.IGNORECASE,
)


class SentenceEmbedder(Protocol):
    """What this module needs of an embedder."""

    def embed_passages(self, texts: Sequence[str]) -> Vector:
        """A row of unit length for each text."""


@dataclass(frozen=True)
class Citation:
    """The sentence ``answer[start:end]`` and what supports it: ``page.text[source_start:source_end]``.

    ``passage`` is the number it was given to the model under, None when nothing supports the sentence. A sentence
    that two passages support together has two citations. ``needs_source`` False is a question, a greeting, a heading:
    it is shown without a mark.
    """

    start: int
    end: int
    passage: int | None = None
    score: float = 0.0
    source_start: int = 0
    source_end: int = 0
    needs_source: bool = True


@dataclass(frozen=True)
class NumberedPassage:
    """A passage under the number that a conversation knows it by."""

    number: int
    passage: Passage


@dataclass(frozen=True)
class _Stretch:
    """One sentence of a passage: ``source`` is its place among the passages, the offsets are the page's."""

    source: int
    start: int
    end: int
    traits: Traits


@dataclass(frozen=True)
class _Support:
    passage: int
    score: float
    start: int
    end: int


class Citer:
    """Cites an answer from what it was given, again and again while it grows; sentences it knows cost nothing.

    ``embedder`` None compares words alone. Blocks; threads wait for each other.
    """

    def __init__(self, given: Sequence[NumberedPassage], embedder: SentenceEmbedder | None) -> None:
        self._given = tuple(given)
        self._embedder = embedder
        self._words = StemmedWords()
        self._stretches: dict[str, tuple[_Stretch, ...]] = {}
        self._vectors: Vector | None = None
        self._known: dict[tuple[str, str], tuple[_Support, ...]] = {}
        self._turn = threading.Lock()  # whoever is cancelled leaves a thread behind that still cites

    def _prepare(self, language: str) -> None:
        """Do once what does not depend on the answer."""
        stretches = self._stretches_in(language)
        if self._embedder is not None and self._vectors is None and stretches:
            self._vectors = self._embedder.embed_passages([stretch.traits.text for stretch in stretches])

    def cite(self, answer: str, *, is_whole: bool = True) -> tuple[Citation, ...]:
        """A citation at least for each finished sentence of ``answer``, in order."""
        finished = [one for one in sentences(answer, is_whole=is_whole) if one.is_finished]
        if not finished:
            return ()
        language = language_of(answer, "es")
        with self._turn:
            self._prepare(language)
            return tuple(citation for one in finished for citation in self._cited(answer, one, language))

    def _cited(self, answer: str, sentence: Sentence, language: str) -> list[Citation]:
        text = OWN_MARK.sub("", answer[sentence.start : sentence.end])
        place = (sentence.start, sentence.end)
        if not _needs_source(text, sentence.kind):
            return [Citation(*place, needs_source=False)]
        key = (text, language)
        if key not in self._known:
            self._known[key] = self._supports(text, language)
        found = self._known[key]
        return [Citation(*place, one.passage, one.score, one.start, one.end) for one in found] or [Citation(*place)]

    def _supports(self, text: str, language: str) -> tuple[_Support, ...]:
        stretches = self._stretches_in(language)
        if not stretches:
            return ()
        traits = Traits(text, self._words.of(text, language))
        weights = rarity(traits.stems, [stretch.traits for stretch in stretches])
        words = [containment(traits, [stretch.traits], weights) for stretch in stretches]
        cosines = self._cosines(text, len(stretches))
        scores = [_score(word, cosine) for word, cosine in zip(words, cosines, strict=True)]
        one = self._single(traits, weights, scores, language)
        if one is not None:
            return (one,)
        return self._pair(traits, weights, words)

    def _single(
        self, traits: Traits, weights: dict[str, float], scores: Sequence[float], language: str
    ) -> _Support | None:
        """The best stretch of one passage that has all the sentence's numbers and names."""
        stretches = self._stretches_in(language)
        for index in sorted(range(len(scores)), key=lambda at: -scores[at])[:3]:
            chosen = self._widened(traits, weights, index, stretches)
            number = self._given[stretches[index].source].number
            together = containment(traits, [stretches[at].traits for at in chosen], weights)
            score = max(scores[index], together) * self._trust(traits.text, [stretches[index].source], language)
            if score >= THRESHOLD:
                start, end = stretches[chosen[0]].start, stretches[chosen[-1]].end
                return _Support(number, round(score, 3), start, end)
        return None

    def _widened(
        self, traits: Traits, weights: dict[str, float], index: int, stretches: Sequence[_Stretch]
    ) -> list[int]:
        """``index`` with the neighbours in its passage that add to what it holds of the sentence."""
        chosen = [index]
        held = containment(traits, [stretches[index].traits], weights)
        for other in (index - 1, index + 1):
            if 0 <= other < len(stretches) and stretches[other].source == stretches[index].source:
                together = containment(traits, [stretches[at].traits for at in (*chosen, other)], weights)
                if together - held >= MIN_GAIN:
                    chosen, held = sorted((*chosen, other)), together
        return chosen

    def _pair(self, traits: Traits, weights: dict[str, float], words: Sequence[float]) -> tuple[_Support, ...]:
        """Two passages that hold the sentence together, word by word."""
        stretches = next(iter(self._stretches.values()))
        best: dict[int, int] = {}
        for index, stretch in enumerate(stretches):
            if stretch.source not in best or words[index] > words[best[stretch.source]]:
                best[stretch.source] = index
        leading = sorted(best.values(), key=lambda at: -words[at])[:3]
        for pair in combinations(sorted(leading), 2):
            score = containment(traits, [stretches[at].traits for at in pair], weights)
            sources = [stretches[at].source for at in pair]
            if score * self._trust(traits.text, sources, "") >= MIN_PAIR:
                return tuple(
                    _Support(self._given[stretches[at].source].number, round(score, 3), *_place(stretches[at]))
                    for at in pair
                )
        return ()

    def _trust(self, text: str, sources: Sequence[int], language: str) -> float:
        """1, or PENALTY when a number is nowhere in ``sources``, or a name in one of the same language."""
        passages = [self._given[source].passage for source in sources]
        whole = "\n".join(part for one in passages for part in (one.document_name, *one.chunk.headings, one.chunk.text))
        if not numbers_in(text) <= numbers_in(whole) | counted_in(whole):
            return PENALTY
        is_same_language = not language or language_of(whole, language) == language
        return PENALTY if is_same_language and not names_in(text) <= words_in(whole) else 1.0

    def _cosines(self, text: str, num: int) -> Sequence[float]:
        if self._embedder is None or self._vectors is None:
            return [0.0] * num
        return [float(cosine) for cosine in self._vectors @ self._embedder.embed_passages([text])[0]]

    def _stretches_in(self, language: str) -> tuple[_Stretch, ...]:
        if language not in self._stretches:
            self._stretches[language] = tuple(
                _Stretch(source, chunk.start + one.start, chunk.start + one.end, Traits(text, stems))
                for source, chunk in enumerate(given.passage.chunk for given in self._given)
                for one in sentences(chunk.text)
                for text in [chunk.text[one.start : one.end]]
                for stems in [self._words.of(text, language)]
            )
        return self._stretches[language]


def cite(answer: str, given: Sequence[NumberedPassage], embedder: SentenceEmbedder | None) -> tuple[Citation, ...]:
    """Cite a whole answer once. Blocks."""
    return Citer(given, embedder).cite(answer)


def _needs_source(text: str, kind: str) -> bool:
    words, end = content_words(text), text.rstrip(" \"'»”)*_")[-1:]
    if kind in {"heading", "code"} or end == "?" or NOT_FOUND.match(text):
        return False
    if len(words) <= MAX_LEAD_WORDS and (end == ":" or SMALL_TALK.match(text)) and not numbers_in(text):
        return False
    return len(words) >= MIN_CONTENT_WORDS or bool(numbers_in(text))


def _score(words: float, cosine: float) -> float:
    return max(words, (words + cosine) / 2, WEIGHT_OF_MEANING * cosine)


def _place(stretch: _Stretch) -> tuple[int, int]:
    return stretch.start, stretch.end
