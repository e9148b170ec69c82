"""``app.py --evaluate SET MODEL``: a set of questions is put to a model, and the console shows how right it is.

What came is kept in a database of the console's own: whoever stops it goes on with the same words.
"""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Callable
from contextlib import ExitStack, aclosing, closing
from functools import partial
from pathlib import Path

from building.console import EXIT_STOPPED, Console
from building.model_shelf import build_model_shelf, service_keys, text_scorer
from building.storage import console_database
from chains.evaluation.files import task_set_from
from chains.evaluation.history import EvaluationResult, result_of, results_with
from chains.evaluation.measuring import EvaluationTools
from chains.evaluation.plans import EvaluationPlan
from chains.evaluation.runner import MAX_KEPT, EvaluationProgress, EvaluationRunner
from chains.evaluation.scores import ScoreRow, by_variant, compared
from chains.evaluation.task_sets import TaskLibrary, TaskSet
from chains.model_shelf import LOCAL, ChatModelShelf
from chains.room_model import RoomModel
from errors import ModelUnknown, TaskSetNotFound, TertuliaError
from models.fleet import ModelFleet
from models.remote.visitor_keys import VisitorKeys
from settings import Settings
from storage.database import Database
from storage.evaluations import EvaluationStatus, EvaluationStore

EXIT_FAILED = 1
OWNER = "console"  # no id of a browser's
STEPS = 10  # lines of an evaluation that nobody looks at
DIGITS = 2
SECONDS_OF_A_MINUTE = 90
NONE = "–"

StartModels = Callable[[], ModelFleet]
OpenStorage = Callable[[str, Path], Database]


def evaluate_model(
    settings: Settings, console: Console, words: list[str], start_models: StartModels, open_storage: OpenStorage
) -> int:
    """Returns the exit code. ``words`` are a set of the library, or a CSV file, and a model by its name."""
    name, model = words[0], words[1] if "/" in words[1] else f"{LOCAL}/{words[1]}"
    try:
        with ExitStack() as stack:
            plan = EvaluationPlan(task_set=_task_set(name), models=(model,))
            tools = _tools(settings, console, model, stack, start_models)
            tools.model(model, OWNER)  # what is missing is told before anything is kept
            path = console_database(settings)
            database = stack.enter_context(closing(open_storage(f"sqlite:///{path}", path.parent / "backups")))
            store = EvaluationStore(database)
            result = asyncio.run(_evaluated(EvaluationRunner(store, tools), store, plan, console))
            return _told(result, store, console)
    except TertuliaError as error:
        console.complain(error)
        if isinstance(error, TaskSetNotFound):
            console.say("evaluate_sets", names=", ".join(one.id for one in TaskLibrary.load().listed()))
        return EXIT_FAILED
    except KeyboardInterrupt:
        console.show("")
        console.say("evaluate_stopped", command=f"python app.py --evaluate {shlex.join(words)}")
        return EXIT_STOPPED


def _task_set(name: str) -> TaskSet:
    """Raises TaskSetNotFound, TaskSetInvalid or TaskSetTooLarge."""
    library, path = TaskLibrary.load(), Path(name)
    if any(name == one.id for one in library.listed()) or not path.is_file():
        return library.get(name)
    try:
        return task_set_from(path.read_bytes(), path.name)
    except OSError as error:
        raise TaskSetNotFound(name=name) from error


class _NoLocalModels:
    def names(self) -> tuple[str, ...]:
        return ()

    def get(self, name: str) -> RoomModel:
        raise ModelUnknown(model=name)


def _tools(
    settings: Settings, console: Console, model: str, stack: ExitStack, start_models: StartModels
) -> EvaluationTools:
    """What asks ``model``: whoever sits at the console may ask any that he has a key of."""
    if model.partition("/")[0] != LOCAL:
        return EvaluationTools(ChatModelShelf(_NoLocalModels(), service_keys(settings), (model,)).get)
    console.say("loading")
    fleet = stack.enter_context(closing(start_models()))
    shelf = build_model_shelf(settings, fleet, VisitorKeys())
    if model not in fleet.names():
        console.say("evaluate_models", names=", ".join(fleet.names()))
    return EvaluationTools(shelf.get, partial(text_scorer, fleet))


async def _evaluated(
    runner: EvaluationRunner, store: EvaluationStore, plan: EvaluationPlan, console: Console
) -> EvaluationResult:
    """What came, at the end; the console shows how far it is."""
    shown = _Progress(console)
    try:
        evaluation_id = await _begun(runner, store, plan)
        async with aclosing(runner.watch(OWNER, evaluation_id)) as states:
            async for state in states:
                shown.show(state)
    finally:
        await runner.close()
    shown.end()
    return await asyncio.to_thread(result_of, store, OWNER, evaluation_id)


