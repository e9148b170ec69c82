"""The supervisor over real processes that carry no model."""

from __future__ import annotations

import os
import queue
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from errors import ModelNotLoaded
from models.engine.protocol import (
    ChatMessage,
    Count,
    Counted,
    EngineOptions,
    Event,
    Finished,
    Generate,
    Piece,
    Prompt,
    Refused,
)
from models.engine.supervisor import LOOKS, MAX_RESTARTS, Supervisor
from models.engine.worker_process import WorkerProcess
from models.sampling import SamplingParams
from models.status import ModelState

Start = Callable[..., Supervisor]
HANG_S = 3.0
NEVER_S = 3_600.0


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a supervisor whose workers behave, one after the other, as named."""
    started: list[Supervisor] = []

    def begin(*starts: str, hang_s: float = NEVER_S) -> Supervisor:
        (tmp_path / "starts").write_text("\n".join(starts))
        options = EngineOptions(
            model_path=tmp_path / "m.gguf", conversion_dir=None, context_tokens=100, max_sequences=2, threads=1
        )
        command = (sys.executable, "-m", "tests.fake_worker", str(tmp_path))
        started.append(Supervisor(options, WorkerProcess(dict(os.environ), tmp_path / "log", hang_s, command)))
        return started[-1]

    yield begin
    for supervisor in started:
        supervisor.close()


def ask(supervisor: Supervisor, text: str) -> queue.SimpleQueue[Event]:
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    prompt = Prompt(messages=(ChatMessage(role="user", content=text),))
    supervisor.generate(Generate(id="", prompt=prompt, sampling=SamplingParams()), events.put)
    return events


def read(events: queue.SimpleQueue[Event]) -> list[Event]:
    """All events of one request."""
    found = [events.get(timeout=20)]
    while isinstance(found[-1], Piece):
        found.append(events.get(timeout=20))
    return found


def test_a_request_is_carried_there_and_back(start: Start) -> None:
    supervisor = start("serve")
    assert supervisor.wait().context_tokens == 100
    piece, end = read(ask(supervisor, "¡Hola!\n"))
    assert isinstance(piece, Piece)
    assert piece.text == "¡Hola!\n"
    assert isinstance(end, Finished)
    status = supervisor.status()
    assert (status.state, status.tokens_per_second) == (ModelState.READY, 4.0)


def test_a_request_made_while_the_model_loads_waits_for_it(start: Start) -> None:
    piece, _ = read(ask(start("serve"), "early"))
    assert isinstance(piece, Piece)
    assert piece.text == "early"


def test_a_dead_worker_fails_its_requests_and_the_next_is_answered(start: Start) -> None:
    supervisor = start("serve")
    held = ask(supervisor, "hold")
    dying = ask(supervisor, "die")
    assert [type(event) for event in read(held)] == [Piece, Refused]
    end = read(dying)[-1]
    assert isinstance(end, Refused)
    assert end.reason == "died"
    assert isinstance(read(ask(supervisor, "next"))[-1], Finished)


def test_a_count_is_answered(start: Start) -> None:
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    start("serve").count(Count(id="", prompt=Prompt(text="x")), events.put)
    event = events.get(timeout=20)
    assert isinstance(event, Counted)
    assert event.num_tokens == 7


def test_a_crash_before_the_first_ready_is_tried_once_more_with_plain_kernels(start: Start) -> None:
    assert start("crash").wait().name == "fake, plain kernels"


def test_a_model_that_is_refused_is_not_tried_again(start: Start) -> None:
    supervisor = start("refuse", "serve")
    with pytest.raises(ModelNotLoaded):
        supervisor.wait()
    assert supervisor.status().state is ModelState.UNAVAILABLE
    (end,) = read(ask(supervisor, "anyone?"))
    assert isinstance(end, Refused)
    assert end.reason == "unavailable"


def test_a_worker_that_keeps_dying_is_given_up(start: Start) -> None:
    supervisor = start("serve")
    reasons = [
        end.reason for _ in range(MAX_RESTARTS + 1) if isinstance(end := read(ask(supervisor, "die"))[-1], Refused)
    ]
    assert reasons == ["died"] * MAX_RESTARTS + ["unavailable"]
    assert supervisor.status().state is ModelState.UNAVAILABLE


def test_closing_ends_the_worker_and_what_was_in_flight(start: Start) -> None:
    supervisor = start("serve")
    supervisor.wait()
    events = ask(supervisor, "hold")
    assert isinstance(events.get(timeout=20), Piece)
    supervisor.close()
    end = events.get(timeout=20)
    assert isinstance(end, Refused)
    assert end.reason == "unavailable"


def test_a_worker_that_hangs_is_replaced(start: Start) -> None:
    supervisor = start("serve", hang_s=HANG_S)
    end = read(ask(supervisor, "hang"))[-1]
    assert isinstance(end, Refused)
    assert end.reason == "died"
    assert isinstance(read(ask(supervisor, "next"))[-1], Finished)


def test_a_worker_that_nobody_could_hear_for_a_while_has_not_hung(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after the sleep of a computer: time went on, the program did not."""
    supervisor = start("serve", hang_s=HANG_S)
    supervisor.wait()
    held, looks = ask(supervisor, "hold"), count()
    assert isinstance(held.get(timeout=20), Piece)
    later = time.monotonic() + 1_000
    monkeypatch.setattr("models.engine.supervisor.time.monotonic", lambda: later + 1_000 * next(looks))
    with pytest.raises(queue.Empty):
        held.get(timeout=HANG_S / LOOKS * 3)
    assert isinstance(read(ask(supervisor, "next"))[-1], Finished)


def test_the_worker_tells_how_it_is(start: Start) -> None:
    supervisor = start("serve")
    read(ask(supervisor, "hello"))
    status = supervisor.status()
    assert (status.resident_bytes, status.step_s, status.num_running, status.num_waiting) == (1_000, 0.5, 2, 1)


def test_draining_waits_for_what_is_in_flight(start: Start) -> None:
    supervisor = start("serve")
    events = ask(supervisor, "hello")
    supervisor.drain()
    assert [type(events.get_nowait()) for _ in range(2)] == [Piece, Finished]
