"""The same beginning gone on with by counted n-grams and by the model: what either may say next, what either wrote."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import TypeAlias

from models.sample_batch import SampledToken
from models.sampling import SamplingParams
from playground.exports import Row, Table
from playground.next_words import ModelWords
from playground.ngrams import (
    MAX_TRAINING_CHARACTERS,
    NextWords,
    NgramModel,
    TrainingFacts,
    WrittenWord,
    pieces,
    words_of,
)
from playground.panel_options import NgramsOptions
from playground.positions import PromptText
from playground.samples import Sampler
from playground.training_texts import checked_training

NUM_SHOWN = 10
TOKENS_PER_WORD = 3  # so many are asked for at the most; the model is stopped once the words are there
MAX_HALVES = 64

Tokens: TypeAlias = tuple[SampledToken, ...]


@dataclass(frozen=True)
class NgramHalf:
    """What the n-grams say after a beginning; ``num_copied`` words in a row stand in the training text, too."""

    facts: TrainingFacts
    next_words: NextWords
    written: tuple[WrittenWord, ...]
    num_copied: int

    @property
    def text(self) -> str:
        return "".join(pieces(one.word for one in self.written))


@dataclass(frozen=True)
class ModelHalf:
    """What the model says after it; None and nothing while it has not spoken yet."""

    words: ModelWords | None = None
    tokens: Tokens = ()

    @property
    def text(self) -> str:
        """Half a character at the end is left out."""
        return text_of(self.tokens)


@dataclass(frozen=True)
class NgramComparison:
    """``model_counts`` tell of each word of the model how often the n-grams saw it there, after as many words.

    ``model_copied`` of its words in a row stand in the training text. ``is_cut``: that was longer than what is counted.
    """

    options: NgramsOptions
    ngrams: NgramHalf
    model: ModelHalf
    model_counts: tuple[int, ...]
    model_copied: int
    is_cut: bool = False


@dataclass(frozen=True)
class Beginning:
    """What both go on from. ``seed`` is that of both texts."""

    text: str
    seed: int

    @property
    def prompt(self) -> PromptText:
        """For the model: a text to go on with as it is."""
        return PromptText(self.text)


class Counting:
    """n-grams of ``training``; making it and calling it take a while where that is long. Raises TrainingTextMissing."""

    def __init__(self, training: str, options: NgramsOptions) -> None:
        self._options = options
        self._is_cut = len(training) > MAX_TRAINING_CHARACTERS
        self._model = NgramModel(checked_training(training), options.n, options.k)

    def go_on(self, beginning: Beginning) -> NgramHalf:
        """What the n-grams say."""
        before = words_of(beginning.text)
        written = self._model.write(before, self._options.num_words, beginning.seed)
        copied = self._model.longest_copy([one.word for one in written])
        return NgramHalf(self._model.facts, self._model.next_words(before, NUM_SHOWN), written, copied)

    def compare(self, ngrams: NgramHalf, model: ModelHalf) -> NgramComparison:
        """Both, and what of the model's words stands in the training text."""
        said = model.words.words if model.words else ()
        counts = tuple(self._model.count_after(ngrams.next_words.context, one.word) for one in said)
        copied = self._model.longest_copy(words_of(model.text))
        return NgramComparison(self._options, ngrams, model, counts, copied, self._is_cut)


class ModelHalves:
    """Whole ones that were heard lately, so that another n needs no pass of the model. For one thread."""

    def __init__(self) -> None:
        self._halves: OrderedDict[tuple[str, str, Beginning, int], ModelHalf] = OrderedDict()

    def get(self, owner: str, fingerprint: str, beginning: Beginning, num_words: int) -> ModelHalf | None:
        """What ``keep`` was given, if it is still here."""
        return self._halves.get((owner, fingerprint, beginning, num_words))

    def keep(self, owner: str, fingerprint: str, beginning: Beginning, num_words: int, half: ModelHalf) -> None:
        """The oldest makes room."""
        self._halves[owner, fingerprint, beginning, num_words] = half
        if len(self._halves) > MAX_HALVES:
            self._halves.popitem(last=False)


def plain_sampling(seed: int, num_words: int) -> SamplingParams:
    """How the model draws to be compared: by its own probabilities, nothing cut away."""
    max_tokens = TOKENS_PER_WORD * num_words
    return SamplingParams(temperature=1.0, top_k=0, top_p=1.0, min_p=0.0, seed=seed, max_tokens=max_tokens)


async def written_by_model(
    sampler: Sampler, owner: str, beginning: Beginning, num_words: int
) -> AsyncGenerator[Tokens, None]:
    """What the model goes on with, longer and longer, until there are so many words or it ends."""
    tokens: Tokens = ()
    samples = sampler.run(owner, beginning.text, (), [plain_sampling(beginning.seed, num_words)])
    async with aclosing(samples):
        async for update in samples:
            for token in update.tokens:
                if len(words_of(text_of((*tokens, token)))) > num_words:
                    return
                tokens = (*tokens, token)
            yield tokens


def text_of(tokens: Tokens) -> str:
    """Without the bytes of a character that is not whole."""
    return b"".join(token.token_bytes for token in tokens).decode(errors="ignore")


def comparison_table(found: NgramComparison) -> Table:
    """For files: the next words of both, and what both wrote."""
    by_ngrams = {one.word: one for one in found.ngrams.next_words.words}
    said = found.model.words.words if found.model.words else ()
    by_model = {one.word: (count, one.probability) for one, count in zip(said, found.model_counts, strict=True)}
    rows: list[Row] = []
    for word in dict.fromkeys((*by_ngrams, *by_model)):
        counted, (count, probability) = by_ngrams.get(word), by_model.get(word, (0, None))
        rows.append(
            {
                "word": word,
                "count": counted.count if counted else count,
                "n-gram probability": _chance(found, counted.count if counted else count),
                "model probability": probability,
            }
        )
    context = found.ngrams.next_words
    summary = {
        "context": " ".join(context.context),
        "num_context": context.num_context,
        "num_different_words": context.num_words,
        "training": vars(found.ngrams.facts),
        "ngram_text": found.ngrams.text,
        "ngram_words_copied": found.ngrams.num_copied,
        "model_text": found.model.text,
        "model_words_copied": found.model_copied,
    }
    return Table(tuple(rows), summary)


def _chance(found: NgramComparison, count: int) -> float:
    context = found.ngrams.next_words
    total = context.num_context + context.k * context.num_words
    return (count + context.k) / total if total else 0.0
