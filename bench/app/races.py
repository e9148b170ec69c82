"""The application beside its own model without it: the same questions, as many tokens, from asking to the last answer.

``bare`` is ``LocalChatModel.astream`` with its default options, ``same_options`` with those that the rooms use: both
through one engine, the application through another one of the same making.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import astuple
from typing import Any

import httpx

from bench.answer import Answer, ContenderFailed, Request
from bench.app.figures import in_turn
from bench.app.library import library
from bench.app.reader import Outcome, Reader, reader
from bench.app.setup import Setup
from bench.figures import total_rate
from bench.questions import STORY, SUBJECTS, chat
from chains.room_model import NUM_ALTERNATIVES

SAMPLING = ("temperature", "top_p", "top_k", "min_p", "repeat_penalty")
SHOWN_PROBABILITIES = {"logprobs": True, "top_logprobs": NUM_ALTERNATIVES}
SECONDS_BETWEEN_LOOKS = 0.2
IDLE_LIMIT_S = 120.0


def measure_one_reader(setup: Setup, round_index: int) -> None:
    _race(setup, 1, round_index)


def measure_eight_readers(setup: Setup, round_index: int) -> None:
    _race(setup, setup.plan.readers, round_index)


def _race(setup: Setup, num_readers: int, round_index: int) -> None:
    users = f"{num_readers}reader{'s' if num_readers > 1 else ''}"
    prompts = {}
    for name in in_turn(("app", "bare", "same_options"), round_index):
        # Numbered: what an engine has read before would not be read again. The two of one engine get another number.
        questions = stories(num_readers, number=10 + 2 * round_index + (name == "same_options"))
        answers = _ask_app(setup, questions) if name == "app" else _ask_bare(setup, questions, name)
        prompts[name] = [answer.num_prompt for answer in answers]
        setup.record.add(
            **{
                f"{name}__tokens_per_s_{users}": total_rate(answers),
                f"{name}__tokens_{users}": sum(answer.num_output for answer in answers),
                f"{name}__prompt_tokens_cached_{users}": sum(answer.num_cached or 0 for answer in answers),
            }
        )
    if len(set(map(tuple, prompts.values()))) > 1:
        raise ContenderFailed(f"the prompts were not the same: {prompts}")


def stories(number_of: int, number: int) -> list[str]:
    """Questions with long answers; those of another ``number`` begin otherwise, and are as long."""
    return [f"{number}. {STORY.format(subject)}" for subject in SUBJECTS[:number_of]]


def _ask_bare(setup: Setup, questions: Sequence[str], name: str) -> list[Answer]:
    options: dict[str, Any] = {field: getattr(setup.bare_settings, field) for field in SAMPLING}
    if name == "same_options":
        options |= SHOWN_PROBABILITIES
    limit = setup.bare_settings.max_answer_tokens
    return setup.bare.write([Request(chat(text), limit, str(index), options) for index, text in enumerate(questions)])


def _ask_app(setup: Setup, questions: Sequence[str]) -> list[Answer]:
    """Counts are what the application kept of each answer: the text alone would not tell."""
    pairs = asyncio.run(_read_all(setup.app.url, questions))
    with library(setup.app_dir) as kept:
        counts = [kept.answer(cookies, outcome.values["conversation"]) for cookies, outcome in pairs]
    return [
        Answer(outcome.asked_at, (), outcome.ended_at, "", *astuple(count))
        for (_, outcome), count in zip(pairs, counts, strict=True)
    ]


async def _read_all(url: str, questions: Sequence[str]) -> list[tuple[dict[str, str], Outcome]]:
    """A reader for each question; all ask at once. Returns when the application has nothing left to do, titles neither.

    The cookies tell whose each answer is.
    """
    async with AsyncExitStack() as stack:
        readers: list[Reader] = [await stack.enter_async_context(reader(url)) for _ in questions]
        await idle(url)
        asks = (one.ask(question) for one, question in zip(readers, questions, strict=True))
        outcomes = await asyncio.gather(*asks)
        await idle(url)
    return [(one.cookies, outcome) for one, outcome in zip(readers, outcomes, strict=True)]


async def idle(url: str) -> None:
    """Wait until nothing is asked of the model any more. Raises ContenderFailed."""
    try:
        async with asyncio.timeout(IDLE_LIMIT_S), httpx.AsyncClient(base_url=url) as client:
            while True:
                health = (await client.get("/healthz")).raise_for_status().json()
                if health["running"] == health["waiting"] == 0:
                    return
                await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
    except (TimeoutError, httpx.HTTPError) as error:
        raise ContenderFailed(f"app: still busy, or gone: {error!r}") from error
