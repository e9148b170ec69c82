"""A local model that writes anything its grammar lets through, over the real LocalChatModel."""

from __future__ import annotations

import random

from models.chat_model import LocalChatModel
from models.engine.protocol import Generate
from tests.gbnf import Gbnf
from tests.scripted_engine import ObedientEngine


class WalkingEngine(ObedientEngine):
    """Draws each text from its grammar by ``draw``; ``Hello`` where there is none."""

    def __init__(self, draw: random.Random) -> None:
        self.draw = draw
        self.requests: list[Generate] = []

    def _text(self, request: Generate) -> str:
        self.requests.append(request)
        return Gbnf(request.sampling.grammar).any(self.draw) if request.sampling.grammar else "Hello"


def walking_model(draw: random.Random) -> tuple[LocalChatModel, WalkingEngine]:
    engine = WalkingEngine(draw)
    fields = {"engine": engine, "model_name": "local/test", "context_tokens": 4_000, "max_tokens": 1_500}
    return LocalChatModel.model_validate(fields), engine
