"""Putting another model in the place of the one that serves, over real processes that carry no model."""

from __future__ import annotations

import os
import queue
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from errors import ModelNotLoaded
from models.engine.protocol import ChatMessage, EngineOptions, Event, Finished, Generate, Piece, Prompt
from models.engine.supervisor import Supervisor
from models.engine.switch import EngineSwitch
from models.engine.worker_process import WorkerProcess
from models.sampling import SamplingParams


@pytest.fixture
def switch(tmp_path: Path) -> Iterator[EngineSwitch]:
    """Models are loaded by workers that behave as the model's file is named."""

    def start(options: EngineOptions) -> Supervisor:
        scratch = tmp_path / options.model_path.stem
        scratch.mkdir(exist_ok=True)
        (scratch / "starts").write_text(options.model_path.stem.split("-")[0])
        command = (sys.executable, "-m", "tests.fake_worker", str(scratch))
        return Supervisor(options, WorkerProcess(dict(os.environ), tmp_path / "log", command=command))

    switch = EngineSwitch(options_of("serve-first"), start)
    yield switch
    switch.close()


def options_of(name: str) -> EngineOptions:
    return EngineOptions(
        model_path=Path(f"{name}.gguf"), conversion_dir=None, context_tokens=100, max_sequences=2, threads=1
    )


def ask(switch: EngineSwitch, text: str) -> queue.SimpleQueue[Event]:
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    prompt = Prompt(messages=(ChatMessage(role="user", content=text),))
    switch.generate(Generate(id="", prompt=prompt, sampling=SamplingParams()), events.put)
    return events


def test_the_next_request_goes_to_the_new_model(switch: EngineSwitch) -> None:
    first = switch.wait()
    second = switch.load(options_of("serve-second"))
    assert (first.path.stem, second.path.stem) == ("serve-first", "serve-second")
    assert switch.wait() == second
    assert isinstance(ask(switch, "hello").get(timeout=20), Piece)


def test_a_model_that_does_not_load_leaves_the_old_one_serving(switch: EngineSwitch) -> None:
    switch.wait()
    with pytest.raises(ModelNotLoaded):
        switch.load(options_of("refuse-second"))
    assert switch.wait().path.stem == "serve-first"
    assert isinstance(ask(switch, "hello").get(timeout=20), Piece)


def test_an_answer_in_flight_is_finished_by_the_old_model(switch: EngineSwitch, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "serve-first" / "go")
    switch.wait()
    slow = ask(switch, "slow")
    assert isinstance(slow.get(timeout=20), Piece)
    switch.load(options_of("serve-second"))
    assert isinstance(ask(switch, "hello").get(timeout=20), Piece)
    (tmp_path / "serve-first" / "go").write_text("go")
    assert isinstance(slow.get(timeout=20), Finished)
