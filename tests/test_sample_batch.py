"""Samples of one prompt: of the real model that they are what they say, of a scripted one what becomes of them."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from contextlib import aclosing

import numpy as np
import pytest
from langchain_core.messages import HumanMessage

from errors import EngineBusy, EngineDied, PromptTooLong
from models.engine.distribution import Candidate, TokenChoice
from models.engine.engine_requests import Sink
from models.engine.protocol import EngineOptions, Event, Finished, Generate, Piece, Queued, Refused
from models.engine.scheduler import MIN_SHARED_TOKENS
from models.engine.supervisor import Supervisor
from models.engine.worker_process import WorkerProcess
from models.next_token import NextTokenReader
from models.sample_batch import SampleReader, SampleUpdate
from models.sampling import SamplingParams
from settings import child_environment

PROMPT = "The gatherings took place in the back room of the cafe on the corner of the old square, and every week " * 3
ROUNDED = 1e-3  # of a probability by 32-bit weights: llama.cpp makes other sums in another batch


def samplings(num: int, **options: object) -> list[SamplingParams]:
    chosen = {"max_tokens": 8, "temperature": 0.9, **options}
    return [SamplingParams.model_validate(chosen | {"seed": seed}) for seed in range(num)]


async def all_of(engine: object, prompt: str, asked: Sequence[SamplingParams], num: int = 3) -> list[SampleUpdate]:
    async with aclosing(SampleReader(engine).run("ana", prompt, (), asked, num)) as updates:  # type: ignore[arg-type]
        return [update async for update in updates]


def ids_of(updates: list[SampleUpdate], index: int) -> list[int]:
    return [token.token_id for update in updates if update.index == index for token in update.tokens]


async def test_eight_samples_read_their_prompt_once(engine: Supervisor) -> None:
    updates = await all_of(engine, PROMPT, samplings(8))
    ends = {update.index: update for update in updates if update.ended}
    assert sorted(ends) == list(range(8))
    first, *others = sorted(end.num_cached for end in ends.values())
    assert first == 0
    assert all(num_cached > ends[0].num_prompt - 1 - MIN_SHARED_TOKENS for num_cached in others)
    assert [end.seed for _, end in sorted(ends.items())] == list(range(8))


async def test_a_sample_is_what_the_model_writes_alone_with_the_rows_probabilities(float_engine: Supervisor) -> None:
    (greedy,) = samplings(1, temperature=0, max_tokens=4)
    updates = await all_of(float_engine, PROMPT, [greedy])
    reader = NextTokenReader(float_engine)
    path: list[int] = []
    for token in [token for update in updates if update.index == 0 for token in update.tokens]:
        row = await reader.row("ana", PROMPT, path)
        shares = np.exp(row.logits.astype(np.float64) - row.logits.max())
        shares /= shares.sum()
        assert token.token_id == row.logits.argmax()
        assert token.probability == pytest.approx(shares[token.token_id], abs=ROUNDED)
        assert token.probability_after == 1
        assert token.log_probability == pytest.approx(math.log(token.probability))
        assert token.entropy_bits == pytest.approx(-(shares * np.log2(shares)).sum(), abs=0.01)
        assert len(token.alternatives) == 3
        assert [other.probability for other in token.alternatives] == pytest.approx(
            [shares[other.token_id] for other in token.alternatives], abs=ROUNDED
        )
        path.append(token.token_id)


async def test_what_follows_chosen_tokens_goes_on_from_there(float_engine: Supervisor) -> None:
    (greedy,) = samplings(1, temperature=0, max_tokens=3)
    whole = ids_of(await all_of(float_engine, PROMPT, [greedy]), 0)
    async with aclosing(SampleReader(float_engine).run("ana", PROMPT, whole[:2], [greedy])) as updates:
        rest = ids_of([update async for update in updates], 0)
    assert rest[0] == whole[2]


async def test_a_chat_is_answered(engine: Supervisor) -> None:
    async with aclosing(SampleReader(engine).run("ana", [HumanMessage("Hi")], (), samplings(2))) as updates:
        assert {update.index async for update in updates if update.ended} == {0, 1}


async def test_the_same_seed_is_the_same_sample(float_engine: Supervisor) -> None:
    same = [samplings(1)[0]] * 3
    updates = await all_of(float_engine, PROMPT, same)
    assert ids_of(updates, 0) == ids_of(updates, 1) == ids_of(updates, 2)


async def test_a_prompt_that_does_not_fit_is_refused_once_for_all(engine: Supervisor) -> None:
    with pytest.raises(PromptTooLong):
        await all_of(engine, PROMPT * 80, samplings(4))


async def test_where_one_may_run_the_others_queue_and_all_end(
    default_options: EngineOptions, tmp_path_factory: pytest.TempPathFactory
) -> None:
    options = default_options.model_copy(update={"max_sequences": 1})
    supervisor = Supervisor(options, WorkerProcess(child_environment(), tmp_path_factory.mktemp("narrow") / "log"))
    try:
        updates = await all_of(supervisor, PROMPT, samplings(8, max_tokens=3))
    finally:
        supervisor.close()
    places = {(update.index, update.place) for update in updates if update.place is not None}
    assert {(7, 7), (7, 1), (1, 1)} <= places
    ends = {update.index: update for update in updates if update.ended}
    assert sorted(ends) == list(range(8))
    assert all(end.num_cached == end.num_prompt - 1 for index, end in ends.items() if index)


class Scripted:
    """Gives each request the events that ``scripts`` has for it, in turn, and then nothing more."""

    def __init__(self, *scripts: tuple[Event, ...]) -> None:
        self._scripts = scripts
        self.requests: list[Generate] = []
        self.cancelled: list[str] = []

    def generate(self, request: Generate, sink: Sink) -> str:
        number = len(self.requests)
        self.requests.append(request)
        for event in self._scripts[number]:
            sink(event)
        return str(number)

    def cancel(self, request_id: str) -> None:
        self.cancelled.append(request_id)


CHOSEN = Candidate(token_id=7, token_bytes=b"a", probability=0.5, probability_after=0.75)
OTHER = Candidate(token_id=8, token_bytes=b"b", probability=0.25, probability_after=0.25)
PIECE = Piece(id="", text="a", choices=(TokenChoice(chosen=CHOSEN, alternatives=(OTHER,), entropy_bits=1.5),))
END = Finished(
    id="", reason="length", num_prompt=5, num_cached=4, num_output=1, first_token_s=0.1, decode_s=0.2, seed=9
)


async def test_news_of_each_sample_come_under_its_number() -> None:
    engine = Scripted((PIECE, END), (Queued(id="", place=1, seconds=None), PIECE, END))
    updates = await all_of(engine, "x", samplings(2))
    assert [update.place for update in updates if update.index == 1] == [1, None, None]
    assert [(update.text, update.ended) for update in updates if update.index == 0] == [("a", None), ("", "length")]
    (token,) = next(update.tokens for update in updates if update.tokens)
    assert (token.token_id, token.token_bytes, token.probability_after, token.entropy_bits) == (7, b"a", 0.75, 1.5)
    assert [request.owner for request in engine.requests] == ["ana", "ana"]


async def test_who_leaves_stops_them_all() -> None:
    engine = Scripted((PIECE,), (), ())
    async with aclosing(SampleReader(engine).run("ana", "x", (), samplings(3))) as updates:
        await anext(updates)
    assert engine.cancelled == ["0", "1", "2"]


async def test_who_is_cancelled_while_waiting_stops_them_all() -> None:
    engine = Scripted((), ())
    task = asyncio.create_task(all_of(engine, "x", samplings(2)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert engine.cancelled == ["0", "1"]


@pytest.mark.parametrize(("reason", "error"), [("busy", EngineBusy), ("died", EngineDied)])
async def test_a_refusal_of_one_ends_all(reason: str, error: type[Exception]) -> None:
    refused = Refused.model_validate({"id": "", "reason": reason})
    engine = Scripted((PIECE,), (refused,))
    with pytest.raises(error):
        await all_of(engine, "x", samplings(2))
    assert engine.cancelled == ["0", "1"]


async def test_a_model_without_probabilities_left_is_as_unlikely_as_can_be() -> None:
    impossible = CHOSEN.model_copy(update={"probability": 0.0})
    piece = PIECE.model_copy(update={"choices": (TokenChoice(chosen=impossible, alternatives=()),)})
    (update, _) = await all_of(Scripted((piece, END)), "x", samplings(1))
    assert update.tokens[0].log_probability == -math.inf
