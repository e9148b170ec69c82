"""What a part of the operator's page is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class OperatorSection(Protocol):
    """A part of the page; its title is the sentence ``app_operator_<name>``, its address ``/operator/<name>``."""

    @property
    def name(self) -> str:
        """In lower case, of the address."""

    def html(self, language: str) -> str:
        """Markup of our own; whatever is foreign in it is escaped.

        Its forms go to ``./operator`` and hold its name as ``section``.
        """

    async def act(self, form: Mapping[str, str], language: str) -> str | None:
        """Do what a form of the section asks for; a sentence to tell. Raises TertuliaError."""
