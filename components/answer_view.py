"""How answers from documents look: each sentence with the numbers of its sources, or a word that it has none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from components.answer_marks import Mark, marked
from components.catalogue import Catalogue
from components.chat_view import ChatView
from rag.modes import Mode
from safety.shown_text import clean_markdown
from storage.records import Message, MessageStatus

NUMBER, NONE = "source", "no-source"  # what the targets of the links begin with; documents.js knows both


class Cited(Protocol):
    """A sentence of an answer and the number of the passage it is from: ``rag.citations.Citation``, or as kept."""

    @property
    def end(self) -> int: ...

    @property
    def passage(self) -> int | None: ...

    @property
    def needs_source(self) -> bool: ...


class Numbered(Protocol):
    """A passage as it was given to the model."""

    @property
    def number(self) -> int: ...

    @property
    def document_name(self) -> str: ...

    @property
    def page(self) -> int: ...


@dataclass(frozen=True)
class Sources:
    """What is known of where an answer comes from; ``passages`` are by the numbers they were given under."""

    citations: Sequence[Cited] = ()
    passages: Mapping[int, Numbered] = field(default_factory=dict)
    mode: Mode = Mode.NAIVE


class AnswerView(ChatView):
    """One reader's view in one language. What an answer is compared with stands in its steps."""

    def __init__(self, catalogue: Catalogue, language: str) -> None:
        super().__init__(catalogue, language)
        self._sources: dict[str, Sources] = {}

    def know(self, message_id: str, sources: Sources) -> None:
        """Show that answer with these from now on."""
        self._sources[message_id] = sources
        self._settled.pop(message_id, None)

    def sources_of(self, message_id: str) -> Sources:
        """None at all of an answer that nothing is known of."""
        return self._sources.get(message_id, Sources())

    def _texts(self, message: Message) -> list[str]:
        text = marked(message.text, self._marks(message, self.sources_of(message.id)))
        if not message.steps:
            return [text]
        waiting = "…" if message.status is MessageStatus.ANSWERING else "–"
        without = clean_markdown("\n\n".join(step.text for step in message.steps))
        parts = {"app_compare_without": without, "app_compare_with": text}
        return [f"#### {self._text(key)}\n\n{part or waiting}" for key, part in parts.items()]

    def _folds(self, message: Message) -> list[dict[str, Any]]:
        return []

    def _marks(self, message: Message, sources: Sources) -> list[Mark]:
        """In the order of their places. A number that no passage was given under is none."""
        if not sources.passages:
            return []
        found = (self._mark_of(message.id, place, sources) for place in range(len(sources.citations)))
        return sorted((mark for mark in found if mark is not None), key=lambda mark: mark.place)

    def _mark_of(self, message_id: str, place: int, sources: Sources) -> Mark | None:
        citation = sources.citations[place]
        passage = sources.passages.get(citation.passage or 0)
        if passage is not None:
            number, name, page = passage.number, passage.document_name, passage.page
            title = self._text("app_source_name", number=number, name=name, page=page)
            return Mark(citation.end, f"[{number}]", f"{NUMBER}-{message_id}-{number}-{place}", title)
        if not citation.needs_source:
            return None
        title = self._text("app_no_source_hint")
        return Mark(citation.end, self._text("app_no_source"), f"{NONE}-{message_id}", title)
