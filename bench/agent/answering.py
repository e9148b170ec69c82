"""All tasks with one strategy and one model, one after the other, and what the answers are worth."""

from __future__ import annotations

import asyncio
import gc
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from agents.options import AgentOptions, Strategy
from agents.planning import chosen_for
from bench.agent.figures import DEFAULT
from bench.agent.scoring import (
    Answered,
    calls_that_parse,
    has_right_arguments,
    has_right_tool,
    is_answered,
    is_grounded,
    share,
)
from bench.agent.setup import Setup
from bench.agent.turns import Contender, Turn
from bench.figures import percentile_95

MAX_SHOWN = 160  # characters of an answer that missed
NUM_WARMED = 1  # turns before those that count: libraries are loaded, the prompt's beginning is in the cache


@dataclass(frozen=True)
class AnswersMeasure:
    """A measure of ``bench.rounds``."""

    strategy: Strategy
    model: str

    def __call__(self, setup: Setup, _: int) -> None:
        contender = setup.contender(self.model)
        answered, builds = asyncio.run(_answers(setup, contender, self.strategy))
        figures = rates(setup, answered) | times(answered)
        name = f"{self.strategy}_{self.model}"
        if "parse_rate" not in figures:
            setup.record.cannot([f"{name}_parse_rate"], "no tool was called")
        setup.missed[name] = [
            f"{one.task.question} – {one.text[:MAX_SHOWN]}" for one in answered if not is_grounded(one)
        ]
        setup.record.add(**{f"{name}__{key}": value for key, value in figures.items()})
        setup.record.add(**{f"{name}__build_ms": 1_000 * statistics.median(builds)})
        if self.model == DEFAULT and chosen_for(contender.room_model, AgentOptions()).strategy is self.strategy:
            setup.record.add(auto__right_tool_rate=figures["right_tool_rate"])


async def _answers(setup: Setup, contender: Contender, strategy: Strategy) -> tuple[list[Answered], list[float]]:
    tasks = setup.tasks_for(contender, strategy)
    for task in tasks[:NUM_WARMED]:
        await Turn(contender, strategy, task, setup.world.show(task)).answer()
    gc.collect()
    gc.freeze()  # as the program does when it has started
    answered, builds = [], []
    for task in tasks:
        turn = Turn(contender, strategy, task, setup.world.show(task))
        answered.append(await turn.answer())
        builds.append(turn.build_s)
    return answered, builds


def rates(setup: Setup, answered: Sequence[Answered]) -> dict[str, float]:
    """Without ``parse_rate`` where nothing was called."""
    counts = [calls_that_parse(one, {tool.name: tool for tool in setup.world.show(one.task)}) for one in answered]
    num_calls = sum(total for _, total in counts)
    parsed = {"parse_rate": sum(good for good, _ in counts) / num_calls} if num_calls else {}
    return {
        **parsed,
        "calls_a_task": num_calls / len(answered),
        "right_tool_rate": share([has_right_tool(one) for one in answered]),
        "right_arguments_rate": share([has_right_arguments(one) for one in answered]),
        "grounded_rate": share([is_grounded(one) for one in answered]),
        "answer_rate": share([is_answered(one) for one in answered]),
    }


def times(answered: Sequence[Answered]) -> dict[str, float]:
    overheads = [value for one in answered for value in one.overheads_ms]
    return {"loop_overhead_ms": statistics.median(overheads), "loop_overhead_p95_ms": percentile_95(overheads)}
