"""What the local model says may come next, as it says it: whole rows of logits, and the tokens that they are about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
from langchain_core.messages import BaseMessage

from errors import GenerationFailed
from models.answer_chunks import error_of
from models.engine.engine_requests import Sink
from models.engine.protocol import Event, Prompt, PromptRead, ReadPrompt, ReadRow, Score, Scored
from models.engine.whole_vocabulary import ReadVocabulary, RowRead, VocabularyRead
from models.engine_calls import closing_event
from models.messages import to_prompt
from safety.surrogates import without_surrogates

Logits: TypeAlias = npt.NDArray[np.float32]
Asked: TypeAlias = str | Sequence[BaseMessage]  # a text as it is, or turns through the model's template


@dataclass(frozen=True, eq=False)
class ModelVocabulary:
    """``token_bytes`` stand by id and need not be whole characters; control tokens show their own text.

    ``control_ids`` are no text: nothing can follow them. The model's file forbids it to write ``suppressed_ids``.
    ``fingerprint`` is another for another model or another file of it.
    """

    fingerprint: str
    token_bytes: tuple[bytes, ...]
    control_ids: frozenset[int]
    suppressed_ids: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class NextRow:
    """``logits`` after ``prompt_ids``, one for each id of ``vocabulary``, read-only.

    The model had read the first ``num_cached`` ids before.
    """

    logits: Logits
    prompt_ids: tuple[int, ...]
    num_cached: int
    vocabulary: ModelVocabulary


@dataclass(frozen=True)
class ScoredToken:
    """``log_probability`` is natural, after what stands before; None for the first, before which nothing stands."""

    token_id: int
    token_bytes: bytes
    log_probability: float | None


class RowEngine(Protocol):
    """What this client needs of the supervisor."""

    def read_row(self, request: ReadRow, sink: Sink) -> str:
        """See the logits after a prompt. Returns the id to cancel it by, as all of these do."""

    def score(self, request: Score, sink: Sink) -> str:
        """Rate every token of a text."""

    def read_prompt(self, request: ReadPrompt, sink: Sink) -> str:
        """See the tokens of a prompt."""

    def read_vocabulary(self, request: ReadVocabulary, sink: Sink) -> str:
        """See what every token stands for."""

    def cancel(self, request_id: str) -> None:
        """Stop a request."""


class NextTokenReader:
    """Asks the engine; ``owner`` is whom its queue is fair to. Cancelling a call stops the model.

    Every call raises EngineBusy, EngineDied, EngineUnavailable or GenerationFailed, and those that take a text of
    somebody's PromptTooLong. A model that took the place of another is noticed with the next row.
    """

    def __init__(self, engine: RowEngine) -> None:
        self._engine = engine
        self._vocabulary: ModelVocabulary | None = None

    async def row(self, owner: str, prompt: Asked, then_ids: Iterable[int] = ()) -> NextRow:
        """What may come after ``prompt`` and then the tokens ``then_ids``, none of which may be a control token.

        After an empty text it is what the model begins with: its token for the beginning stands alone. What was read
        before is not read again, so that one more token in ``then_ids`` costs one.
        """
        request = ReadRow(id="", prompt=asked_prompt(prompt, tuple(then_ids)), owner=owner)
        event = await self._ask(partial(self._engine.read_row, request))
        if not isinstance(event, RowRead):
            raise error_of(event)
        vocabulary = await self._vocabulary_of(event.fingerprint)
        logits = np.frombuffer(event.logits, dtype="<f4")
        return NextRow(logits, event.prompt_ids, event.num_cached, vocabulary)

    async def score(self, owner: str, text: str) -> tuple[ScoredToken, ...]:
        """How likely every token of ``text`` was, given what stands before it."""
        request = Score(id="", text=without_surrogates(text), owner=owner)
        event = await self._ask(partial(self._engine.score, request))
        if not isinstance(event, Scored):
            raise error_of(event)
        return tuple(ScoredToken(token.token_id, token.token_bytes, token.log_probability) for token in event.tokens)

    async def tokens(self, text: str) -> tuple[tuple[int, bytes], ...]:
        """The tokens of ``text`` with their bytes, without those that the model wants before any text."""
        request = ReadPrompt(id="", prompt=asked_prompt(text, ()))
        event = await self._ask(partial(self._engine.read_prompt, request))
        if not isinstance(event, PromptRead):
            raise error_of(event)
        columns = zip(event.token_ids, event.token_bytes, event.messages, strict=True)
        return tuple((token_id, token_bytes) for token_id, token_bytes, message in columns if message is not None)

    async def vocabulary(self) -> ModelVocabulary:
        """That of the model that was asked last."""
        return self._vocabulary or await self._read_vocabulary()

    async def _vocabulary_of(self, fingerprint: str) -> ModelVocabulary:
        """Raises GenerationFailed when yet another model came in between."""
        known = self._vocabulary
        if known is None or known.fingerprint != fingerprint:
            known = await self._read_vocabulary()
        if known.fingerprint != fingerprint:
            raise GenerationFailed
        return known

    async def _read_vocabulary(self) -> ModelVocabulary:
        event = await self._ask(partial(self._engine.read_vocabulary, ReadVocabulary(id="")))
        if not isinstance(event, VocabularyRead):
            raise error_of(event)
        control_ids = frozenset(event.control_ids)
        self._vocabulary = ModelVocabulary(event.fingerprint, event.token_bytes, control_ids, event.suppressed_ids)
        return self._vocabulary

    async def _ask(self, ask: Callable[[Sink], str]) -> Event:
        return await closing_event(ask, self._engine.cancel)


def asked_prompt(asked: Asked, then_ids: tuple[int, ...]) -> Prompt:
    """``asked`` and then ``then_ids``, as the engine takes it."""
    if isinstance(asked, str):
        return Prompt(text=without_surrogates(asked), prefill_ids=then_ids)
    return to_prompt(asked, prefill_ids=then_ids)
