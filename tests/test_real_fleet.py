"""Two real models in one fleet: the default one, and the same converted to another format."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import Callable, Iterator
from contextlib import ExitStack, aclosing, closing
from functools import partial
from pathlib import Path
from typing import TypeAlias

import pytest

from errors import ModelNotLoaded
from models.engine.engine_requests import Sink
from models.engine.protocol import EngineOptions, Event, Finished, Generate, Piece, Prompt
from models.engine.runner import FILE_TYPE_Q8_0, convert, start_backend
from models.engine.supervisor import Supervisor
from models.engine.worker_process import WorkerProcess
from models.fleet import ModelFleet
from models.fleet_files import ModelFiles
from models.local_models import Loading, ModelEngine
from models.model_folder import ModelFolder
from models.sampling import SamplingParams
from models.status import ModelState
from settings import child_environment
from tests.scripted_fleet import model_file

PATIENCE_S = 120.0
FIRST, SECOND = "local/first", "local/maker/models/second.gguf"
NUM_TOKENS = 40
Begin: TypeAlias = Callable[[float], ModelFleet]


@pytest.fixture(scope="module")
def folder(default_options: EngineOptions, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelFolder]:
    kept = ModelFolder(tmp_path_factory.mktemp("fleet"))
    place = kept.place(SECOND.removeprefix("local/"))
    place.parent.mkdir(parents=True)
    start_backend()
    convert(default_options.model_path, place, FILE_TYPE_Q8_0, default_options.threads)
    yield kept
    place.unlink()


@pytest.fixture
def begin(default_options: EngineOptions, folder: ModelFolder, tmp_path: Path) -> Iterator[Begin]:
    """Begin a fleet whose budget is so many times what the first model needs."""
    options = default_options.model_copy(update={"conversion_dir": None, "context_tokens": 256, "max_sequences": 2})
    options = options.model_copy(update={"model_name": "First"})
    process = WorkerProcess(child_environment(), tmp_path / "log")
    need = ModelFiles(options, folder, 0).get(FIRST).need_bytes
    with ExitStack() as stack:

        def start(share: float) -> ModelFleet:
            fleet = ModelFleet(ModelFiles(options, folder, int(share * need)), partial(Supervisor, process=process))
            return stack.enter_context(closing(fleet))

        yield start


def write(engine: ModelEngine, sink: Sink) -> str:
    sampling = SamplingParams(max_tokens=NUM_TOKENS, temperature=0.0)
    return engine.generate(Generate(id="", prompt=Prompt(text="One, two, three,"), sampling=sampling), sink)


def answer_of(events: queue.Queue[Event]) -> Finished:
    while isinstance(event := events.get(timeout=PATIENCE_S), Piece):
        pass
    assert isinstance(event, Finished)
    return event


async def test_two_models_answer_beside_each_other(begin: Begin) -> None:
    fleet = begin(3.0)
    fleet.wait()
    assert fleet.names() == (FIRST, SECOND)
    states = [state async for state in fleet.load(SECOND)]
    assert 0.0 < max(state.share or 0.0 for state in states) <= 1.0
    asked: list[queue.Queue[Event]] = [queue.Queue(), queue.Queue()]
    for name, events in zip((FIRST, SECOND), asked, strict=True):
        write(fleet.engine(name), events.put)
    ends = [await asyncio.to_thread(answer_of, events) for events in asked]
    assert all(end.num_output <= NUM_TOKENS for end in ends)
    assert [model.status.state for model in fleet.loaded()] == [ModelState.READY] * 2


async def test_one_makes_room_for_the_other_and_comes_back(begin: Begin) -> None:
    fleet = begin(1.5)
    fleet.wait()
    first = fleet.engine(FIRST)
    early: queue.Queue[Event] = queue.Queue()
    late: queue.Queue[Event] = queue.Queue()
    write(first, early.put)
    async with aclosing(fleet.load(SECOND)) as loading:
        assert await anext(loading) == Loading(num_awaited=1)
        write(first, late.put)
        assert [state async for state in loading]
    ends = [answer_of(early), await asyncio.to_thread(answer_of, late)]
    assert all(end.reason != "cancelled" and end.num_output > 1 for end in ends)
    assert [model.name for model in fleet.loaded()] == [FIRST]


async def test_a_file_that_llama_cpp_refuses_harms_nobody(begin: Begin, folder: ModelFolder) -> None:
    path = folder.place("maker/models/hollow.gguf")
    path.write_bytes(model_file("hollow"))
    fleet = begin(3.0)
    fleet.wait()
    with pytest.raises(ModelNotLoaded) as fault:
        async for _ in fleet.load("local/maker/models/hollow.gguf"):
            pass
    path.unlink()
    assert fault.value.values == {"path": "local/maker/models/hollow.gguf"}
    events: queue.Queue[Event] = queue.Queue()
    write(fleet.engine(FIRST), events.put)
    assert (await asyncio.to_thread(answer_of, events)).num_output > 0
