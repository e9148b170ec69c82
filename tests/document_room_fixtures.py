"""Documents rooms over a database in a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from storage.conversations import ConversationStore
from storage.database import Database
from tests.document_room import PASSAGES, DocumentRoom, RoomOf, WordSearch
from tests.scripted_model import ScriptedModel


@pytest.fixture
def room_of(sqlite_path: Path, open_again: Callable[[str], Database]) -> RoomOf:
    database = open_again(f"sqlite:///{sqlite_path}")

    def make(script: Callable[[str], Any] | None = None, passages: Any = PASSAGES, **fields: Any) -> DocumentRoom:
        model = fields.pop("model", None) or ScriptedModel(
            script=script or (lambda _: ["The London bridge ", "was opened in 1973. ", "Cats can fly over Paris."])
        )
        reader = fields.pop("reader", model)
        return DocumentRoom(model, ConversationStore(database), WordSearch(passages), reader, **fields)

    return make
