"""One run: how much of everything, the models, and what was found."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk
from pydantic import Field, SkipValidation

from agents.options import AgentOptions, Strategy
from bench.agent.figures import DEFAULT
from bench.agent.perfect_model import PerfectModel
from bench.agent.tasks import Task, read_tasks
from bench.agent.turns import Contender
from bench.agent.watch import Watch
from bench.agent.world import World, open_world
from bench.contenders.ours import Ours
from bench.figures import Record
from chains.options import SamplingChoice
from chains.room_model import RoomModel
from models.chat_model import LocalChatModel
from models.engine.protocol import EngineOptions
from models.remote.estimated_prompt import EstimatingPromptReader

CONTEXT_TOKENS = 8_192  # of the perfect model
NUM_PARAMETERS = 8e9  # it is no small one
NEVER_S = 3_600.0


@dataclass(frozen=True)
class Plan:
    """``every``: of so many pairs of tasks, one is asked; ``every_choosing``, where the default model has to choose,
    which takes it long, as does every call it makes without need. ``stops`` of each kind, by strategy and model."""

    rounds: int = 3
    every: int = 1
    every_choosing: int = 4
    max_calls: int = 3
    answer_tokens: int = 64
    stops: int = 5

    @classmethod
    def quick(cls) -> Plan:
        """Shows that everything works; its figures say little."""
        return cls(rounds=1, every=5, every_choosing=10, answer_tokens=24, stops=2)


class WatchedLocalModel(LocalChatModel):
    """The local model as the rooms have it, and a watch that is told when it is at work."""

    watch: SkipValidation[Watch] = Field(exclude=True, repr=False)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        async for chunk in self.watch.watched(super()._astream(messages, stop, run_manager, **kwargs)):
            yield chunk


@dataclass
class Setup:
    """The default model is loaded when it is first needed. It answers with the likeliest tokens, the same each time.

    ``missed`` are questions whose answers were not grounded, with these, by strategy and model.
    """

    plan: Plan
    options: EngineOptions
    log: Path
    wanted: frozenset[str]
    record: Record = field(default_factory=Record)
    missed: dict[str, list[str]] = field(default_factory=dict)
    watch: Watch = field(default_factory=Watch)
    _open: ExitStack = field(default_factory=ExitStack)

    def wants(self, keys: Iterable[str]) -> bool:
        return not self.wanted.isdisjoint(keys)

    def close(self) -> None:
        self._open.close()

    def tasks_for(self, contender: Contender, strategy: Strategy) -> tuple[Task, ...]:
        is_slow = contender.name == DEFAULT and strategy is not Strategy.SEARCH_FIRST
        return read_tasks(self.plan.every_choosing if is_slow else self.plan.every)

    @cached_property
    def world(self) -> World:
        return self._open.enter_context(open_world(self.watch))

    def contender(self, name: str, *, hangs: bool = False) -> Contender:
        """``hangs``: the perfect model never gets to its first word."""
        sampling = SamplingChoice(temperature=0.0, max_tokens=self.plan.answer_tokens)
        model = self._default if name == DEFAULT else self._perfect(NEVER_S if hangs else 0.0)
        return Contender(name, model, self.watch, AgentOptions(sampling=sampling, max_calls=self.plan.max_calls))

    @cached_property
    def _default(self) -> RoomModel:
        ours = Ours(self.options, self.log)
        self._open.callback(ours.close)
        card = ours.card
        name = f"local/{card.name}"
        model = WatchedLocalModel(
            engine=ours.supervisor, model_name=name, context_tokens=card.context_tokens, watch=self.watch
        )
        return RoomModel(
            model,
            model,
            name,
            card.context_tokens,
            has_chat_template=card.has_chat_template,
            num_parameters=card.num_parameters,
        )

    def _perfect(self, pace_s: float) -> RoomModel:
        tasks = {task.question: task for task in read_tasks()}
        model = PerfectModel(watch=self.watch, tasks=tasks, pace_s=pace_s)
        return RoomModel(
            model, EstimatingPromptReader(), "local/perfect", CONTEXT_TOKENS, num_parameters=NUM_PARAMETERS
        )
