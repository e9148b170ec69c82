"""The options of a conversation in the Documents room."""

from __future__ import annotations

from components.documents_screen import DocumentsScreen, Reading, options_of
from components.documents_tab import DocumentsParts
from components.kept_options import KeptOptions
from components.services import Services
from rag.modes import DocumentOptions


class DocumentsOptions(KeptOptions[Reading, DocumentOptions]):
    """A conversation that is made is about the collection, in the mode of its reading."""

    def __init__(self, services: Services, parts: DocumentsParts) -> None:
        super().__init__(services.documents.reading.conversations)
        self._services = services
        self._parts = parts

    def of(self, reading: Reading) -> DocumentOptions:
        screen = self._screen(reading)
        return options_of(screen.read()) if reading.conversation_id else screen.begun(DocumentOptions())

    def _first(self, reading: Reading) -> DocumentOptions:
        screen = self._screen(reading)
        return screen.begun(DocumentOptions(collection_id=screen.collection().id, paradigm=reading.mode))

    def _screen(self, reading: Reading) -> DocumentsScreen:
        return DocumentsScreen(self._services, self._parts, reading)
