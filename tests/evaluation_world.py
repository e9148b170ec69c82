"""A runner of evaluations over models that answer by rules."""

from __future__ import annotations

from contextlib import aclosing

from chains.evaluation.measuring import EvaluationTools
from chains.evaluation.plans import EvaluationPlan
from chains.evaluation.runner import EvaluationRunner
from chains.evaluation.scores import score_rows
from chains.room_model import RoomModel
from errors import ModelUnknown
from storage.database import Database
from storage.evaluations import EvaluationStore, StoredEvaluation
from tests.answering_model import AnsweringModel, room_of
from tests.byte_scorer import ByteScorer


class EvaluationWorld:
    """A runner over ``models`` by their names, and what it keeps."""

    def __init__(self, database: Database) -> None:
        self.store = EvaluationStore(database)
        self.models = {"local/a": AnsweringModel(), "local/b": AnsweringModel(), "local/judge": AnsweringModel()}
        self.scorer = ByteScorer()
        self.runner = self.new_runner()

    def new_runner(self, num_at_once: int = 4) -> EvaluationRunner:
        ticks = iter(range(10_000))
        tools = EvaluationTools(self.model, self._scorer, clock=lambda: float(next(ticks)))
        return EvaluationRunner(self.store, tools, num_at_once)

    def model(self, name: str, owner: str = "") -> RoomModel:
        if name not in self.models:
            raise ModelUnknown(model=name)
        return room_of(self.models[name], name)

    def _scorer(self, name: str) -> ByteScorer | None:
        return self.scorer if name == "local/a" else None

    async def ended(self, evaluation_id: str, owner: str = "ana") -> StoredEvaluation:
        async with aclosing(self.runner.watch(owner, evaluation_id)) as states:
            found = [state.evaluation async for state in states]
        return found[-1]

    def scores(self, evaluation_id: str, owner: str = "ana") -> list[float | None]:
        plan = EvaluationPlan.model_validate(self.store.content(owner, evaluation_id))
        return [row.score for row in score_rows(plan, self.store.outcomes(owner, evaluation_id))]
