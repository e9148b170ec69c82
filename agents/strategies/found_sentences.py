"""Sentences in what tools found, those first that have most to do with a question."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from agents.source_book import MARK
from chains.evidence import StemmedWords, Traits, containment, names_in, numbers_in, rarity, words_in
from chains.languages import content_words
from chains.sentences import sentences

HEADING = re.compile(r"\[(\d{1,3})\] (.*)")
ADDRESS = re.compile(r"https?://\S+$")
MAX_SENTENCES = 120  # looked at
MIN_WORDS = 4
MAX_CHARACTERS = 360
SHARE_OF_TITLE = 0.3  # a page's title says what its sentences leave out
SHARE_OF_NEXT = 0.3  # and so do the sentences beside them
AGREED = 0.4  # what several sources name is likelier the answer
LETTERS_OF_BEGINNING = 5
NEWS = 0.1  # a sentence that adds no name and no number to the question can hardly answer it
NOT_WANTED = 0.4  # what is left of the score of one without the kind of answer that is asked for
NOT_NOW = 0.6  # or of one about what was, when the question is about what is
MEANS_ONE_BEFORE = re.compile(
    r"(?:its?|he|she|his|her|they|their|su|sus|él|ella|es|tiene|mide|cuenta|naci[oó]|fue) ", re.I
)
NAMES_IN_A_ROW = re.compile(r"(?:\b[A-ZÁÉÍÓÚÜÑ][^\W\d_]+ ){1,4}[A-ZÁÉÍÓÚÜÑ][^\W\d_]+")
WANTS_NUMBER = re.compile(
    r"\b(?:how (?:many|much|old|long|tall|high|far|big|large)|when|what year|age|date|price|population|height"
    r"|cu[aá]nt[oa]s?|cu[aá]ndo|edad|qu[eé] a[nñ]o|fecha|precio|poblaci[oó]n|altura|mide)\b",
    re.IGNORECASE,
)
WANTS_NAME = re.compile(r"\b(?:who|whom|whose|president|author|qui[eé]n(?:es)?|president[ea]|autora?)\b", re.IGNORECASE)
WANTS_PLACE = re.compile(r"\b(?:where|which|capital|d[oó]nde)\b", re.IGNORECASE)
WAS = re.compile(
    r"\b(?:was (?!sworn|born|elected|appointed|established|measured)|were|former(?:ly)?|until|between \d{4} and \d{4}"
    r"|fue (?!elegid|nombrad|establecid|medid)|fueron|era|eran|hasta|anterior|entre \d{4} y \d{4})",
    re.IGNORECASE,
)
ASKS_ABOUT_THEN = re.compile(
    r"\b(?:was|were|did|had|first|last|former|ex|fue|fueron|era|eran|hab[ií]a|primer[oa]?|[uú]ltim[oa]|anterior|[12]\d{3}"
    r"|\w+[aei]ron|[^\W\d_]+(?:[oó]|i[oó])|invented|wrote|discovered|founded|won|died|born|happened|ended|began)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class TextOfSource:
    """What the model was told of source ``number``; 0 is none."""

    number: int
    title: str
    url: str
    text: str


@dataclass(frozen=True)
class FoundSentence:
    """``number`` is its source's; ``score`` says how much it has to do with the question."""

    text: str
    number: int
    title: str = ""
    score: float = 0.0

    @property
    def cited(self) -> str:
        return f"{self.text} [{self.number}]" if self.number else self.text


def news_of(question: str, sentence: FoundSentence) -> frozenset[str]:
    """Names that ``question`` does not hold: whom the sentence, or its page, is about."""
    return _News.of(question, sentence.text).names | _News.of(question, sentence.title).names


def sources_in(told: str) -> tuple[TextOfSource, ...]:
    """The sources that a result tells of, as ``agents.source_book.told`` writes them.

    Text of others cannot pass for a heading: each of its lines stands behind a mark.
    """
    found: list[TextOfSource] = []
    for line in told.splitlines():
        heading = HEADING.match(line)
        if heading:
            found.append(TextOfSource(int(heading[1]), heading[2], "", ""))
        elif found and line.startswith(MARK.rstrip()):
            found[-1] = _with_line(found[-1], line.removeprefix(MARK.rstrip()).strip())
        elif found and ADDRESS.match(line) and not found[-1].text:
            found[-1] = TextOfSource(found[-1].number, found[-1].title, line.strip(), "")
    return tuple(found)


