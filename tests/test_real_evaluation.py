"""The default model is evaluated, judges itself, and reads texts longer than its window."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from chains.evaluation.measuring import EvaluationTools
from chains.evaluation.perplexity import foreseen
from chains.evaluation.plans import EvaluationPlan
from chains.evaluation.runner import EvaluationRunner
from chains.evaluation.scores import score_rows
from chains.evaluation.task_sets import TaskLibrary
from chains.room_model import RoomModel
from models.chat_model import LocalChatModel
from models.engine.supervisor import Supervisor
from models.next_token import NextTokenReader
from storage.database import Database
from storage.evaluations import EvaluationStatus, EvaluationStore

pytest_plugins = ["tests.storage_fixtures"]

TEXT = Path("playground/training/alice.txt").read_text(encoding="utf-8")[:4_000]
NUM_ITEMS = 4
ROUNDING = 0.02  # of a token's nats, on average, as other batches round otherwise


@pytest.fixture(scope="module")
def room_model(engine: Supervisor) -> RoomModel:
    fields: dict[str, Any] = {"engine": engine, "model_name": "local/test", "context_tokens": 2_048}
    model = LocalChatModel(**fields, max_tokens=24)
    return RoomModel(model, model, "local/test", context_tokens=2_048)


async def test_a_text_of_several_windows_is_foreseen_a_little_worse_than_at_once(engine: Supervisor) -> None:
    reader = NextTokenReader(engine)
    text = TEXT
    scored = await reader.score("ana", text)
    nats = [-token.log_probability for token in scored if token.log_probability is not None]
    whole = await foreseen(reader, "ana", text, 2_048)
    assert (whole.num_tokens, whole.num_bytes) == (len(nats), len(text.encode()) - len(scored[0].token_bytes))
    assert whole.nats / whole.num_tokens == pytest.approx(math.fsum(nats) / len(nats), abs=ROUNDING)
    in_windows = await foreseen(reader, "ana", text, 256)
    assert in_windows.num_tokens == pytest.approx(whole.num_tokens, rel=0.01)
    assert in_windows.num_bytes == pytest.approx(whole.num_bytes, rel=0.01)
    assert whole.perplexity is not None
    assert in_windows.perplexity is not None
    assert whole.perplexity * 0.99 < in_windows.perplexity < whole.perplexity * 1.5


async def test_the_default_model_answers_and_judges_each_question(database: Database, room_model: RoomModel) -> None:
    task_set = TaskLibrary.load().get("facts-en")
    few = task_set.model_copy(update={"items": task_set.items[:NUM_ITEMS]})
    plan = EvaluationPlan(task_set=few, models=("local/test",), judge="local/test")
    store = EvaluationStore(database)
    runner = EvaluationRunner(store, EvaluationTools(lambda *_: room_model))
    started = await runner.start("ana", plan)
    states = [state async for state in runner.watch("ana", started.id)]
    assert states[-1].evaluation.status is EvaluationStatus.COMPLETE
    outcomes = [one.content for one in store.outcomes("ana", started.id)]
    assert len(outcomes) == NUM_ITEMS
    assert all(outcome["answer"] and outcome["num_tokens"] and outcome["seconds"] > 0 for outcome in outcomes)
    assert all(outcome["metrics"]["judge"] in (0.0, 1.0) for outcome in outcomes)
    (row,) = score_rows(plan, store.outcomes("ana", started.id))
    assert row.num == NUM_ITEMS
