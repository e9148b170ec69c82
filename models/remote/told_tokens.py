"""What a service tells of the tokens its model wrote: how probable they were, and the likeliest in their places."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from errors import ModelFaulty, ProbabilitiesNotTold, PromptTooLong, TertuliaError
from models.remote.attempts import Attempts
from models.remote.chat_model import RemoteChatModel
from models.remote.faults import REFUSED, TIMED_OUT, Fault
from safety.masking import Masking
from safety.surrogates import without_surrogates

logger = logging.getLogger(__name__)
LEAST = -9_999.0  # stands for impossible, as with OpenAI


@dataclass(frozen=True)
class ToldToken:
    """``token_id`` is None where the service does not tell it. ``token_bytes`` need not be whole characters."""

    token_id: int | None
    token_bytes: bytes
    log_probability: float

    @property
    def probability(self) -> float:
        """0 to 1."""
        return math.exp(self.log_probability)


@dataclass(frozen=True)
class ToldChoice:
    """``chosen`` was written; ``likeliest`` could have been, best first, and may hold it."""

    chosen: ToldToken
    likeliest: tuple[ToldToken, ...]

    @property
    def candidates(self) -> tuple[ToldToken, ...]:
        """Each of them once, best first."""
        known = {(token.token_id, token.token_bytes): token for token in (self.chosen, *self.likeliest)}
        return tuple(sorted(known.values(), key=lambda token: -token.log_probability))


class TokenTeller:
    """Asks the service of ``model``. Nothing leaves the machine before ``answer`` is called."""

    def __init__(self, model: RemoteChatModel) -> None:
        self._model = model

    def sent(self, text: str) -> str:
        """What the service is told in place of ``text``."""
        return Masking().hide(text) if self._model.hides_personal else text

    async def answer(self, text: str, max_tokens: int) -> tuple[ToldChoice, ...]:
        """What the model answers to ``text``, token by token. Cancelling ends the request.

        Raises ProbabilitiesNotTold, ModelError or PromptTooLong, which hold nothing of what the service said.
        """
        wire, service = await asyncio.to_thread(self._model.connect)
        text = await asyncio.to_thread(self.sent, text)
        attempts = Attempts(wire.tokens_call(max_tokens), 0, self._model.pause)
        while True:
            try:
                async with asyncio.timeout(self._model.timeout_s):
                    told = await wire.tokens(service, without_surrogates(text), attempts.options)
                choices = tuple(_choice(entry) for entry in told.entries)
                fault = REFUSED if told.is_refused else None
            except TimeoutError:
                fault = TIMED_OUT
            except wire.raises as error:
                fault = wire.fault(error)
            if fault is None:
                break
            if not await attempts.may_go_on(fault):
                raise self._error(fault, text)
        if not choices:
            raise ProbabilitiesNotTold(model=self._model.model_name)
        return choices

    def _error(self, fault: Fault, text: str) -> TertuliaError:
        name = self._model.model_name
        logger.warning("%s told no probabilities: %s, status %s", name, fault.kind.__name__, fault.status)
        if fault.kind is PromptTooLong:
            return PromptTooLong(length=self._model.get_num_tokens(text), limit=self._model.context_tokens)
        if fault.kind is ModelFaulty and fault.may_be_options:
            return ProbabilitiesNotTold(model=name)
        return fault.kind(model=name)


def _choice(entry: Mapping[str, Any]) -> ToldChoice:
    return ToldChoice(_token(entry), tuple(map(_token, entry.get("top_logprobs") or ())))


def _token(entry: Mapping[str, Any]) -> ToldToken:
    """Raises one of MALFORMED for what no service should say."""
    token_bytes, token_id = entry.get("bytes"), entry.get("token_id")
    content = bytes(token_bytes) if isinstance(token_bytes, list) else without_surrogates(str(entry["token"])).encode()
    log_probability = float(entry["logprob"])
    if math.isnan(log_probability):
        raise ValueError("not a probability")
    is_id = isinstance(token_id, int) and token_id >= 0
    return ToldToken(token_id if is_id else None, content, min(max(log_probability, LEAST), 0.0))
