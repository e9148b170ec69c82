"""What an engine can be asked, whoever carries the requests to it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TypeAlias

from models.engine.protocol import Count, Event, Generate, Look, ReadPrompt, ReadRow, Score
from models.engine.whole_vocabulary import ReadVocabulary

Sink: TypeAlias = Callable[[Event], None]
Request: TypeAlias = Generate | Look | ReadRow | Score | Count | ReadPrompt | ReadVocabulary


class EngineRequests(ABC):
    """Each returns the id to cancel it by, which takes the place of the request's own.

    ``sink`` gets Queued events, while the request waits for steps of the model, and at last what is named here, or
    Refused. Safe from any thread.
    """

    def generate(self, request: Generate, sink: Sink) -> str:
        """Begin an answer: Piece events, then Finished."""
        return self._send(request, sink)

    def look(self, request: Look, sink: Sink) -> str:
        """See what may come after a prompt: Looked."""
        return self._send(request, sink)

    def read_row(self, request: ReadRow, sink: Sink) -> str:
        """See the logits after a prompt: RowRead."""
        return self._send(request, sink)

    def score(self, request: Score, sink: Sink) -> str:
        """Rate every token of a text: Scored."""
        return self._send(request, sink)

    def count(self, request: Count, sink: Sink) -> str:
        """Count the tokens of a prompt: Counted."""
        return self._send(request, sink)

    def read_prompt(self, request: ReadPrompt, sink: Sink) -> str:
        """See the tokens of a prompt: PromptRead."""
        return self._send(request, sink)

    def read_vocabulary(self, request: ReadVocabulary, sink: Sink) -> str:
        """See what every token stands for: VocabularyRead."""
        return self._send(request, sink)

    @abstractmethod
    def cancel(self, request_id: str) -> None:
        """Stop a request; a finished one is ignored. Its sink still gets a closing event."""

    @abstractmethod
    def _send(self, request: Request, sink: Sink) -> str: ...
