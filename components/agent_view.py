"""How answers of the agent look: numbers lead to the sources below, and links to nowhere else."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from agents.sources import Source
from components.answer_marks import Mark, marked
from components.catalogue import Catalogue
from components.chat_view import ChatView
from safety.shown_links import host_of
from safety.shown_text import INVISIBLE, clean_markdown
from storage.records import Message, MessageStatus

TARGET = "cited"  # what the targets of the links begin with; agent.js knows it
# Numbers in brackets, but not those of links, and not those in code or formulas, which are read over.
CITED = re.compile(
    r"^ {0,3}(?P<fence>`{3,}|~{3,}).*?(?:^ {0,3}(?P=fence)|\Z)|(?P<ticks>`+)[^\n]*?(?P=ticks)"
    r"|\$\$.*?\$\$|\\[(\[].*?\\[)\]]|[ \u00a0]?\[(?P<number>[1-9]\d{0,2})\](?![(:])",
    re.MULTILINE | re.DOTALL,
)
NOT_YET = "…"


class AgentView(ChatView):
    """One reader's view in one language. An answer that is being written shows from its beginning, for its trace."""

    def __init__(self, catalogue: Catalogue, language: str) -> None:
        super().__init__(catalogue, language)
        self._sources: dict[str, Sequence[Source]] = {}
        self._faults: dict[str, Mapping[str, str]] = {}

    def know(self, message_id: str, sources: Sequence[Source], fault: Mapping[str, str] | None = None) -> None:
        """Show that answer with these from now on; ``fault`` are the values that the sentence of its error names."""
        self._sources[message_id] = sources
        self._faults[message_id] = fault or {}
        self._settled.pop(message_id, None)

    def seen(self, messages: Sequence[Message]) -> list[Message]:
        """Those of ``messages`` that show."""
        shown = {message.id for message in super().seen(messages)}
        return [message for message in messages if message.id in shown or message.status is MessageStatus.ANSWERING]

    def _texts(self, message: Message) -> list[str]:
        if not message.text and message.status is MessageStatus.ANSWERING:
            return [NOT_YET]
        sources = {source.number: source for source in self._sources.get(message.id, ())}
        hosts = {host for source in sources.values() if (host := host_of(source.url))}
        pieces: list[str] = []
        marks: list[Mark] = []
        length = position = 0
        for found in CITED.finditer(message.text):
            source = sources.get(int(found["number"] or 0))
            if source is not None:
                pieces.append(message.text[position : found.start()])
                length, position = length + len(pieces[-1]), found.end()
                marks.append(Mark(length, f"[{source.number}]", self._target(message, source), self._about(source)))
        return [marked("".join([*pieces, message.text[position:]]), marks, hosts)]

    def _error_values(self, message: Message) -> Mapping[str, str]:
        return {name: clean_markdown(value) for name, value in self._faults.get(message.id, {}).items()}

    def _target(self, message: Message, source: Source) -> str:
        return f"{TARGET}-{message.id}-{source.number}"

    def _about(self, source: Source) -> str:
        """On one line: it becomes the title of a link."""
        site = host_of(source.url) or source.site
        about = " · ".join(part for part in (source.title, site) if part)
        return self._text(
            "app_trace_source", number=source.number, about=" ".join(INVISIBLE.sub("", about).split())[:200]
        )


def cited_numbers(text: str, sources: Sequence[Source]) -> tuple[int, ...]:
    """The numbers of those ``sources`` that ``text`` names as ``[n]``, smallest first."""
    named = {int(found["number"] or 0) for found in CITED.finditer(text)}
    return tuple(sorted(named & {source.number for source in sources}))
