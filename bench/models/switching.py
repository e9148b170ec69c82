"""How long it takes from choosing another model of this machine to its first token."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from bench.answer import NothingToMeasure
from bench.models.setup import Setup
from bench.questions import story
from models.chat_model import LocalChatModel
from models.engine.supervisor import Supervisor
from models.engine.worker_process import WorkerProcess
from models.fleet import ModelFleet
from models.fleet_files import ModelFiles
from models.model_folder import ModelFolder
from settings import child_environment

OTHER_FILE = "local/other.gguf"  # in the folder
OTHER = f"local/{OTHER_FILE}"
OTHER_FORMAT = "q8_0"
SUBJECTS = ("an island", "a clock", "a train")
ROOM_FOR_ALL = 1 << 40


def measure_switching(setup: Setup, round_index: int) -> None:
    """There and back with room for both models, then there with room for one of them."""
    subject = SUBJECTS[round_index % len(SUBJECTS)]
    with _files(setup) as folder:
        both = ModelFiles(setup.options, folder, ROOM_FOR_ALL)
        with _fleet(setup, both) as fleet:
            setup.record.add(switch__unloaded_s=_switch(fleet, OTHER, subject))
            setup.record.add(switch__loaded_s=_switch(fleet, both.first_name, subject))
        room_for_one = max(both.get(name).need_bytes for name in both.names())
        with _fleet(setup, ModelFiles(setup.options, folder, room_for_one)) as fleet:
            setup.record.add(switch__full_s=_switch(fleet, OTHER, subject))


@contextmanager
def _files(setup: Setup) -> Iterator[ModelFolder]:
    """A folder of models as the program has it, with the default model in another format."""
    path = setup.file(OTHER_FORMAT)
    with TemporaryDirectory(dir=setup.folder) as folder:
        models = ModelFolder(Path(folder))
        place = models.place(OTHER_FILE)
        place.parent.mkdir(parents=True)
        os.link(path, place)
        yield models


@contextmanager
def _fleet(setup: Setup, files: ModelFiles) -> Iterator[ModelFleet]:
    """Its first model has answered."""
    process = WorkerProcess(child_environment(), setup.folder / "fleet.log")
    fleet = ModelFleet(files, partial(Supervisor, process=process))
    try:
        _switch(fleet, files.first_name, "nothing at all")
        yield fleet
    finally:
        fleet.close()


def _switch(fleet: ModelFleet, name: str, subject: str) -> float:
    return asyncio.run(_first_token_s(fleet, name, subject))


async def _first_token_s(fleet: ModelFleet, name: str, subject: str) -> float:
    """As the page does: the model is loaded, then asked."""
    started_at = time.perf_counter()
    async for _ in fleet.load(name):
        pass
    fields = {"engine": fleet.engine(name), "model_name": name, "context_tokens": fleet.context_tokens(name)}
    model = LocalChatModel.model_validate({**fields, "max_tokens": 8, "temperature": 0})
    async with aclosing(cast("Any", model.astream(story(subject)))) as chunks:
        async for chunk in chunks:
            if chunk.text:
                return time.perf_counter() - started_at
    raise NothingToMeasure(f"{name} wrote nothing")
