"""One question to two settings of the local model: both at once, beside one after the other."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import aclosing

from bench.answer import ContenderFailed
from bench.contenders.ours import Ours
from bench.figures import Record
from chains.compared_answer import ComparedAnswer, Contender, Meter
from chains.comparison import Comparison, Question
from chains.options import SamplingChoice
from chains.room_model import RoomModel
from models.chat_model import LocalChatModel

OWNER = "bench"
QUESTION = "Tell a long story about an old lighthouse keeper in a village by the sea."
TEMPERATURES = (0.7, 1.0)


def measure_comparing(ours: Ours, record: Record, round_index: int, num_tokens: int) -> None:
    """``together.compare_tokens_per_s`` and ``in_turn.compare_tokens_per_s``, the prompts' reading included.

    Every turn has a system prompt of its own, so that none begins with what the one before left in the cache.
    """
    contenders = [_contender(ours, temperature, num_tokens) for temperature in TEMPERATURES]
    turns = [("in_turn", [[one] for one in contenders]), ("together", [contenders])]
    for name, runs in turns if round_index % 2 else reversed(turns):
        question = Question(QUESTION, system=f"You tell stories: {name} {round_index}.")
        rate = asyncio.run(_tokens_per_s(question, runs))
        record.add(**{f"{name}__compare_tokens_per_s": rate})


def _contender(ours: Ours, temperature: float, num_tokens: int) -> Contender:
    context_tokens = ours.card.context_tokens
    model = LocalChatModel(engine=ours.supervisor, model_name="local/bench", context_tokens=context_tokens)
    sampling = SamplingChoice(temperature=temperature, seed=7, max_tokens=num_tokens)
    return Contender(RoomModel(model, model, "local/bench", context_tokens), sampling)


async def _tokens_per_s(question: Question, runs: Sequence[Sequence[Contender]]) -> float:
    started_at, num_tokens = time.perf_counter(), 0
    for contenders in runs:
        answers = [ComparedAnswer(contender) for contender in contenders]
        comparison = Comparison(OWNER, question, answers, is_blind=False, meter=Meter(time.monotonic))
        async with aclosing(comparison.run()) as states:
            async for _ in states:
                pass
        num_tokens += sum(map(_num_output, comparison.answers))
    return num_tokens / (time.perf_counter() - started_at)


def _num_output(answer: ComparedAnswer) -> int:
    if not answer.is_done or answer.num_output is None:
        raise ContenderFailed("a compared answer has no end")
    return answer.num_output
