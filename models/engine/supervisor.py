"""Keeps one worker process alive and carries requests to it and events back. Lives in the page's process.

A request names a sink, a function that gets its events one by one, from the thread that reads the pipe; the last event
is the one that is neither Queued nor Piece. Requests made while the worker is (re)starting wait for it. A worker that
gives no sign of life for too long is killed, and replaced like one that died by itself.
"""

from __future__ import annotations

import secrets
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import IO

from errors import ModelNotLoaded
from models.engine.engine_requests import EngineRequests, Request, Sink
from models.engine.protocol import (
    EVENTS,
    EXIT_MODEL_REFUSED,
    Cancel,
    Command,
    EngineOptions,
    Event,
    Finished,
    Piece,
    Queued,
    Refused,
    UseThreads,
)
from models.engine.worker_news import Converting, Heartbeat, Loading, ModelCard, Ready
from models.engine.worker_process import WorkerProcess
from models.status import EngineTotals, ModelState, ModelStatus

MAX_RESTARTS = 3
RESTART_PERIOD_S = 60.0
CLOSING_S = 5.0
LOOKS = 10  # in vain, before a worker counts as hung


class Supervisor(EngineRequests):
    """The engine as the page's process sees it. Safe from any thread.

    ``on_change`` is called, in a thread of this class's own, when the model is loaded, when more of it is, and when its
    process ended.
    """

    def __init__(
        self,
        options: EngineOptions,
        process: WorkerProcess,
        on_converting: Callable[[], None] = lambda: None,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self._options = options
        self._how = process
        self._on_converting = on_converting
        self._on_change = on_change
        self._lock = threading.Lock()
        self._sinks: dict[str, Sink] = {}
        self._unsent: list[Request | Cancel] = []
        self._deaths: deque[float] = deque(maxlen=MAX_RESTARTS + 1)
        self._settled = threading.Event()
        self._closed = threading.Event()
        self._idle = threading.Event()
        self._idle.set()
        self._num_looks = 0
        self._state = ModelState.STARTING
        self._share: float | None = None
        self._threads: int | None = None
        self._card: ModelCard | None = None
        self._heartbeat: Heartbeat | None = None
        self._tokens_per_second: float | None = None
        self.totals = EngineTotals()  # changed by the thread alone that watches the worker
        self._process = process.spawn(options)
        self._watcher = self._watch(self._process)
        threading.Thread(target=self._guard, name="engine guard", daemon=True).start()

    # --- for the rest of the program -------------------------------------------------------------------------------

    def wait(self) -> ModelCard:
        """Block until the model is loaded. Raises ModelNotLoaded."""
        self._settled.wait()
        if self._card is None:
            raise ModelNotLoaded(path=self._options.model_path)
        return self._card

    def status(self) -> ModelStatus:
        """How the model is doing, at once."""
        name = self._card.name if self._card else self._options.model_name or self._options.model_path.stem
        beat = self._heartbeat
        if beat is None:
            return ModelStatus(name, self._state, self._tokens_per_second)
        return ModelStatus(
            name,
            self._state,
            self._tokens_per_second,
            resident_bytes=beat.resident_bytes,
            step_s=beat.step_s,
            num_running=beat.num_running,
            num_waiting=beat.num_waiting,
        )

    @property
    def process_id(self) -> int:
        """Of the worker that serves now."""
        return self._process.pid

    @property
    def share(self) -> float | None:
        """Of the weights, what is read while the model is being loaded; None while that cannot be told."""
        return self._share

    def pass_on(self, request: Request, sink: Sink) -> None:
        """As the methods named after requests; ``request`` has an id already, which nothing else has or had."""
        with self._lock:
            is_served = self._state is not ModelState.UNAVAILABLE
            if is_served:
                self._sinks[request.id] = sink
                self._idle.clear()
                self._put(request)
        if not is_served:
            sink(Refused(id=request.id, reason="unavailable"))

    def cancel(self, request_id: str) -> None:
        with self._lock:
            if request_id in self._sinks:
                self._put(Cancel(id=request_id))

    def use_threads(self, num: int) -> None:
        """Have the worker, and whichever takes its place, compute with so many."""
        with self._lock:
            self._threads = num
            if self._state is ModelState.READY:
                self._write(UseThreads(num=num))

    def drain(self) -> None:
        """Block until no request is in flight."""
        self._idle.wait()

    def close(self) -> None:
        """End the worker; requests in flight are refused before this returns."""
        with self._lock:
            self._closed.set()
            watcher, process = self._watcher, self._process
            _close_quietly(process.stdin)
        watcher.join(CLOSING_S)
        if watcher.is_alive():
            process.kill()
            watcher.join()

    # --- commands ---------------------------------------------------------------------------------------------------

    def _send(self, request: Request, sink: Sink) -> str:
        request = request.model_copy(update={"id": secrets.token_hex(8)})
        self.pass_on(request, sink)
        return request.id

    def _put(self, command: Request | Cancel) -> None:
        """Write ``command``, or keep it until the worker is ready. The caller holds the lock."""
        if self._state is not ModelState.READY:
            self._unsent.append(command)
        else:
            self._write(command)

    def _write(self, command: Command) -> None:
        assert self._process.stdin is not None
        with suppress(OSError):  # it just died: the watching thread will refuse this request with the others
            self._process.stdin.write(command.model_dump_json().encode() + b"\n")
            self._process.stdin.flush()

    # --- events, in the thread that watches one worker ----------------------------------------------------------------

    def _watch(self, process: subprocess.Popen[bytes]) -> threading.Thread:
        watcher = threading.Thread(target=self._read, args=(process,), name="engine events", daemon=True)
        watcher.start()
        return watcher

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        with process.stdout as events:
            for line in events:
                if line.endswith(b"\n"):  # a worker that is killed may leave half a line
                    self._receive(EVENTS.validate_json(line))
        self._bury(process.wait())

    def _guard(self) -> None:
        """Kill a worker that hangs; the thread that watches it sees the rest.

        The looks are counted, not the time: while this process is held up, too, nobody hears what the worker says.
        """
        while not self._closed.wait(self._how.hang_s / LOOKS):
            with self._lock:
                self._num_looks += 1
                if self._state is ModelState.READY and self._num_looks > LOOKS:
                    self._num_looks = 0
                    self._process.kill()

    def _receive(self, event: Event) -> None:
        self._num_looks = 0
        if isinstance(event, Converting):
            self._on_converting()
        elif isinstance(event, Loading):
            self._share = event.share
            self._on_change()
        elif isinstance(event, Ready):
            self._serve(event.card)
        elif isinstance(event, Heartbeat):
            self._heartbeat = event
        else:
            if isinstance(event, Finished):
                self._count(event)
            goes_on = isinstance(event, Piece | Queued)
            with self._lock:
                sink = self._sinks.get(event.id) if goes_on else self._sinks.pop(event.id, None)
            if sink is not None:
                sink(event)
            self._note_idleness()

    def _count(self, event: Finished) -> None:
        if event.num_output > 1 and event.decode_s > 0:
            self._tokens_per_second = (event.num_output - 1) / event.decode_s
        self.totals += EngineTotals(1, event.num_prompt, event.num_cached, event.num_output)

    def _note_idleness(self) -> None:
        with self._lock:
            if not self._sinks:
                self._idle.set()

    def _serve(self, card: ModelCard) -> None:
        with self._lock:
            self._card = card
            self._state = ModelState.READY
            if self._threads is not None:
                self._write(UseThreads(num=self._threads))
            unsent, self._unsent = self._unsent, []
            for command in unsent:
                self._put(command)
        self._settled.set()
        self._on_change()

    def _bury(self, exit_code: int) -> None:
        """The worker is gone: its requests fail, those it never saw wait for the next one, if there is to be one."""
        with self._lock:
            goes_on = not self._closed.is_set() and self._may_restart(exit_code)
            waiting = {command.id for command in self._unsent} if goes_on else set()
            lost = {key: self._sinks.pop(key) for key in list(self._sinks) if key not in waiting}
            self._state = ModelState.STARTING if goes_on else ModelState.UNAVAILABLE
            self._share = None
            _close_quietly(self._process.stdin)
            if goes_on:
                self._process = self._how.spawn(self._options)
                self.totals += EngineTotals(num_restarts=1)
                self._watcher = self._watch(self._process)
        for request_id, sink in lost.items():
            sink(Refused(id=request_id, reason="died" if goes_on else "unavailable"))
        self._note_idleness()
        if not goes_on:
            self._settled.set()
        self._on_change()

    def _may_restart(self, exit_code: int) -> bool:
        """Once more with plain kernels after a crash before the first Ready; else unless it dies too often."""
        if self._card is None:
            crashed = exit_code != EXIT_MODEL_REFUSED  # a refusal will not change
            may_help = crashed and not self._options.plain_kernels
            self._options = self._options.model_copy(update={"plain_kernels": True})
            return may_help
        self._deaths.append(time.monotonic())
        recent = [died_at for died_at in self._deaths if time.monotonic() - died_at < RESTART_PERIOD_S]
        return len(recent) <= MAX_RESTARTS


def _close_quietly(stream: IO[bytes] | None) -> None:
    if stream is None:
        return
    with suppress(OSError):  # the other end is gone, and what was not flushed with it
        stream.close()
