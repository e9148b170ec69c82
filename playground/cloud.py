"""What models of services tell of the next token: no row of logits, but the likeliest few.

All that is said of the rest follows from what is missing to one.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from errors import MessageTooLong, ModelUnknown, PromptBlank
from models.remote.told_tokens import ToldChoice, ToldToken
from playground.exports import Table
from playground.measures import effective_number
from playground.positions import MAX_CHARACTERS

MAX_TOKENS = 60  # of an answer: somebody pays for each


class Teller(Protocol):
    """What is needed of a model; ``models.remote.told_tokens.TokenTeller`` is one."""

    def sent(self, text: str) -> str:
        """What it is told in place of ``text``."""

    async def answer(self, text: str, max_tokens: int) -> tuple[ToldChoice, ...]:
        """What it answers to ``text``, at least one token."""


@dataclass(frozen=True)
class CloudAnswer:
    """What ``model`` answered to ``text``, the only thing it was told; ``choices`` has a token at least."""

    model: str
    text: str
    choices: tuple[ToldChoice, ...]

    @property
    def candidates(self) -> tuple[ToldToken, ...]:
        """What might have come first, the likeliest first."""
        return self.choices[0].candidates

    @property
    def mass(self) -> float:
        """The share of ``candidates``; what is missing to 1 belongs to tokens that are not told."""
        return min(1.0, math.fsum(token.probability for token in self.candidates))

    @property
    def least_bits(self) -> float:
        """The entropy is at least this: what is not told counts as a single token, and could only add to it."""
        shares = [*(token.probability for token in self.candidates), 1 - self.mass]
        return max(0.0, -math.fsum(share * math.log2(share) for share in shares if share > 0))

    @property
    def least_effective(self) -> float:
        """As many equally likely tokens, at least."""
        return effective_number(self.least_bits)


class CloudModels:
    """The models of services that are offered here, by their names. One is told something by ``ask`` alone."""

    def __init__(self, tellers: Mapping[str, Teller] | None = None) -> None:
        self._tellers = dict(tellers or {})

    @property
    def names(self) -> tuple[str, ...]:
        """Those to choose from."""
        return tuple(self._tellers)

    def check(self, name: str) -> None:
        """Raises ModelUnknown for one that is not offered."""
        if name not in self._tellers:
            raise ModelUnknown(model=name)

    async def ask(self, name: str, text: str, max_tokens: int = 1) -> CloudAnswer:
        """Send ``text`` to the model ``name``, as one message.

        Raises ModelUnknown, PromptBlank, MessageTooLong, ProbabilitiesNotTold, ModelError or
        PromptTooLong.
        """
        self.check(name)
        if not text.strip():
            raise PromptBlank
        if len(text) > MAX_CHARACTERS:
            raise MessageTooLong(length=len(text), limit=MAX_CHARACTERS)
        teller = self._tellers[name]
        choices = await teller.answer(text, min(max(max_tokens, 1), MAX_TOKENS))
        return CloudAnswer(name, await asyncio.to_thread(teller.sent, text), choices)


def cloud_table(answer: CloudAnswer) -> Table:
    """A row for each token that was told, in the place of each that was written."""
    rows = tuple(
        {
            "place": place,
            "text": token.token_bytes.decode(errors="replace"),
            "bytes": token.token_bytes.hex(" "),
            "id": token.token_id,
            "log-probability": token.log_probability,
            "probability": token.probability,
            "written": token == choice.chosen,
        }
        for place, choice in enumerate(answer.choices, start=1)
        for token in choice.candidates
    )
    return Table(rows, _summary(answer.choices) | {"first_mass": answer.mass, "first_least_bits": answer.least_bits})


def _summary(choices: Sequence[ToldChoice]) -> dict[str, Any]:
    logs = [choice.chosen.log_probability for choice in choices]
    written = b"".join(choice.chosen.token_bytes for choice in choices).decode(errors="replace")
    return {"answer": written, "log_probability": math.fsum(logs), "num_tokens": len(logs)}
