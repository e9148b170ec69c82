"""Evaluations go on in the background, are stopped, fail and go on again, and no question is asked in vain."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from chains.evaluation.background import BackgroundEvaluations
from chains.evaluation.history import results_with
from chains.evaluation.plans import EvaluationPlan
from chains.evaluation.runner import MAX_KEPT
from chains.evaluation.scores import Comparison, by_variant, compared, score_rows
from chains.evaluation.task_sets import Metric, TaskItem, TaskLibrary, TaskSet, text_set
from chains.templates import TemplateSpec
from errors import (
    EngineDied,
    EvaluationNotFound,
    ModelQuotaSpent,
    ModelUnknown,
    ProbabilitiesNotTold,
    PromptTooLong,
    TooManyEvaluations,
)
from storage.database import Database
from storage.evaluations import EvaluationStatus, EvaluationStore
from storage.opening import open_database
from tests.databases import assert_whole, not_needed, sqlite_url
from tests.evaluation_world import EvaluationWorld as World
from tests.evaluation_writer import NUM_ITEMS, PLAN

pytest_plugins = ["tests.storage_fixtures"]


@pytest.fixture
def opened(sqlite_path: Path) -> Iterator[Database]:
    database = open_database(sqlite_url(sqlite_path), sqlite_path.parent, not_needed)
    yield database
    database.close()


@pytest.fixture
async def world(opened: Database) -> AsyncIterator[World]:
    world = World(opened)
    yield world
    await world.runner.close()


async def test_every_question_is_asked_of_every_variant(world: World) -> None:
    templates = (TemplateSpec(), TemplateSpec(name="siete", template="7 {{question}}"))
    started = await world.runner.start("ana", PLAN.model_copy(update={"templates": templates}))
    ended = await world.ended(started.id)
    assert (ended.status, ended.num_done, ended.num_outcomes) == (EvaluationStatus.COMPLETE, 48, 48)
    assert world.scores(started.id) == [1.0, 1 / 12, 1.0, 1 / 12]
    assert len(world.models["local/a"].prompts) == len(world.models["local/b"].prompts) == 2 * NUM_ITEMS


async def test_a_set_that_comes_with_the_program_is_evaluated(world: World) -> None:
    plan = EvaluationPlan(task_set=TaskLibrary.load().get("json-es"), models=("local/a",))
    started = await world.runner.start("ana", plan)
    assert (await world.ended(started.id)).status is EvaluationStatus.COMPLETE
    assert world.scores(started.id) == [0.0]


async def test_its_progress_can_be_watched_from_the_start_to_the_end(world: World) -> None:
    model = world.models["local/a"]
    model.gate = asyncio.Semaphore(0)
    started = await world.runner.start("ana", PLAN.model_copy(update={"models": ("local/a",)}))
    counts: list[int] = []
    async with aclosing(world.runner.watch("ana", started.id)) as states:
        async for state in states:
            counts.append(state.evaluation.num_done)
            if counts[-1] < NUM_ITEMS:
                assert (state.seconds_left is None) == (counts[-1] == 0)
            model.gate.release()
    assert counts == sorted(counts)
    assert (counts[0], counts[-1]) == (0, NUM_ITEMS)


async def test_all_of_an_owner_s_can_be_seen_at_once(world: World) -> None:
    model = world.models["local/a"]
    model.gate = asyncio.Semaphore(5)
    first, second = [await world.runner.start("ana", PLAN) for _ in range(2)]
    await model.was_asked(9)
    standing = await world.runner.standing("ana")
    assert [one.evaluation.id for one in standing] == [second.id, first.id]
    assert [one.evaluation.num_done for one in standing] == [0, 5]
    assert [one.seconds_left is None for one in standing] == [True, False]
    assert [one.is_waiting for one in standing] == [True, False]
    assert await world.runner.standing("bea") == ()


async def test_a_question_s_own_fault_counts_nothing_and_the_others_go_on(world: World) -> None:
    world.models["local/a"].answer = lambda text: PromptTooLong(length=9, limit=5) if "3" in text else text
    started = await world.runner.start("ana", PLAN)
    assert (await world.ended(started.id)).status is EvaluationStatus.COMPLETE
    assert world.scores(started.id) == [pytest.approx(11 / 12), 1.0]
    contents = [one.content for one in world.store.outcomes("ana", started.id)]
    assert [content["fault"] for content in contents if "fault" in content] == ["error_prompt_too_long"]


@pytest.mark.parametrize("fault", [ModelQuotaSpent(model="local/b"), EngineDied(), ZeroDivisionError("secret")])
async def test_a_model_that_answers_no_more_ends_it_until_it_is_resumed(world: World, fault: Exception) -> None:
    world.models["local/b"].answer = lambda text: fault if "11" in text else text
    started = await world.runner.start("ana", PLAN)
    failed = await world.ended(started.id)
    assert failed.status is EvaluationStatus.FAILED
    assert failed.fault == getattr(fault, "key", "error_unexpected")
    assert "secret" not in str(failed)
    num_asked = len(world.models["local/a"].prompts)
    world.models["local/b"].answer = lambda text: text
    await world.runner.resume("ana", started.id)
    assert (await world.ended(started.id)).status is EvaluationStatus.COMPLETE
    assert world.scores(started.id) == [1.0, 1.0]
    assert len(world.models["local/a"].prompts) == num_asked == NUM_ITEMS


async def test_what_was_stopped_stays_stopped_until_it_is_resumed(world: World) -> None:
    model = world.models["local/a"]
    model.gate = asyncio.Semaphore(5)
    started = await world.runner.start("ana", PLAN)
    await model.was_asked(9)
    stopped = await world.runner.stop("ana", started.id)
    assert (stopped.status, stopped.num_done) == (EvaluationStatus.STOPPED, 5)
    assert await world.runner.take_up() == 0
    model.gate = None
    await world.runner.resume("ana", started.id)
    assert (await world.ended(started.id)).status is EvaluationStatus.COMPLETE
    assert world.scores(started.id) == [1.0, 1.0]
    assert (await world.runner.stop("ana", started.id)).status is EvaluationStatus.COMPLETE
    assert (await world.runner.resume("ana", started.id)).status is EvaluationStatus.COMPLETE


async def test_what_the_program_left_is_taken_up_when_it_starts(world: World) -> None:
    model = world.models["local/a"]
    model.gate = asyncio.Semaphore(5)
    started = await world.runner.start("ana", PLAN)
    await model.was_asked(9)
    await world.runner.close()
    assert world.store.get("ana", started.id).status is EvaluationStatus.GOING
    model.gate = None
    world.runner = world.new_runner()
    assert await world.runner.take_up() == 1
    assert (await world.ended(started.id)).status is EvaluationStatus.COMPLETE
    assert world.scores(started.id) == [1.0, 1.0]
    assert max(Counter(model.asked).values()) == 2, "only what nobody had answered is asked again"
    assert len(model.asked) == NUM_ITEMS + 4


async def test_evaluations_go_on_with_the_page_and_are_left_at_its_end(world: World) -> None:
    model = world.models["local/a"]
    model.gate = asyncio.Semaphore(5)
    started = await world.runner.start("ana", PLAN)
    await model.was_asked(9)
    await world.runner.close()
    world.runner = world.new_runner()
    background = BackgroundEvaluations(world.runner)
    await asyncio.to_thread(background.close)  # before it is served there is nothing to leave
    async with background.serving(None):
        await model.was_asked(4)
        await asyncio.to_thread(background.close)
        assert world.store.get("ana", started.id).status is EvaluationStatus.GOING
    world.runner = world.new_runner()
    model.gate = None
    async with BackgroundEvaluations(world.runner).serving(None):
        assert (await world.ended(started.id)).status is EvaluationStatus.COMPLETE
    assert world.scores(started.id) == [1.0, 1.0]


async def test_owners_take_turns(world: World) -> None:
    world.models["local/a"].gate = asyncio.Semaphore(0)
    world.runner = world.new_runner(num_at_once=1)
    plan = PLAN.model_copy(update={"models": ("local/a",)})
    ids = [(owner, (await world.runner.start(owner, plan)).id) for owner in ("ana", "ana", "bea")]
    world.models["local/a"].gate.release()
    ended: list[int] = []

    async def note(place: int) -> None:
        owner, evaluation_id = ids[place]
        await world.ended(evaluation_id, owner)
        ended.append(place)

    async with asyncio.TaskGroup() as group:
        for place in range(3):
            group.create_task(note(place))
        for _ in range(3 * NUM_ITEMS):
            world.models["local/a"].gate.release()
    assert ended == [0, 2, 1]


async def test_a_judge_has_its_say(world: World) -> None:
    world.models["local/judge"].answer = lambda text: "no" if "> 3" in text else "sí"
    plan = PLAN.model_copy(update={"models": ("local/a",), "judge": "local/judge"})
    started = await world.runner.start("ana", plan)
    await world.ended(started.id)
    (row,) = score_rows(plan, world.store.outcomes("ana", started.id))
    assert row.metrics == {"number": 1.0, "judge": pytest.approx(11 / 12)}


async def test_a_text_is_read_by_a_model_that_rates_tokens(world: World) -> None:
    plan = EvaluationPlan(task_set=text_set("El cielo es azul. " * 200, "es"), models=("local/a",))
    started = await world.runner.start("ana", plan)
    assert (await world.ended(started.id)).status is EvaluationStatus.COMPLETE
    (row,) = score_rows(plan, world.store.outcomes("ana", started.id))
    assert row.metrics["tokens"] == 18 * 200 - 1
    with pytest.raises(ProbabilitiesNotTold):
        await world.runner.start("ana", plan.model_copy(update={"models": ("local/b",)}))


@pytest.mark.parametrize("fields", [{"models": ("local/none",)}, {"judge": "local/none"}])
async def test_a_model_that_is_not_there_is_told_before_anything_begins(world: World, fields: Any) -> None:
    with pytest.raises(ModelUnknown):
        await world.runner.start("ana", PLAN.model_copy(update=fields))
    assert world.store.listed("ana") == ()


async def test_what_is_another_s_is_not_there(world: World) -> None:
    world.models["local/a"].gate = asyncio.Semaphore(0)
    started = await world.runner.start("ana", PLAN)
    for attempt in (world.runner.resume, world.runner.stop, world.runner.delete):
        with pytest.raises(EvaluationNotFound):
            await attempt("bea", started.id)
    with pytest.raises(EvaluationNotFound):
        await world.ended(started.id, "bea")
    assert world.store.get("ana", started.id).status is EvaluationStatus.GOING


async def test_what_is_deleted_is_asked_no_more(world: World) -> None:
    world.models["local/a"].gate = asyncio.Semaphore(0)
    started = await world.runner.start("ana", PLAN)
    await world.models["local/a"].was_asked(1)
    await world.runner.delete("ana", started.id)
    assert world.store.listed("ana") == ()
    assert await world.runner.take_up() == 0


async def test_an_owner_keeps_so_many_and_no_more(world: World) -> None:
    for _ in range(MAX_KEPT):
        evaluation = world.store.add("ana", "facts", {}, 1)
        world.store.set_status("ana", evaluation.id, EvaluationStatus.COMPLETE)
    with pytest.raises(TooManyEvaluations):
        await world.runner.start("ana", PLAN)
    assert (await world.ended((await world.runner.start("bea", PLAN)).id, "bea")).status is EvaluationStatus.COMPLETE


def test_a_set_to_be_judged_needs_a_judge() -> None:
    items = (TaskItem(question="¿Por qué?", answers=("Porque sí.",)),)
    judged = TaskSet(language="es", metrics=(Metric.JUDGE,), items=items)
    with pytest.raises(ValueError, match="no model to judge"):
        EvaluationPlan(task_set=judged, models=("local/a",))
    assert EvaluationPlan(task_set=judged, models=("local/a",), judge="local/b").metrics == (Metric.JUDGE,)


def test_a_program_that_dies_in_the_middle_goes_on_where_it_was(sqlite_path: Path) -> None:
    command = [sys.executable, "-m", "tests.evaluation_writer", str(sqlite_path)]
    codes = [subprocess.run([*command, str(num_answers)]).returncode for num_answers in (7, 9, 1_000)]
    assert codes == [9, 9, 0]
    assert_whole(sqlite_path)
    database = open_database(sqlite_url(sqlite_path), sqlite_path.parent, not_needed)
    (found,) = EvaluationStore(database).listed("ana")
    assert (found.status, found.num_done) == (EvaluationStatus.COMPLETE, 2 * NUM_ITEMS)
    rows = score_rows(PLAN, EvaluationStore(database).outcomes("ana", found.id))
    assert [row.score for row in rows] == [1.0, 1.0]
    database.close()


async def test_evaluations_of_one_set_are_held_against_each_other(world: World) -> None:
    other = text_set("Hola", "es", name="saludo")
    for plan in (PLAN, EvaluationPlan(task_set=other, models=("local/a",)), PLAN):
        started = await world.runner.start("ana", plan)
        await world.ended(started.id)
        world.models["local/b"].answer = lambda _: "nada"
    first, second = await asyncio.to_thread(results_with, world.store, "ana", PLAN.task_set.fingerprint)
    assert [[row.score for row in result.rows] for result in (first, second)] == [[1.0, 1.0], [1.0, 0.0]]
    ours, theirs = by_variant(PLAN, first.outcomes)[1], by_variant(PLAN, second.outcomes)[1]
    assert compared(ours, theirs, Metric.NUMBER) == Comparison(NUM_ITEMS, 0, 0)
    (text,) = await asyncio.to_thread(results_with, world.store, "ana", other.fingerprint)
    assert text.evaluation.name == "saludo"
