"""A crowd of readers who ask in the same moment."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from bench.answer import ContenderFailed
from bench.app.library import library
from bench.app.races import idle
from bench.app.reader import REFUSED, Outcome, Reader, reader
from bench.figures import percentile_95
from bench.load.setup import Setup
from bench.questions import STORY, SUBJECTS

WARMING_UP = "Hello!"


@dataclass
class Crowd:
    """``answered`` are cookies and outcomes; ``mb`` is what the page's process grew by until all had been answered."""

    answered: list[tuple[dict[str, str], Outcome]]
    faults: list[str]
    mb: float

    @property
    def num_refused(self) -> int:
        """Told plainly that there is no place for them now."""
        return sum(REFUSED in fault for fault in self.faults)


def measure_crowd(setup: Setup, round_index: int) -> None:
    questions = [
        f"{round_index}-{number}. {STORY.format(SUBJECTS[number % len(SUBJECTS)])}"
        for number in range(setup.plan.readers)
    ]
    crowd = asyncio.run(_ask_all(setup, questions))
    errors = [fault for fault in crowd.faults if REFUSED not in fault]
    setup.record.notes += sorted(set(errors))
    if not crowd.answered:
        raise ContenderFailed(errors[0] if errors else "everybody was refused")
    with library(setup.data_dir) as kept:
        num_tokens = sum(
            kept.answer(cookies, outcome.values["conversation"]).num_output for cookies, outcome in crowd.answered
        )
    outcomes = [outcome for _, outcome in crowd.answered]
    waits = [outcome.first_text_at - outcome.asked_at for outcome in outcomes if outcome.first_text_at is not None]
    seconds = max(outcome.ended_at for outcome in outcomes) - min(outcome.asked_at for outcome in outcomes)
    setup.record.add(
        app__readers=len(questions),
        app__tokens_per_s=num_tokens / seconds,
        app__ttft_p50_s=statistics.median(waits),
        app__ttft_p95_s=percentile_95(waits),
        app__page_errors=len(errors),
        app__refused=crowd.num_refused,
        app__mb_per_visitor=crowd.mb / len(questions),
        app__bytes_per_token=sum(outcome.num_bytes for outcome in outcomes) / num_tokens,
    )


async def _ask_all(setup: Setup, questions: Sequence[str]) -> Crowd:
    """The pages are open before anybody asks, so that all do it in one moment."""
    url = setup.app.url
    async with reader(url) as first:  # what is made once, for whoever comes first, is nobody's own
        await first.ask(WARMING_UP)
    await idle(url)
    before = setup.app.rss_mb
    async with AsyncExitStack() as stack:
        readers: list[Reader] = [await stack.enter_async_context(reader(url)) for _ in questions]
        asks = (one.ask(question) for one, question in zip(readers, questions, strict=True))
        ended = await asyncio.gather(*asks, return_exceptions=True)
        grown = setup.app.rss_mb - before
        await idle(url)
    crowd = Crowd([], [], grown)
    for one, outcome in zip(readers, ended, strict=True):
        if isinstance(outcome, Outcome):
            crowd.answered.append((one.cookies, outcome))
        elif isinstance(outcome, ContenderFailed):
            crowd.faults.append(str(outcome))
        else:
            raise outcome
    return crowd
