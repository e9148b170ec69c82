"""One answer from documents on its way into the store, with its sources: ``chains.writing`` that knows more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from chains.answering import AnswerCall
from chains.run_record import AnswerRecord, RunRecord
from chains.turn_news import StepKind, TurnStep
from chains.writing import Writing
from rag.citations import OWN_MARK, Citation, Citer
from rag.document_record import DocumentRecord, KeptPassage, kept_citations
from rag.modes import Mode
from rag.passage_prompt import Given
from rag.quotes import Quote, cited_quotes
from rag.retrieval import Retrieved


@dataclass
class Findings:
    """What is known of an answer's sources by now; ``searched`` from when to when, in seconds since the epoch."""

    mode: Mode
    language: str
    collection_id: str
    numbered: tuple[int, ...] = ()
    retrieved: Retrieved | None = None
    searched: tuple[float, float] | None = None
    given: Given | None = None
    citer: Citer | None = None
    quotes: tuple[Quote, ...] = ()
    without: str = ""
    notes: list[str] = field(default_factory=list)
    cited: tuple[Citation, ...] = ()  # in the end

    def citations(self, text: str, *, is_whole: bool) -> tuple[Citation, ...]:
        """Blocks."""
        if self.quotes:
            return cited_quotes(text, self.quotes)
        return self.citer.cite(text, is_whole=is_whole) if self.citer and text else ()

    def record(self, runs: tuple[RunRecord, ...], text: str) -> DocumentRecord:
        self.cited = self.citations(text, is_whole=True)
        return DocumentRecord(
            runs=runs,
            mode=self.mode,
            collection_id=self.collection_id,
            language=self.language,
            numbered=self.given.numbered if self.given else self.numbered,
            citations=kept_citations(self.cited),
            without=self.without,
            notes=tuple(self.notes),
            **self._searched(),
        )

    def _searched(self) -> dict[str, Any]:
        if self.retrieved is None:
            return {}
        report = self.retrieved.report
        hits = {hit.passage.id: hit for hit in report.hits}
        given = self.given.passages if self.given else ()
        ids = {one.passage.id for one in given}
        return {
            "searched": self.retrieved.queries,
            "is_found": report.is_found,
            "index": report.index,
            "lexical_weight": report.lexical_weight,
            "num_searched": report.num_passages,
            "search_seconds": report.seconds,
            "passages": tuple(KeptPassage.of(one.number, one.passage, hits.get(one.passage.id)) for one in given),
            "others": tuple(KeptPassage.of(0, hit.passage, hit) for hit in report.hits if hit.passage.id not in ids),
        }


class DocumentWriting(Writing):
    """``findings`` are set before it begins, and filled while it goes on."""

    findings: Findings

    def beside(self, run: AnswerCall) -> AnswerCall:
        """``run`` is one of the answer's calls, but does not write it."""
        self._runs.append(run)
        return run

    def put(self, text: str) -> None:
        """The answer so far."""
        self.answer = replace(self.answer, text=without_marks(text))

    def _steps(self, ended_at: float) -> Iterable[TurnStep]:
        searched = self.findings.searched
        return chain(super()._steps(ended_at), [TurnStep(StepKind.RETRIEVAL, *searched)] if searched else ())

    @property
    def _text(self) -> str:
        return without_marks(super()._text)

    def _record_of(self, runs: tuple[RunRecord, ...]) -> AnswerRecord | None:
        return self.findings.record(runs, self.answer.text)


def without_marks(text: str) -> str:
    """``text`` without references that a model wrote: only those that code has found are shown."""
    return OWN_MARK.sub("", text)
