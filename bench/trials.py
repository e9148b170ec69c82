"""Our engine against itself: beside a newcomer, under a schema, after a crash, after thousands of requests."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from bench.answer import ContenderFailed, NothingToMeasure, Request
from bench.contenders.ours import Ours
from bench.figures import decode_rate, gaps, percentile_95
from bench.questions import FORM, FORM_SCHEMA, chat, document, lessons, story, words
from bench.setup import Plan, Setup
from errors import EngineDied
from models.chat_model import LocalChatModel

RUNNING_TOKENS = 2_000  # more than the running reader can be sent while the newcomer's prompt is read
READING_LIMIT_S = 120.0
RESTART_LIMIT_S = 120.0
MEGABYTE = 2**20


def measure_smoothness(setup: Setup, round_index: int) -> None:
    """One reader is being written to when another comes with a long document."""
    asyncio.run(_smoothness(setup, setup.ours, round_index))


async def _smoothness(setup: Setup, ours: Ours, round_index: int) -> None:
    plan = setup.plan
    times: list[float] = []
    is_under_way = asyncio.Event()

    def note(time_of_piece: float) -> None:
        times.append(time_of_piece)
        if len(times) > plan.gaps_alone:
            is_under_way.set()

    request = Request(story("a village by the sea"), RUNNING_TOKENS, reader="running")
    running = asyncio.create_task(ours.ask(request, note))
    running.add_done_callback(lambda _: is_under_way.set())
    await is_under_way.wait()
    question = Request(document(plan.document_tokens, seed=round_index), 1, reader="newcomer")
    try:
        newcomer = await asyncio.wait_for(ours.ask(question), READING_LIMIT_S)
        if running.done():
            await running
            raise NothingToMeasure("the running reader's answer ended before the newcomer's document was read")
    except TimeoutError:
        raise NothingToMeasure(f"the newcomer's document was not read within {READING_LIMIT_S:.0f} s") from None
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
    beside = gaps(times, newcomer.asked_at, newcomer.first_token_at)
    setup.record.add(
        ours__gap_p95_alone_s=percentile_95(gaps(times, 0.0, newcomer.asked_at)),
        ours__gap_p95_beside_newcomer_s=percentile_95(beside),
        ours__gap_worst_beside_newcomer_s=max(beside),
        ours__newcomer_prompt_tokens=newcomer.num_prompt or 0,
        ours__newcomer_cached_tokens=newcomer.num_cached or 0,
        ours__newcomer_ttft_s=newcomer.first_token_s,
    )


def measure_grammar(setup: Setup, _round_index: int) -> None:
    """The same question with a JSON schema, and without one for as many tokens."""
    if "json_schema" not in LocalChatModel.model_fields:
        raise NothingToMeasure("LocalChatModel has no json_schema yet")
    request = Request(chat(FORM), setup.plan.form_tokens, options={"json_schema": FORM_SCHEMA})
    (filled,) = setup.ours.write([request])
    (free,) = setup.ours.write([Request(chat(FORM), filled.num_output)])
    setup.record.add(
        ours__decode_per_s_schema=decode_rate([filled]),
        ours__decode_per_s_free=decode_rate([free]),
        ours__schema_tokens=filled.num_output,
        ours__free_tokens=free.num_output,
    )


def measure_restart(setup: Setup, _round_index: int) -> None:
    """The worker is killed, and a reader asks again until there is an answer."""
    for _ in range(setup.plan.restarts):
        os.kill(setup.ours.supervisor.process_id, signal.SIGKILL)
        killed_at = time.monotonic()
        setup.record.add(ours__restart_s=asyncio.run(_first_token_after(setup.ours, killed_at)))


async def _first_token_after(ours: Ours, killed_at: float) -> float:
    while time.monotonic() - killed_at < RESTART_LIMIT_S:
        with suppress(EngineDied):  # the question reached the worker that was killed
            answer = await ours.ask(Request(chat("What is the capital of France?"), 2))
            return answer.first_token_at - killed_at
    raise ContenderFailed(f"ours gave no answer within {RESTART_LIMIT_S:.0f} s of the kill")


def measure_leak(setup: Setup, _round_index: int) -> None:
    """Memory of the worker after many requests of all kinds; before them it has seen a full batch and a long prompt."""
    ours = setup.ours
    process_id = ours.supervisor.process_id
    loaded = resident_bytes(process_id)
    ours.classroom(lessons(setup.plan.readers, 1), 8)
    ours.write([Request(document(800, seed=-1), 2)])
    before = resident_bytes(process_id)
    num_cancelled = asyncio.run(_many(ours, setup.plan))
    ours.write([Request(chat("Hello!"), 2)])
    after = resident_bytes(process_id)
    if ours.supervisor.process_id != process_id:
        raise ContenderFailed("ours lost its worker on the way")
    setup.record.add(
        ours__leak_mb=(after - before) / MEGABYTE,
        ours__resident_loaded_mb=loaded / MEGABYTE,
        ours__resident_before_mb=before / MEGABYTE,
        ours__resident_after_mb=after / MEGABYTE,
        ours__leak_cancelled_requests=num_cancelled,
    )


async def _many(ours: Ours, plan: Plan) -> int:
    """So many at once, each of its own kind; returns how many were cancelled."""
    waiting = mixed_requests(plan.leak_requests)
    num_cancelled = 0

    async def reader() -> None:
        nonlocal num_cancelled
        for request, patience_s in waiting:
            try:
                await asyncio.wait_for(ours.ask(request), patience_s)
            except TimeoutError:
                num_cancelled += 1

    await asyncio.gather(*(reader() for _ in range(plan.leak_at_once)))
    return num_cancelled


def mixed_requests(number: int) -> Iterator[tuple[Request, float | None]]:
    """Short and not so short, greedy and drawn, each with the seconds after which its reader leaves, or None."""
    draw = random.Random(number)
    for index in range(number):
        is_long = draw.random() < 0.01
        is_left = draw.random() < 0.15
        options = {"temperature": 1.0, "seed": index} if draw.random() < 0.25 else {}
        messages = chat(words(300 if is_long else draw.randint(2, 8), seed=index))
        request = Request(messages, draw.randint(1, 4), reader=f"reader {index % 20}", options=options)
        yield request, draw.uniform(0.0, 0.3) if is_left else None


def resident_bytes(process_id: int) -> int:
    """Raises NothingToMeasure where the system does not tell (it does on Linux)."""
    try:
        status = Path(f"/proc/{process_id}/status").read_text(encoding="utf-8")
    except OSError as error:
        raise NothingToMeasure("memory of another process is only read on Linux") from error
    (line,) = (line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024
