"""What one text shows of another: shared words, letters, numbers and names. Pure comparison, no model."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import Stemmer  # type: ignore[import-not-found]

GRAM_LENGTH = 4
SHARE_OF_WORDS = 0.65  # of the score of words; the rest is that of letters
WORD = re.compile(r"[^\W_]+")
NUMBER = re.compile(r"\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?![\d.,])|\d+(?:[.,]\d+)*")
GROUPED = re.compile(r"\d{1,3}(?:[.,\s]\d{3})+")
NAME = re.compile(r"[^\W\d_]*[A-ZÁÉÍÓÚÜÑ][^\W_]+")
SPELLED = """
    cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce
    zero one two three four five six seven eight nine ten eleven twelve
"""
COUNTED = {word: str(at % 13) for at, word in enumerate(SPELLED.split())}  # what another text writes in digits
STEMMERS = {"es": "spanish", "en": "english"}


def folded(text: str) -> str:
    """``text`` in lower case without accents."""
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def numbers_in(text: str) -> frozenset[str]:
    """Numbers in one writing: 1,000 and 1.000 are 1000, 3,5 is 3.5."""
    return frozenset(
        re.sub(r"\D", "", number) if GROUPED.fullmatch(number) else number.replace(",", ".")
        for number in NUMBER.findall(text)
    )


def words_in(text: str) -> frozenset[str]:
    """The words of ``text``, folded."""
    return frozenset(WORD.findall(folded(text)))


def counted_in(text: str) -> frozenset[str]:
    """The small numbers that ``text`` spells out."""
    return frozenset(COUNTED[word] for word in words_in(text) if word in COUNTED)


def names_in(text: str) -> frozenset[str]:
    """Folded words with a capital letter, but for the first word of the text and of what stands in quotes."""
    found: set[str] = set()
    for match in NAME.finditer(text):
        before = text[: match.start()].rstrip(" \"'«“‘([*_`¿¡-–—|")
        if before and before[-1] not in ".!?:;\n":
            found.add(folded(match[0]))
    return frozenset(found)


class StemmedWords:
    """Stems of words by language. Not for several threads at once: a stemmer keeps state."""

    def __init__(self) -> None:
        self._stemmers = {language: Stemmer.Stemmer(name) for language, name in STEMMERS.items()}

    def of(self, text: str, language: str) -> frozenset[str]:
        stemmer = self._stemmers.get(language) or self._stemmers["en"]
        return frozenset(map(folded, stemmer.stemWords(WORD.findall(text.lower()))))


@dataclass(frozen=True)
class Traits:
    """What is compared of a text."""

    text: str
    stems: frozenset[str]

    @cached_property
    def grams(self) -> frozenset[str]:
        letters = " ".join(WORD.findall(folded(self.text)))
        return frozenset(letters[at : at + GRAM_LENGTH] for at in range(max(1, len(letters) - GRAM_LENGTH + 1)))


def rarity(stems: Iterable[str], texts: Sequence[Traits]) -> dict[str, float]:
    """A weight for each stem: the fewer of ``texts`` hold it, the more it says."""
    counts = Counter(stem for text in texts for stem in text.stems)
    return {stem: math.log(1 + len(texts) / (1 + counts[stem])) for stem in stems}


def containment(sentence: Traits, sources: Sequence[Traits], weights: Mapping[str, float]) -> float:
    """How much of ``sentence`` stands in ``sources`` together, 0 to 1, by its words' weights and its letters."""
    total = sum(weights[stem] for stem in sentence.stems)
    if not total or not sources:
        return 0.0
    shared = sum(weights[stem] for stem in sentence.stems if any(stem in source.stems for source in sources))
    letters = sum(any(gram in source.grams for source in sources) for gram in sentence.grams) / len(sentence.grams)
    return SHARE_OF_WORDS * shared / total + (1 - SHARE_OF_WORDS) * letters
