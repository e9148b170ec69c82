"""Rooms over a database of their own, loaded by their tests as a plugin, beside ``storage_fixtures``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from chains.conversations import Conversations
from chains.live import LiveAnswers
from chains.options import SamplingChoice
from chains.replies import Replies
from chains.room_model import PromptReader, RoomModel
from storage.conversations import ConversationStore
from storage.database import Database
from storage.notes import NoteStore
from tests.chat_room import MAX_ANSWER_TOKENS, MAX_CHARACTERS, ChatRoom, RoomOver
from tests.scripted_model import ScriptedModel
from tests.scripted_shelf import ScriptedShelf


@pytest.fixture
def room_over(sqlite_path: Path, open_again: Callable[[str], Database]) -> RoomOver:
    database = open_again(f"sqlite:///{sqlite_path}")

    def make(
        model: ScriptedModel | None = None,
        *,
        context_tokens: int = 10_000,
        store: type[ConversationStore] = ConversationStore,
        reader: PromptReader | None = None,
        others: Sequence[RoomModel] = (),
    ) -> ChatRoom:
        model = model or ScriptedModel()
        if model.background_script is None:
            model.background_script = lambda _: [""]
        defaults = SamplingChoice(max_tokens=MAX_ANSWER_TOKENS)
        room_model = RoomModel(model, reader or model, "scripted", context_tokens, defaults)
        live, kept, notes = LiveAnswers(), store(database), NoteStore(database)
        replies = Replies(kept, notes, ScriptedShelf(room_model, *others), live, MAX_CHARACTERS)
        return ChatRoom(model, kept, notes, live, Conversations(kept, live), replies)

    return make