async def _begun(runner: EvaluationRunner, store: EvaluationStore, plan: EvaluationPlan) -> str:
    """The id of the same one, if it was left unfinished, else of a new one; of too many the oldest makes room."""
    listed = await asyncio.to_thread(store.listed, OWNER)
    for one in listed:
        if one.status is EvaluationStatus.COMPLETE:
            continue
        content = await asyncio.to_thread(store.content, OWNER, one.id)
        if EvaluationPlan.model_validate(content) == plan:
            return (await runner.resume(OWNER, one.id)).id
    for one in listed[MAX_KEPT - 1 :]:
        await runner.delete(OWNER, one.id)
    return (await runner.start(OWNER, plan)).id


class _Progress:
    """On one line of a terminal, elsewhere on a line now and then."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._num_steps = -1

    def show(self, progress: EvaluationProgress) -> None:
        one, text = progress.evaluation, self._console.text
        line = text.say("app_md_ev_going", done=text.count(one.num_done), total=text.count(one.num_outcomes))
        if progress.seconds_left is not None:
            line += f" · {_left(self._console, progress.seconds_left)}"
        num_steps = STEPS * one.num_done // max(1, one.num_outcomes)
        if self._console.is_terminal:
            self._console.replace(line)
        elif num_steps > self._num_steps:
            self._console.show(line)
        self._num_steps = num_steps

    def end(self) -> None:
        if self._console.is_terminal:
            self._console.replace("")


def _left(console: Console, seconds: float) -> str:
    if seconds < SECONDS_OF_A_MINUTE:
        return console.text.say("app_seconds_left", seconds=max(1, round(seconds)))
    return console.text.say("app_minutes_left", minutes=round(seconds / 60))


def _told(result: EvaluationResult, store: EvaluationStore, console: Console) -> int:
    """The table; returns the exit code."""
    (row,) = result.rows
    one, text = result.evaluation, console.text
    name = result.plan.task_set.names.get(text.language) or result.plan.task_set.name
    console.show(f"{name} · {row.variant.model}")
    lines = _lines(result, row, console)
    widths = [max(len(line[column]) for line in lines) for column in range(2)]
    for label, value, more in lines:
        console.show(f"  {label:<{widths[0]}}  {value:>{widths[1]}}  {more}".rstrip())
    if one.status is EvaluationStatus.COMPLETE:
        _tell_before(result, store, console)
        return 0
    console.show(text.say(one.fault or "error_unexpected", **one.fault_values))
    return EXIT_FAILED


def _lines(result: EvaluationResult, row: ScoreRow, console: Console) -> list[tuple[str, str, str]]:
    """Name, figure and what else there is to say of it."""
    text = console.text
    interval = ""
    if row.interval is not None:
        interval = f"95 %: {text.decimal(row.interval[0], DIGITS)}–{text.decimal(row.interval[1], DIGITS)}"
    lines = [
        (text.say(f"app_md_ev_metric_{key}"), text.decimal(value, DIGITS), interval if number == 0 else "")
        for number, (key, value) in enumerate(row.metrics.items())
    ]
    median = NONE if row.median_seconds is None else f"{text.decimal(row.median_seconds, 1)} s"
    counts = {"done_column": row.num, "faults": row.num_faults, "cut": row.num_cut}
    lines += [(text.say(f"app_md_ev_{key}"), text.count(number), "") for key, number in counts.items()]
    return [*lines, (text.say("app_md_ev_seconds"), median, "")]


def _tell_before(result: EvaluationResult, store: EvaluationStore, console: Console) -> None:
    """What the same model reached with the same questions the time before."""
    same = [
        one
        for one in results_with(store, OWNER, result.plan.task_set.fingerprint)
        if one.plan.variants == result.plan.variants and one.evaluation.id != result.evaluation.id
    ]
    if not same or same[-1].rows[0].score is None:
        return
    text, before = console.text, same[-1]
    score, date = text.decimal(before.rows[0].score or 0.0, DIGITS), f"{before.evaluation.created_at:%Y-%m-%d}"
    now, then = (by_variant(one.plan, one.outcomes)[0] for one in (result, before))
    change = compared(now, then, result.plan.main_metric)
    counts = {"better": text.count(change.num_first), "worse": text.count(change.num_second)}
    console.say("evaluate_before", score=score, date=date, **counts, chance=text.percent(change.chance))
