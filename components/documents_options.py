"""The options of a conversation in the Documents room: read, changed and written, one change after the other."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from components.documents_screen import DocumentsScreen, Reading, options_of
from components.documents_tab import DocumentsParts
from components.services import Services
from rag.modes import DocumentOptions, Mode


class DocumentsOptions:
    """Blocks briefly. Whatever is not the reader's own does not exist."""

    def __init__(self, services: Services, parts: DocumentsParts) -> None:
        self._services = services
        self._parts = parts
        self._turn = threading.Lock()  # two changes at once would undo each other

    def begun(self, reading: Reading, mode: Mode) -> tuple[Reading, DocumentOptions]:
        """The reading of a conversation, which is made with ``mode`` if there is none yet, and what it has."""
        screen = self._screen(reading)
        if reading.conversation_id:
            return reading, options_of(screen.read())
        options = self._new(screen, mode)
        conversation_id = self._services.documents.reading.conversations.start(reading.owner, options)
        return replace(reading, conversation_id=conversation_id), options

    def change(
        self, reading: Reading, mode: Mode, change: Callable[[DocumentOptions], DocumentOptions]
    ) -> tuple[str, DocumentOptions]:
        """Keep what ``change`` makes of the options; make a conversation if there is none yet and something changed."""
        screen, conversations = self._screen(reading), self._services.documents.reading.conversations
        if not reading.conversation_id:
            before = self._new(screen, mode)
            after = change(before)
            return conversations.start(reading.owner, after) if after != before else "", after
        with self._turn:
            before = options_of(screen.read())
            after = change(before)
            if after != before:
                conversations.change_options(reading.owner, reading.conversation_id, after)
        return reading.conversation_id, after

    def _new(self, screen: DocumentsScreen, mode: Mode) -> DocumentOptions:
        return screen.begun(DocumentOptions(collection_id=screen.collection().id, paradigm=mode))

    def _screen(self, reading: Reading) -> DocumentsScreen:
        return DocumentsScreen(self._services, self._parts, reading)
