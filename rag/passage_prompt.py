"""Lays passages into a prompt: numbered, marked as data line by line, and no more of them than the window holds.

Passages stand before the turns of a conversation and keep their place and number in it, so that the model's cache of
the beginning holds over follow-up questions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from chains.composition import Composition, Frame, Section, Turn, compose
from chains.memory import Fitted, ReadPrompt, fit
from chains.options import ConversationOptions
from chains.run_record import Part
from errors import PromptTooLong
from models.prompt_reading import PromptToken
from rag.citations import NumberedPassage
from rag.prompts import PAGE_LABEL, PASSAGES_HEADING
from storage.document_records import Passage

DATA_MARK = "| "  # before each line of a document, so that none of it can pass for a line of the prompt
MIN_GIVEN = 2  # passages that turns of the history make room for
MAX_EARLIER = 5  # passages of earlier questions that stay although they were not found again
MAX_NAME_CHARACTERS = 80


@dataclass(frozen=True)
class Given:
    """``passages`` in the order of the prompt; ``numbered`` are the ids of all that ever had a number, 1 first.

    ``ranks`` are the places of those found for this question, 1 for the best.
    """

    passages: tuple[NumberedPassage, ...]
    numbered: tuple[int, ...]
    ranks: Mapping[int, int]

    def without(self, numbers: set[int]) -> Given:
        return replace(self, passages=tuple(one for one in self.passages if one.number not in numbers))

    @property
    def earlier(self) -> set[int]:
        """The numbers of those that were not found for this question."""
        return {one.number for one in self.passages if one.passage.id not in self.ranks}

    @property
    def worst_first(self) -> list[NumberedPassage]:
        return sorted(self.passages, key=lambda one: -self.ranks.get(one.passage.id, len(self.ranks) + 1))


def numbered_passages(found: Sequence[Passage], earlier: Sequence[Passage], numbered: Sequence[int]) -> Given:
    """``found``, best first, beside the ``earlier`` ones of a conversation that knows the ids ``numbered``.

    Those without a number are numbered by document and position. Earlier ones that were not found again stay while
    they are few; then all of them go at once, for the cache is lost from the first that goes.
    """
    ids = {passage.id for passage in found}
    again = [passage for passage in earlier if passage.id not in ids]
    kept = again if len(again) <= MAX_EARLIER else []
    new = [passage for passage in found if passage.id not in numbered]
    new.sort(key=lambda one: (one.document_name, one.document_id, one.chunk.number))
    known = (*numbered, *(passage.id for passage in new))
    number_of = {passage_id: number for number, passage_id in enumerate(known, 1)}
    given = sorted((NumberedPassage(number_of[one.id], one) for one in (*found, *kept)), key=lambda one: one.number)
    return Given(tuple(given), known, {passage.id: rank for rank, passage in enumerate(found, 1)})


def passage_sections(given: Sequence[NumberedPassage], language: str) -> tuple[Section, ...]:
    """What is laid before the turns; nothing without passages."""
    if not given:
        return ()
    heading = Section(Part.PASSAGES, PASSAGES_HEADING[language])
    return (heading, *(Section(Part.PASSAGES, marked_lines(one.number, one.passage, language)) for one in given))


def marked_lines(number: int, passage: Passage, language: str) -> str:
    """A passage under its number, document and page; every line of the document's own text is marked as data."""
    places = [f"{PAGE_LABEL[language]} {passage.chunk.page}", *passage.chunk.headings]
    label = f"[{number}] “{_one_line(passage.document_name)}”, {_one_line(' > '.join(places))}"
    return "\n".join([label, *(DATA_MARK + line for line in passage.chunk.text.splitlines() if line.strip())])


def _one_line(text: str) -> str:
    """Names and headings are text of others too."""
    line = " ".join(text.replace("”", "'").split())
    return line if len(line) <= MAX_NAME_CHARACTERS else f"{line[: MAX_NAME_CHARACTERS - 1]}…"


@dataclass(frozen=True)
class Asking:
    """A ``question`` in ``language`` after ``turns``; ``system`` is the system prompt, without any text of others."""

    system: str
    turns: Sequence[Turn]
    question: str
    language: str
    options: ConversationOptions

    def composed(self, given: Given) -> tuple[Frame, Composition]:
        frame = Frame((Section(Part.SYSTEM, self.system),), (), "", passage_sections(given.passages, self.language))
        return frame, compose(frame, self.turns, self.question, self.options)


async def fit_passages(asking: Asking, given: Given, within: tuple[int, ReadPrompt]) -> tuple[Fitted, Given]:
    """The prompt that fits, and the passages in it. ``within`` is how many tokens it may have, and who reads it.

    First go the passages of earlier questions, then the worst ones, then the oldest turns, then passages again.
    Raises PromptTooLong when even the question with one passage does not fit.
    """
    given = await _fewer(asking, given, within)
    while True:
        frame, _ = asking.composed(given)
        try:
            return await fit(frame, asking.turns, asking.question, asking.options, within), given
        except PromptTooLong:
            if len(given.passages) <= 1:
                raise
            given = given.without({given.worst_first[0].number})


async def _fewer(asking: Asking, given: Given, within: tuple[int, ReadPrompt]) -> Given:
    """``given`` without what does not fit beside all turns, but for the MIN_GIVEN best."""
    max_tokens, read = within
    while True:
        _, composition = asking.composed(given)
        tokens = await read(composition.messages, composition.is_completion)
        excess = len(tokens) - max_tokens
        if excess <= 0 or len(given.passages) <= MIN_GIVEN:
            return given
        if 0 < len(given.earlier) < len(given.passages):
            given = given.without(given.earlier)
            continue
        given = given.without(_worth(excess, given, _lengths(asking, given, composition, tokens)))


def _worth(excess: int, given: Given, lengths: Mapping[int, int]) -> set[int]:
    """The numbers of the worst passages that make up ``excess`` tokens, at least one, never of the MIN_GIVEN best."""
    gone: set[int] = set()
    for one in given.worst_first[:-MIN_GIVEN]:
        gone.add(one.number)
        excess -= lengths.get(one.number, 0)
        if excess <= 0:
            break
    return gone


def _lengths(
    asking: Asking, given: Given, composition: Composition, tokens: Sequence[PromptToken]
) -> Mapping[int, int]:
    """Tokens of each passage, by its number."""
    numbers = {marked_lines(one.number, one.passage, asking.language): one.number for one in given.passages}
    lengths: dict[int, int] = {}
    for section in composition.section_of(tokens):
        if section is not None and section.part is Part.PASSAGES and section.text in numbers:
            number = numbers[section.text]
            lengths[number] = lengths.get(number, 0) + 1
    return lengths
