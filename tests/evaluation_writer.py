"""A program that evaluates a model and is killed by it: at one of the questions the whole process ends."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from chains.evaluation.measuring import EvaluationTools
from chains.evaluation.plans import EvaluationPlan
from chains.evaluation.runner import EvaluationRunner
from chains.evaluation.task_sets import Metric, TaskItem, TaskSet
from storage.database import Database
from storage.evaluations import EvaluationStore
from storage.opening import open_database
from tests.answering_model import AnsweringModel, room_of

NUM_ITEMS = 12
ITEMS = tuple(TaskItem(question=f"¿{number}?", answers=(str(number),)) for number in range(NUM_ITEMS))
PLAN = EvaluationPlan(
    task_set=TaskSet(language="es", metrics=(Metric.NUMBER,), items=ITEMS), models=("local/a", "local/b")
)


def no_migration(database: Database) -> None:
    """Alembic is not imported here: it would double the time that each start takes."""
    raise AssertionError(database.address)


async def evaluate(path: Path, num_answers: int) -> None:
    database = open_database(f"sqlite:///{path}", path.parent, migrate=no_migration)
    model = AnsweringModel()

    def answer(text: str) -> str:
        if len(model.prompts) > num_answers:
            os._exit(9)
        return text

    model.answer = answer
    runner = EvaluationRunner(EvaluationStore(database), EvaluationTools(lambda name, _: room_of(model, name)))
    if not await runner.take_up():
        await runner.start("ana", PLAN)
    (going,) = EvaluationStore(database).going()
    async for _ in runner.watch(*going):
        pass
    database.close()


if __name__ == "__main__":
    asyncio.run(evaluate(Path(sys.argv[1]), int(sys.argv[2])))
