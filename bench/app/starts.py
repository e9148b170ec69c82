"""How long it takes until the page is there, from nothing and again, and how much memory it takes."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from bench.app.figures import in_turn
from bench.app.program import Program, start_app, start_empty
from bench.app.reader import reader
from bench.app.setup import Setup
from bench.questions import lessons


def measure_first_start(setup: Setup, _round_index: int) -> None:
    """No folder is there yet: the database is made and the model's file converted."""
    with tempfile.TemporaryDirectory(dir=setup.folder) as folder:
        chosen = setup.chosen("first", data_dir=Path(folder) / "data", cache_dir=Path(folder) / "cache")
        with start_app(Path(folder), chosen) as program:
            setup.record.add(app__first_start_s=program.start_s)


def measure_start(setup: Setup, round_index: int) -> None:
    """Started a second time, as on every other day; and an empty page."""
    if round_index == 0:
        _start_again(setup).close()  # makes the database
    for name in in_turn(("app", "empty"), round_index):
        with _start_again(setup) if name == "app" else start_empty(setup.folder) as program:
            setup.record.add(**{f"{name}__start_s": program.start_s, f"{name}__start_cpu_s": program.start_cpu_s})


def _start_again(setup: Setup) -> Program:
    return start_app(setup.folder, setup.chosen("started"))


def measure_memory(setup: Setup, _round_index: int) -> None:
    """After the start, and after answers in a few conversations."""
    plan = setup.plan
    with start_app(setup.folder, setup.chosen("memory", max_answer_tokens=plan.memory_tokens)) as program:
        setup.record.add(app__rss_mb=program.rss_mb)
        asyncio.run(_converse(program.url, lessons(plan.memory_readers, plan.memory_answers)))
        setup.record.add(app__rss_after_mb=program.rss_mb, app__worker_rss_mb=program.worker_rss_mb)


async def _converse(url: str, conversations: list[list[str]]) -> None:
    async def converse(questions: list[str]) -> None:
        conversation_id = ""
        async with reader(url) as one:
            for question in questions:
                conversation_id = (await one.ask(question, conversation_id)).values["conversation"]

    await asyncio.gather(*map(converse, conversations))
