"""A model of a service without the service: what it tells of an answer of a few words."""

from __future__ import annotations

import asyncio
import math

from errors import ProbabilitiesNotTold
from models.remote.told_tokens import ToldChoice, ToldToken

NAME = "openai/scripted"
ANSWER = ("The", "capital", "of", "France", "is", "Paris", ",", "they", "say", "☃", ".")
OTHERS = (("Paris", 0.5), (" a\n", 0.125), ("<b>", 0.0625), ("é", 0.03125), ("中", 0.015625))


class ScriptedTeller:
    """``asked`` are the texts that left the machine. One with "slow" in it waits, "secret" tells nothing."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    def sent(self, text: str) -> str:
        return text

    async def answer(self, text: str, max_tokens: int) -> tuple[ToldChoice, ...]:
        self.asked.append((text, max_tokens))
        if "slow" in text:
            await asyncio.Event().wait()
        if "secret" in text:
            raise ProbabilitiesNotTold(model=NAME)
        return tuple(_choice(word, place) for place, word in enumerate(ANSWER[:max_tokens]))


def _choice(word: str, place: int) -> ToldChoice:
    """What was written is never the likeliest, and grows likelier."""
    chosen = _token(f" {word}", 0.05 * (place + 1) / len(ANSWER))
    return ToldChoice(chosen, tuple(_token(text, probability) for text, probability in OTHERS))


def _token(text: str, probability: float) -> ToldToken:
    return ToldToken(None, text.encode(), math.log(probability))
