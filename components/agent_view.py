"""How answers of the agent look: numbers lead to the sources below, and links to nowhere else."""

from __future__ import annotations

from collections.abc import Sequence

from agents.sources import Source
from components.catalogue import Catalogue
from components.chat_view import ChatView
from storage.records import Message


class AgentView(ChatView):
    """One reader's view in one language. An answer that is being written shows from its beginning, for its trace."""

    def __init__(self, catalogue: Catalogue, language: str) -> None:
        super().__init__(catalogue, language)
        self._sources: dict[str, Sequence[Source]] = {}

    def know(self, message_id: str, sources: Sequence[Source]) -> None:
        """Show that answer with these from now on."""
        self._sources[message_id] = sources
        self._settled.pop(message_id, None)

    def seen(self, messages: Sequence[Message]) -> list[Message]:
        """Those of ``messages`` that show."""
        return super().seen(messages)


def cited_numbers(text: str, sources: Sequence[Source]) -> tuple[int, ...]:
    """The numbers of those ``sources`` that ``text`` names as ``[n]``, smallest first."""
    return ()
