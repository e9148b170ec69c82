"""How long a turn goes on after it was left: inside a search whose service never answers, and inside the model."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial

from langchain_core.messages import HumanMessage

from agents.options import Strategy
from bench.agent.figures import DEFAULT, STOP
from bench.agent.setup import Setup
from bench.agent.tasks import Task, read_tasks
from bench.agent.turns import Contender, Turn
from bench.answer import NothingToMeasure
from bench.figures import percentile_95
from tests.scripted_search import Fault

SEARCH = "web_search"


@dataclass(frozen=True)
class StopMeasure:
    """A measure of ``bench.rounds``: the 95th percentile of both kinds of stops together."""

    strategy: Strategy
    model: str

    def __call__(self, setup: Setup, _: int) -> None:
        in_tool, in_model = asyncio.run(self._stops(setup))
        name = f"{self.strategy}_{self.model}"
        if not in_tool:
            setup.record.notes.append(f"{name}: it never searched, so it was stopped inside the model alone")
        if len(in_tool) + len(in_model) < 2:
            raise NothingToMeasure("the turns were over before they could be stopped")
        setup.record.add(**{f"{name}__{STOP}": percentile_95([*in_tool, *in_model])})
        for place, times in (("tool", in_tool), ("model", in_model)):
            if times:
                setup.record.add(**{f"{name}__{STOP}_in_{place}": max(times)})

    async def _stops(self, setup: Setup) -> tuple[list[float], list[float]]:
        searching = [task for task in read_tasks() if task.tool == SEARCH][: setup.plan.stops]
        asked, hanging = setup.contender(self.model), setup.contender(self.model, hangs=True)
        in_tool, in_model = [], []
        for task in searching:
            if (seconds := await self._in_tool(setup, asked, task)) is None:
                break  # with a model that does not search, each try takes a whole turn
            in_tool.append(seconds)
        for task in searching:
            if (seconds := await self._in_model(setup, hanging, task)) is not None:
                in_model.append(seconds)
        return in_tool, in_model

    async def _in_tool(self, setup: Setup, contender: Contender, task: Task) -> float | None:
        """To when the tool is over and its service sees that nobody waits any more."""
        tools, service = setup.world.show(task), setup.world.service
        service.has_come.clear()
        service.has_left.clear()
        service.faults = dict.fromkeys((*service.keys, ""), Fault.HANG)
        try:
            turn = Turn(contender, self.strategy, task, tools)
            return await turn.stop(service.has_come.is_set, partial(asyncio.to_thread, service.has_left.wait))
        finally:
            service.faults = {}

    async def _in_model(self, setup: Setup, contender: Contender, task: Task) -> float | None:
        """To when the model's stream is closed, and the engine has heard that it must stop."""
        turn = Turn(contender, self.strategy, task, setup.world.show(task))
        reader = contender.room_model.reader

        async def has_ended() -> None:
            """Commands are obeyed in order."""
            if self.model == DEFAULT:
                await reader.aread_prompt([HumanMessage("")])

        return await turn.stop(lambda: setup.watch.num_model_calls > 0, has_ended)
