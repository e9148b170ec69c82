"""Has the model put a question into other words for the search, and does without where it writes nonsense."""

from __future__ import annotations

import re
from collections.abc import Sequence

from chains.composition import Composition, Section, Spoken, Turn
from chains.languages import content_words
from chains.options import ConversationOptions, SamplingChoice
from chains.prompts import TEXT_PROMPT
from chains.run_record import Part
from rag.prompts import CONDENSE_REQUEST, REWRITE_REQUEST
from rag.retrieval import Wordings
from storage.records import Role

NUM_TURNS = 3  # the last ones, to understand a follow-up by
MAX_TURN_CHARACTERS = 400
MAX_QUESTION_CHARACTERS = 300
MAX_QUERY_CHARACTERS = 160
NUM_QUERIES = 2
MIN_OWN_WORDS = 3  # of a question that can be understood without the one before
STEM = 5  # letters by which forms of one word are known
SAMPLING = SamplingChoice(temperature=0.0, repeat_penalty=1.05, max_tokens=64)
LABEL = re.compile(r"^\s*(?:[-*•]|\d[.)]|[^\W\d]{3,20}(?: [^\W\d]{3,20})?:)\s+")
AROUND = " \t\"'«»“”*_`"


def rewriting_options(options: ConversationOptions) -> ConversationOptions:
    """Short and without chance."""
    limit = min(options.sampling.max_tokens or 64, 64)
    return options.model_copy(update={"sampling": SAMPLING.model_copy(update={"max_tokens": limit})})


def condense_prompt(question: str, turns: Sequence[Turn], language: str) -> Composition:
    """Asks for ``question`` as it stands alone, after ``turns``."""
    request, history, last, rewritten = CONDENSE_REQUEST[language]
    lines = [
        f"{'-' if message.role is Role.USER else '>'} {' '.join(message.text.split())[:MAX_TURN_CHARACTERS]}"
        for turn in turns[-NUM_TURNS:]
        for message in turn
        if message.text
    ]
    sections = (
        Section(Part.SYSTEM, request),
        Section(Part.HISTORY, "\n".join([history, *lines])),
        Section(Part.QUESTION, f"{last} {question}"),
        Section(Part.MARKERS, rewritten),
    )
    return _composition(sections)


def rewrite_prompt(question: str, language: str) -> Composition:
    """Asks for other words to search ``question`` by."""
    request, asked, queries = REWRITE_REQUEST[language]
    sections = (Section(Part.SYSTEM, request), Section(Part.QUESTION, f"{asked} {question}"))
    return _composition((*sections, Section(Part.MARKERS, queries)))


def wordings(written: str, question: str, turns: Sequence[Turn]) -> tuple[Wordings, bool]:
    """How to search a follow-up of which the model wrote this, and whether that is of any use.

    Where it is not, the words of the question before help one that has hardly any of its own.
    """
    if condensed := stand_alone(written, question, turns):
        return Wordings((condensed, question)), True
    together = by_history(question, turns)
    if len(content_words(question)) < MIN_OWN_WORDS:
        return Wordings((together, question)), False
    return Wordings((question,), (together,)), False


def stand_alone(written: str, question: str, turns: Sequence[Turn]) -> str | None:
    """The question in what the model wrote; None when that is empty, far too long or another question."""
    line = next(filter(None, map(_clean, written.splitlines())), "")
    known = set(content_words(" ".join([question, *(message.text for turn in turns for message in turn)])))
    words = set(content_words(line))
    asked = {word[:STEM] for word in content_words(question)}
    is_sound = len(line) <= MAX_QUESTION_CHARACTERS and 2 * len(words & known) >= len(words) > 0
    keeps_question = 2 * len(asked & {word[:STEM] for word in words}) >= len(asked)
    return line if is_sound and keeps_question else None


def by_history(question: str, turns: Sequence[Turn]) -> str:
    """``question`` after the one before it: where no model helps, its words are what a follow-up is about."""
    asked = [message.text for turn in turns for message in turn if message.role is Role.USER]
    return f"{asked[-1][:MAX_QUESTION_CHARACTERS]} {question}" if asked else question


def other_queries(written: str, question: str) -> tuple[str, ...]:
    """The queries in what the model wrote, as far as they are any."""
    lines = dict.fromkeys(filter(None, map(_clean, written.splitlines())))
    sound = (line for line in lines if len(line) <= MAX_QUERY_CHARACTERS and content_words(line) and line != question)
    return tuple(sound)[:NUM_QUERIES]


def _clean(line: str) -> str:
    return LABEL.sub("", line.strip(AROUND)).strip(AROUND)


def _composition(sections: tuple[Section, ...]) -> Composition:
    whole = Spoken(Role.USER, sections)
    return Composition(TEXT_PROMPT, {"text": whole.text}, (whole,))
