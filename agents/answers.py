"""A question to the agent is stored, answered step by step, and the answer stored with its steps as it grows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from agents.record import AgentRecord
from agents.tools.tool import AgentTool
from agents.trace import Growing
from agents.turns import ToolsOf, Turns
from chains.live import LiveAnswers
from chains.replies import Place
from chains.room_model import RoomModel
from storage.conversations import ConversationStore
from storage.notes import NoteStore


@dataclass(frozen=True)
class AgentParts:
    """What the agent answers with. ``models`` finds a model by its name, "" the first one, and blocks."""

    models: Callable[[str], RoomModel]
    tools: ToolsOf
    turns: Turns
    max_characters: int


class AgentAnswers:
    """Answers in conversations of the agent's room, by the rules of ``chains.replies.Replies``."""

    def __init__(self, store: ConversationStore, notes: NoteStore, live: LiveAnswers, parts: AgentParts) -> None:
        self._store = store
        self._notes = notes
        self._live = live
        self._parts = parts

    def ask(self, at: Place, question: str) -> Growing:
        """Answer a new question."""
        raise NotImplementedError

    def again(self, at: Place, message_id: str) -> Growing:
        """Write another version of an answer, as the conversation's options now say."""
        raise NotImplementedError

    def edit(self, at: Place, message_id: str, text: str) -> Growing:
        """Answer another version of a question, on a branch of its own."""
        raise NotImplementedError

    def record(self, owner: str, conversation_id: str, message_id: str) -> AgentRecord | None:
        """How an answer came about; None for one without a record. Blocks."""
        raise NotImplementedError

    async def tools(self, owner: str, language: str) -> tuple[AgentTool, ...]:
        """All that this owner may use, those that are switched off too."""
        raise NotImplementedError
