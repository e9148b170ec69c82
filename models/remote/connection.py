"""Whether a model of a service can be talked to, found out by one short question."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from langchain_core.messages import HumanMessage

from errors import TertuliaError
from models.remote.chat_model import RemoteChatModel

QUESTION = "Say OK."
MAX_TOKENS = 16  # is paid for; a model that thinks may spend them all on that, which proves the connection as well
PATIENCE_S = 20.0


@dataclass(frozen=True)
class Verdict:
    """``error`` says what stands in the way, and is None when ``model`` answered, after ``seconds``."""

    model: str
    seconds: float
    error: TertuliaError | None = None


async def tried(model: RemoteChatModel, clock: Callable[[], float] = time.monotonic) -> Verdict:
    """Ask ``model`` once, without trying again. The wait for its library to load is not counted."""
    begun_at = clock()
    try:
        await model.aconnect()
        asked = model.model_copy(update={"pauses_s": (), "timeout_s": min(model.timeout_s, PATIENCE_S)})
        begun_at = clock()
        await asked.ainvoke([HumanMessage(QUESTION)], max_tokens=MAX_TOKENS)
    except TertuliaError as error:
        return Verdict(model.model_name, clock() - begun_at, error)
    return Verdict(model.model_name, clock() - begun_at)
