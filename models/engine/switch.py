"""The engine that serves now, and a way to put another model in its place without a gap."""

from __future__ import annotations

import threading
from collections.abc import Callable

from errors import ModelNotLoaded
from models.engine.protocol import (
    Count,
    EngineOptions,
    Generate,
    Look,
    ModelCard,
    ReadPrompt,
    ReadRow,
    Score,
)
from models.engine.supervisor import Sink, Supervisor
from models.engine.whole_vocabulary import ReadVocabulary
from models.status import ModelStatus


class EngineSwitch:
    """Passes requests on to the engine that serves now. Safe from any thread.

    ``start`` begins to load a model in a worker of its own.
    """

    def __init__(self, options: EngineOptions, start: Callable[[EngineOptions], Supervisor]) -> None:
        self._start = start
        self._lock = threading.Lock()
        self._current = start(options)

    def load(self, options: EngineOptions) -> ModelCard:
        """Block until the model of ``options`` serves in the old one's place.

        Answers that the old one is writing are finished by it. Raises ModelNotLoaded, and the old one goes on.
        """
        candidate = self._start(options)
        try:
            card = candidate.wait()
        except ModelNotLoaded:
            candidate.close()
            raise
        with self._lock:
            old, self._current = self._current, candidate
        threading.Thread(target=_retire, args=(old,), name="engine retires", daemon=True).start()
        return card

    def wait(self) -> ModelCard:
        """Block until the model that serves now is loaded. Raises ModelNotLoaded."""
        return self._current.wait()

    def status(self) -> ModelStatus:
        """How the model is doing, at once."""
        return self._current.status()

    @property
    def process_id(self) -> int:
        """Of the worker that serves now."""
        return self._current.process_id

    def generate(self, request: Generate, sink: Sink) -> str:
        """Begin an answer."""
        return self._current.generate(request, sink)

    def look(self, request: Look, sink: Sink) -> str:
        """See what may come after a prompt."""
        return self._current.look(request, sink)

    def read_row(self, request: ReadRow, sink: Sink) -> str:
        """See the logits after a prompt."""
        return self._current.read_row(request, sink)

    def score(self, request: Score, sink: Sink) -> str:
        """Rate every token of a text."""
        return self._current.score(request, sink)

    def count(self, request: Count, sink: Sink) -> str:
        """Count the tokens of a prompt."""
        return self._current.count(request, sink)

    def read_prompt(self, request: ReadPrompt, sink: Sink) -> str:
        """See the tokens of a prompt."""
        return self._current.read_prompt(request, sink)

    def read_vocabulary(self, request: ReadVocabulary, sink: Sink) -> str:
        """See what every token stands for."""
        return self._current.read_vocabulary(request, sink)

    def cancel(self, request_id: str) -> None:
        """Stop a request of the model that serves now, or of the one that retires."""
        self._current.cancel(request_id)

    def close(self) -> None:
        """End the worker."""
        self._current.close()


def _retire(old: Supervisor) -> None:
    old.drain()
    old.close()