def ranked(question: str, language: str, sources: Sequence[TextOfSource]) -> tuple[FoundSentence, ...]:
    """The sentences of ``sources``, the best first."""
    found = _sentences(sources)[:MAX_SENTENCES]
    closeness = _closeness(question, language, found)
    news = [_News.of(question, one.text) for one in found]
    agreement = _agreement([(one.number, new) for one, new in zip(found, news, strict=True)])
    scored: list[FoundSentence] = []
    for at, (one, new) in enumerate(zip(found, news, strict=True)):
        before, after = _close_beside(found, closeness, at)
        score = closeness[at] + SHARE_OF_NEXT * max(before, after)
        if score:
            score += AGREED * max((agreement[item] for item in new.items), default=0.0) + (NEWS if new.items else 0.0)
        scored.append(replace(one, score=score * _fitness(question, one.text, new)))
    return tuple(sorted(scored, key=lambda one: -one.score))


def _with_line(source: TextOfSource, line: str) -> TextOfSource:
    return TextOfSource(source.number, source.title, source.url, f"{source.text}\n{line}" if source.text else line)


def _sentences(sources: Sequence[TextOfSource]) -> list[FoundSentence]:
    """Each once; one that means what the one before it named comes with that one."""
    found: dict[str, FoundSentence] = {}
    for source in sources:
        before = ""
        for sentence in sentences(source.text):
            text = " ".join(source.text[sentence.start : sentence.end].split())
            is_prose = sentence.kind == "prose" and len(text.split()) >= MIN_WORDS and not text.endswith("?")
            if is_prose and len(text) <= MAX_CHARACTERS:
                joined = f"{before} {text}" if before and MEANS_ONE_BEFORE.match(text) else text
                told = joined if len(joined) <= MAX_CHARACTERS else text
                found.setdefault(told, FoundSentence(told, source.number, source.title))
            before = text if is_prose else ""
    return list(found.values())


def _closeness(question: str, language: str, found: Sequence[FoundSentence]) -> list[float]:
    """How many of the question's words each sentence holds, or the title above it."""
    stemmed = StemmedWords()
    words = " ".join([*content_words(question), *re.findall(r"\d+", question)]) or question
    asked = Traits(words, stemmed.of(words, language))
    traits = [Traits(one.text, stemmed.of(one.text, language)) for one in found]
    titles = {one.title: Traits(one.title, stemmed.of(one.title, language)) for one in found}
    weights = rarity(asked.stems, traits)
    return [
        containment(asked, [trait], weights) + SHARE_OF_TITLE * containment(asked, [titles[one.title]], weights)
        for one, trait in zip(found, traits, strict=True)
    ]


def _close_beside(found: Sequence[FoundSentence], closeness: Sequence[float], at: int) -> tuple[float, float]:
    """Of the sentences before and after, where they are of the same source."""
    before, after = (
        closeness[by] if 0 <= by < len(found) and found[by].number == found[at].number else 0.0
        for by in (at - 1, at + 1)
    )
    return before, after


@dataclass(frozen=True)
class _News:
    """What a sentence adds to the question. ``is_named``: a name of two words, as people have."""

    names: frozenset[str]
    numbers: frozenset[str]
    is_named: bool

    @classmethod
    def of(cls, question: str, text: str) -> _News:
        known = _beginnings(words_in(question))
        named = names_in(text) | words_in(" ".join(content_words(_first_word(text))))
        names = frozenset(name for name in named if not known & _beginnings([name]))
        runs = (_beginnings(words_in(run[0])) for run in NAMES_IN_A_ROW.finditer(text))
        return cls(names, numbers_in(text) - numbers_in(question), any(run.isdisjoint(known) for run in runs))

    @property
    def items(self) -> frozenset[str]:
        return self.names | self.numbers


def _first_word(text: str) -> str:
    """As every sentence begins with a capital letter, ``names_in`` leaves it out."""
    first = text.partition(" ")[0]
    return first if first[:1].isupper() else ""


def _beginnings(words: Iterable[str]) -> frozenset[str]:
    """Argentine is no news to who asks about Argentina."""
    return frozenset(word[:LETTERS_OF_BEGINNING] for word in words)


def _agreement(news: Sequence[tuple[int, _News]]) -> dict[str, float]:
    """For each name and number, how many of the sources beyond its own hold it: 0 to 1."""
    holders = Counter(item for item, _ in {(item, number) for number, new in news for item in new.items})
    num_sources = len({number for number, _ in news})
    return {item: (count - 1) / max(1, num_sources - 1) for item, count in holders.items()}


def _fitness(question: str, text: str, new: _News) -> float:
    """A factor: whether ``text`` has what is asked for, and is about the time that is asked about."""
    if WANTS_NUMBER.search(question):
        lacks = not new.numbers
    elif WANTS_PLACE.search(question):
        lacks = not new.names
    else:
        lacks = WANTS_NAME.search(question) is not None and not new.is_named
    is_then = WAS.search(text) is not None and ASKS_ABOUT_THEN.search(question) is None
    return (NOT_WANTED if lacks else 1.0) * (NOT_NOW if is_then else 1.0)
