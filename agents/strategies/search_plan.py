"""What search-first does next, decided by code from the question and from what was found by now. No model is asked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from agents.strategies.found_sentences import FoundSentence, TextOfSource, news_of, ranked, sources_in
from agents.strategies.spoken_arithmetic import Operation, expression_in, operation_in
from agents.strategies.spoken_dates import birthday_in, date_question, years_in
from agents.strategies.turn_reading import Done
from chains.languages import content_words

WEB, WIKIPEDIA, DOCUMENTS = "web_search", "wikipedia", "search_documents"
READ, CALCULATE, TELL_DATE = "read_page", "calculator", "date_time"
SEARCHES = (WEB, WIKIPEDIA, DOCUMENTS)
ABOUT_DOCUMENTS = re.compile(
    r"\b(?:mis?|los|my|the|our|nuestros) (?:documentos?|archivos?|documents?|files?|pdfs?)\b", re.I
)
ABOUT_WIKIPEDIA = re.compile(r"\bwikipedia\b", re.IGNORECASE)
ADDRESS = re.compile(r"https?://[^\s<>\"']*[^\s<>\"'.,;:!?)]", re.IGNORECASE)
GOES_ON = re.compile(r"[¿\s]*(?:y|and|e) ", re.IGNORECASE)
SHORT = 240  # characters of a result: what is shorter is an excerpt, and the page holds more
POOR = 0.75  # score of a best sentence that leaves hope for a better one
LEAST = 0.3  # and below which a sentence has nothing to do with the question
MAX_READS = 2
MAX_QUERY = 200  # characters
ABOUT_AGE = re.compile(r"\b(?:age|old|edad|a[nñ]os)\b", re.IGNORECASE)
AGES = re.compile(
    r"\b(\d{1,3})[ -]years?[ -]old\b|\b(\d{1,3}) años de edad\b|\b(?:tiene|cumpli[oó]|de|con) (\d{1,3}) años\b"
    r"|\b(?:aged?|edad(?: de)?)\W{0,3}(?:of |is |es )?(\d{1,3})\b",
    re.IGNORECASE,
)
AGE_RANGE = range(1, 123)
NUMBER = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)*(?![\w])")
YEAR = re.compile(r"(?:1[5-9]|20)\d\d")


@dataclass(frozen=True)
class NextCall:
    """A call to make. ``because`` is a sentence that was found, for the trace."""

    name: str
    arguments: dict[str, Any]
    because: str = ""


@dataclass(frozen=True)
class Value:
    """A number that was found: ``written`` as arithmetic, or a ``birthday`` from which an age follows."""

    sentence: FoundSentence
    written: str = ""
    birthday: str = ""


class SearchPlan:
    """``before`` is what the person asked in the turn before; ``functions`` are the tools on offer."""

    def __init__(
        self, question: str, before: str, language: str, functions: Sequence[Mapping[str, Any]], done: Sequence[Done]
    ) -> None:
        self._question = question
        self._before = before
        self._language = language
        self._functions = {function["name"]: function for function in functions}
        self._done = done

    @property
    def next_call(self) -> NextCall | None:
        """None when it is time to answer."""
        first = self._calculation or self._date or self._named_page
        return first or self._search or self._reading or self._use_of_value

    @cached_property
    def operation(self) -> Operation | None:
        return operation_in(self._question)

    @cached_property
    def _ranked(self) -> tuple[FoundSentence, ...]:
        return ranked(self._asked, self._language, self._sources)

    @cached_property
    def sentences(self) -> tuple[FoundSentence, ...]:
        """What was found that has to do with the question, the best first."""
        return tuple(one for one in self._ranked if one.score >= LEAST)

    @cached_property
    def value(self) -> Value | None:
        """The number that the operation is for: of whom the best sentence is about, if it is told of them."""
        values = [value for one in self._ranked if (value := self.value_in(one))]
        subject = news_of(self._asked, self._ranked[0]) if self._ranked else frozenset()
        fit = [len(subject & news_of(self._asked, one.sentence)) for one in values]
        return values[fit.index(max(fit))] if fit else None

    def value_in(self, sentence: FoundSentence) -> Value | None:
        if ABOUT_AGE.search(self._asked):
            ages = [next(filter(None, found.groups())) for found in AGES.finditer(sentence.text)]
            age = next((age for age in ages if int(age) in AGE_RANGE), "")
            birthday = "" if age else birthday_in(sentence.text)
            return Value(sentence, age, birthday) if age or birthday else None
        asked = NUMBER.findall(self._question)
        numbers = [one for one in NUMBER.findall(sentence.text) if not YEAR.fullmatch(one) and one not in asked]
        return Value(sentence, numbers[0]) if numbers else None

    def result_of(self, name: str) -> Done | None:
        """The last call of a tool in this turn."""
        return next((one for one in reversed(self._done) if one.name == name), None)

    @property
    def has_searched(self) -> bool:
        """Some search gave an answer, perhaps that there is nothing."""
        searches = (*SEARCHES, READ) if self._named else SEARCHES
        return any(one.name in searches and not one.is_failed for one in self._done)

    @property
    def can_search(self) -> bool:
        return any(name in self._functions for name in SEARCHES) or any(one.name in SEARCHES for one in self._done)

    # --- the steps ---------------------------------------------------------------------------------------------------

    @property
    def _calculation(self) -> NextCall | None:
        expression = expression_in(self._question)
        if expression is None or not self._is_new(CALCULATE):
            return None
        return NextCall(CALCULATE, {"expression": expression})

    @property
    def _date(self) -> NextCall | None:
        place = date_question(self._question)
        if place is None or not self._is_new(TELL_DATE):
            return None
        return NextCall(TELL_DATE, {"time_zone": place} if place else {})

    @property
    def _named(self) -> str:
        """The address of a page that the person names."""
        found = ADDRESS.search(self._question)
        return found[0] if found else ""

    @property
    def _named_page(self) -> NextCall | None:
        return NextCall(READ, {"url": self._named}) if self._named and self._is_new(READ) else None

    @property
    def is_settled(self) -> bool:
        """The question was one for the calculator or the clock, and that has answered."""
        asked = CALCULATE if expression_in(self._question) else TELL_DATE
        is_theirs = asked == CALCULATE or date_question(self._question) is not None
        result = self.result_of(asked)
        return is_theirs and result is not None and not (asked == TELL_DATE and result.is_failed)

    @property
    def _search(self) -> NextCall | None:
        """Another search where those before found nothing to the point; pages are read first."""
        if self.is_settled or (self._has_good and self.has_searched):
            return None
        if self.sentences and self._reading:
            return None
        name = next((name for name in self._order if self._is_new(name)), None)
        return NextCall(name, self._arguments(name)) if name else None

    @property
    def _order(self) -> tuple[str, ...]:
        if ABOUT_DOCUMENTS.search(self._question):
            return (DOCUMENTS, WEB, WIKIPEDIA)
        return (WIKIPEDIA, WEB, DOCUMENTS) if ABOUT_WIKIPEDIA.search(self._question) else SEARCHES

    @property
    def _reading(self) -> NextCall | None:
        """The page of the best result, when what is told of it is short or poor."""
        read = [one for one in self._done if one.name == READ]
        if (
            self.is_settled
            or READ not in self._functions
            or len(read) >= MAX_READS
            or any(not one.is_failed for one in read)
        ):
            return None
        if self._has_good:
            return None
        opened = {str(one.arguments.get("url")) for one in read}
        pages = [source for source in self._best_sources if source.url and source.url not in opened]
        return NextCall(READ, {"url": pages[0].url}) if pages else None

    @property
    def _use_of_value(self) -> NextCall | None:
        """Work with the number that was found."""
        if (
            self.operation is None
            or self.value is None
            or self.result_of(CALCULATE)
            or CALCULATE not in self._functions
        ):
            return None
        told, value = self.result_of(TELL_DATE), self.value
        if value.birthday and told is None and TELL_DATE in self._functions:
            return NextCall(TELL_DATE, {"from_date": value.birthday}, value.sentence.cited)
        written = years_in(told.result) if value.birthday and told and not told.is_failed else value.written
        if not written:
            return None
        because = "" if value.birthday else value.sentence.cited
        return NextCall(CALCULATE, {"expression": self.operation.on(written)}, because)

    # --- what is known -----------------------------------------------------------------------------------------------

    @property
    def _asked(self) -> str:
        """What has to be found."""
        fact = self.operation.fact if self.operation else self._question
        fact = ADDRESS.sub(" ", fact)
        return f"{self._before} {fact}" if self._follows else fact

    @property
    def _follows(self) -> bool:
        """The question says too little without the one before it."""
        is_bare = len(content_words(self._question)) <= 1 or GOES_ON.match(self._question) is not None
        return bool(self._before) and is_bare

    @cached_property
    def _sources(self) -> tuple[TextOfSource, ...]:
        found = [one for one in self._done if one.name in (*SEARCHES, READ) and not one.is_failed]
        return tuple(source for one in found for source in sources_in(one.result))

    @property
    def _best_sources(self) -> list[TextOfSource]:
        """In the order of their best sentences, and then as they were found."""
        numbers = list(dict.fromkeys(one.number for one in self.sentences))
        rank = {number: at for at, number in enumerate(numbers)}
        return sorted(self._sources, key=lambda source: rank.get(source.number, len(rank)))

    @property
    def _has_good(self) -> bool:
        """There is a sentence that may well answer; for an operation, one that holds a number."""
        if self.operation is not None:
            return self.value is not None
        best = self.sentences[0] if self.sentences else None
        if best is None:
            return False
        is_long = any(source.number == best.number and len(source.text) >= SHORT for source in self._sources)
        return best.score >= (LEAST if is_long else POOR)

    def _is_new(self, name: str) -> bool:
        return name in self._functions and self.result_of(name) is None

    def _arguments(self, name: str) -> dict[str, Any]:
        properties = self._functions[name].get("parameters", {}).get("properties", {})
        text = " ".join(self._asked.replace("¿", " ").replace("?", " ").split())[:MAX_QUERY]
        words = " ".join(content_words(self._asked)) if name == WIKIPEDIA else ""
        language = {"language": self._language} if "language" in properties else {}
        return {"query": words or text or self._question[:MAX_QUERY], **language}
