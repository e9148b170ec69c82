"""Answers that are sentences of the passages word for word: by a grammar, or chosen here where a model takes none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chains.evidence import StemmedWords, Traits, containment, rarity
from chains.sentences import sentences
from models.choice_grammar import choice_grammar
from rag.citations import Citation, NumberedPassage, SentenceEmbedder

MAX_QUOTES = 3
MAX_SENTENCES = 80  # looked at, of the best passages
MAX_CHOICES = 6  # among which a model may choose: a small one would take any
MIN_WORDS = 4
MAX_CHARACTERS = 500
BEFORE_QUOTE = "> "
BETWEEN_QUOTES = "\n\n"
NEAR_BEST = 0.8  # of the best sentence's score: what is worse is not quoted beside it


@dataclass(frozen=True)
class Quote:
    """``text`` is ``page.text[start:end]`` with its spaces made one; ``passage`` is the number it was given under."""

    text: str
    passage: int
    start: int
    end: int


def quotable(given: Sequence[NumberedPassage]) -> tuple[Quote, ...]:
    """The sentences of the passages, each once."""
    quotes: dict[str, Quote] = {}
    for one in given:
        chunk = one.passage.chunk
        for sentence in sentences(chunk.text):
            text = " ".join(chunk.text[sentence.start : sentence.end].split())
            if sentence.kind == "prose" and len(text.split()) >= MIN_WORDS and len(text) <= MAX_CHARACTERS:
                place = (chunk.start + sentence.start, chunk.start + sentence.end)
                quotes.setdefault(text, Quote(text, one.number, *place))
    return tuple(quotes.values())[:MAX_SENTENCES]


def quote_grammar(quotes: Sequence[Quote]) -> str:
    """GBNF of one to MAX_QUOTES of ``quotes``."""
    return choice_grammar([BEFORE_QUOTE + quote.text for quote in quotes], MAX_QUOTES, BETWEEN_QUOTES)


def quoted(quotes: Sequence[Quote]) -> str:
    """The answer that says ``quotes``, as the grammar would have it."""
    return BETWEEN_QUOTES.join(BEFORE_QUOTE + quote.text for quote in quotes)


def nearest_quotes(
    question: str, language: str, quotes: Sequence[Quote], embedder: SentenceEmbedder | None
) -> tuple[Quote, ...]:
    """The MAX_CHOICES that have most to do with ``question``, best first. Blocks."""
    return tuple(quotes[at] for at, _ in _ranked(question, language, quotes, embedder)[:MAX_CHOICES])


def best_quotes(
    question: str, language: str, quotes: Sequence[Quote], embedder: SentenceEmbedder | None
) -> tuple[Quote, ...]:
    """At most MAX_QUOTES of those that have most to do with ``question``, in the order given. Blocks."""
    best = _ranked(question, language, quotes, embedder)[:MAX_QUOTES]
    return tuple(quotes[at] for at, score in sorted(best) if score >= NEAR_BEST * best[0][1])


def _ranked(
    question: str, language: str, quotes: Sequence[Quote], embedder: SentenceEmbedder | None
) -> list[tuple[int, float]]:
    words = StemmedWords()
    asked = Traits(question, words.of(question, language))
    traits = [Traits(quote.text, words.of(quote.text, language)) for quote in quotes]
    weights = rarity(asked.stems, traits)
    scores = [containment(asked, [one], weights) for one in traits]
    if embedder is not None and quotes:
        first, *others = embedder.embed_passages([question, *(quote.text for quote in quotes)])
        scores = [score + float(first @ other) for score, other in zip(scores, others, strict=True)]
    return sorted(enumerate(scores), key=lambda one: -one[1])


def cited_quotes(answer: str, quotes: Sequence[Quote]) -> tuple[Citation, ...]:
    """Where each quotation of ``answer`` is from; the last may be cut."""
    citations, start = [], 0
    for paragraph in answer.split(BETWEEN_QUOTES):
        text = paragraph.removeprefix(BEFORE_QUOTE)
        source = next((quote for quote in quotes if text and quote.text.startswith(text)), None)
        place = (start + len(paragraph) - len(text), start + len(paragraph))
        if source is not None:
            citations.append(Citation(*place, source.passage, 1.0, source.start, source.end))
        elif text.strip():
            citations.append(Citation(*place))
        start += len(paragraph) + len(BETWEEN_QUOTES)
    return tuple(citations)
