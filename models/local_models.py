"""The models of this machine as the rest of the program sees them: which there are, which are loaded, who answers."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol

from models.engine.engine_requests import Sink
from models.engine.protocol import Count, Generate, Look, ReadPrompt, ReadRow, Score
from models.engine.whole_vocabulary import ReadVocabulary
from models.model_card import FileCard
from models.status import ModelStatus


@dataclass(frozen=True)
class LoadedModel:
    """``need_bytes`` is what it takes of the budget."""

    name: str
    status: ModelStatus
    need_bytes: int


@dataclass(frozen=True)
class Loading:
    """``share`` of the file that is read, None while that cannot be told.

    ``num_awaited`` answers of other models must end before there is memory for this one.
    """

    share: float | None = None
    num_awaited: int = 0


class ModelEngine(Protocol):
    """What answers for one model, now and after it was loaded anew. Each request returns the id to cancel it by."""

    def generate(self, request: Generate, sink: Sink) -> str:
        """Begin an answer."""

    def look(self, request: Look, sink: Sink) -> str:
        """See what may come after a prompt."""

    def read_row(self, request: ReadRow, sink: Sink) -> str:
        """See the logits after a prompt."""

    def score(self, request: Score, sink: Sink) -> str:
        """Rate every token of a text."""

    def count(self, request: Count, sink: Sink) -> str:
        """Count the tokens of a prompt."""

    def read_prompt(self, request: ReadPrompt, sink: Sink) -> str:
        """See the tokens of a prompt."""

    def read_vocabulary(self, request: ReadVocabulary, sink: Sink) -> str:
        """See what every token stands for."""

    def cancel(self, request_id: str) -> None:
        """Stop a request. Its sink still gets the closing event."""


class LocalModels(Protocol):
    """Models by their names, "local/NAME". Several are loaded at once, as long as they fit a budget of memory.

    The one used longest ago makes room for another, once it has written its answers. Every call may come from any
    thread, and returns at once, but for those that say otherwise.
    """

    def names(self) -> tuple[str, ...]:
        """All that can be used now, the program's first one at the front."""

    def card(self, name: str) -> FileCard:
        """What its file tells; reads that. Raises ModelUnknown."""

    def context_tokens(self, name: str) -> int:
        """The window of one request here: that of its file, or less. Raises ModelUnknown."""

    def engine(self, name: str) -> ModelEngine:
        """What answers for it: loads it with the first request, and again whenever it had to make room.

        Raises ModelUnknown.
        """

    def loaded(self) -> tuple[LoadedModel, ...]:
        """Those in memory or on their way there, the one used last at the front."""

    def status(self) -> ModelStatus:
        """Of the one used last."""

    def load(self, name: str) -> AsyncGenerator[Loading, None]:
        """Have it ready to answer; ends when it is.

        Raises ModelUnknown, ModelTooLarge when it could never fit the budget, or ModelNotLoaded: those that were loaded
        before then go on, or are loaded again when they are asked. Closing it lets the loading go on unseen.
        """

    async def delete(self, name: str) -> None:
        """Unload it once its answers have ended, and delete its file. Raises ModelUnknown or ModelNotDeleted."""
