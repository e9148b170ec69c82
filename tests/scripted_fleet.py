"""Processes of models that are none: they load, answer and fail when a test says so."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from errors import ModelNotLoaded
from models.engine.engine_requests import Request, Sink
from models.engine.protocol import Count, Counted, EngineOptions, Event, Finished, Prompt, Refused
from models.engine.supervisor import Supervisor
from models.engine.worker_news import ModelCard
from models.fleet import ModelFleet
from models.fleet_files import ModelFiles
from models.gguf import Tensor
from models.local_models import ModelEngine
from models.model_folder import ModelFolder
from models.status import EngineTotals, ModelState, ModelStatus
from tests.gguf_writer import gguf_bytes, llama_values

PATIENCE_S = 20.0
FIRST, SECOND, THIRD = "local/first", "local/maker/models/second.gguf", "local/maker/models/third.gguf"


class ScriptedEngine:
    """``passed`` are the requests that came, one after the other; each is answered by ``answer``."""

    def __init__(self, options: EngineOptions, on_change: Callable[[], None]) -> None:
        self.options = options
        self.name = options.model_path.stem
        self.share: float | None = None
        self.state = ModelState.STARTING
        self.totals = EngineTotals(num_requests=1)
        self.passed: queue.Queue[str | None] = queue.Queue()  # None is the last
        self.threads: queue.Queue[int] = queue.Queue()
        self.is_closed = threading.Event()
        self._on_change = on_change
        self._settled = threading.Event()
        self._lock = threading.Lock()
        self._sinks: dict[str, tuple[Request, Sink]] = {}

    # --- as Supervisor ------------------------------------------------------------------------------------------------

    def pass_on(self, request: Request, sink: Sink) -> None:
        with self._lock:
            is_served = self.state is not ModelState.UNAVAILABLE
            if is_served:
                self._sinks[request.id] = (request, sink)
        if is_served:
            self.passed.put(request.id)
        else:
            sink(Refused(id=request.id, reason="unavailable"))

    def cancel(self, request_id: str) -> None:
        with self._lock:
            _, sink = self._sinks.pop(request_id, (None, None))
        if sink is not None:
            sink(finished(request_id, "cancelled"))

    def use_threads(self, num: int) -> None:
        self.threads.put(num)

    def status(self) -> ModelStatus:
        return ModelStatus(self.options.model_name or self.name, self.state)

    def wait(self) -> ModelCard:
        self._settled.wait(PATIENCE_S)
        if self.state is not ModelState.READY:
            raise ModelNotLoaded(path=self.options.model_path)
        return ModelCard(
            name=self.name, path=self.options.model_path, num_parameters=1, num_bytes=1, context_tokens=1,
            trained_context_tokens=1, cache_tokens=1, max_sequences=1, threads=1,
        )  # fmt: skip

    def close(self) -> None:
        self._lose()
        self.is_closed.set()
        self.passed.put(None)

    # --- what tests do ------------------------------------------------------------------------------------------------

    def read(self, share: float) -> None:
        self.share = share
        self._on_change()

    def get_ready(self) -> None:
        self.state = ModelState.READY
        self._settled.set()
        self._on_change()

    def fail(self) -> None:
        self._lose()
        self._on_change()

    def answer(self, request_id: str) -> None:
        """A count is answered by a number that no other model gives."""
        with self._lock:
            request, sink = self._sinks.pop(request_id)
        if isinstance(request, Count):
            sink(Counted(id=request_id, num_tokens=number_of(self.name)))
        else:
            sink(finished(request_id, "stop"))

    def next_request(self) -> str:
        request_id = self.passed.get(timeout=PATIENCE_S)
        assert request_id is not None
        return request_id

    def answer_next(self) -> None:
        self.answer(self.next_request())

    def serve(self) -> None:
        """Load, and answer whatever comes, in a thread of its own."""
        self.get_ready()
        while (request_id := self.passed.get()) is not None:
            self.answer(request_id)

    def _lose(self) -> None:
        with self._lock:
            self.state = ModelState.UNAVAILABLE
            lost, self._sinks = self._sinks, {}
        self._settled.set()
        for request_id, (_, sink) in lost.items():
            sink(Refused(id=request_id, reason="unavailable"))


class ScriptedFleet:
    """A fleet of small files, of which ``num_together`` fit. ``next_engine`` gives what was started, in order.

    Where it ``serves``, engines load and answer by themselves.
    """

    def __init__(self, folder: Path, *, num_together: float = 2.5, serves: bool = False) -> None:
        self._serves = serves
        self.folder = ModelFolder(folder / "models")
        (folder / "first.gguf").write_bytes(model_file("first"))
        for name in (SECOND, THIRD):
            self.put(name)
        self.started: queue.Queue[ScriptedEngine] = queue.Queue()
        options = EngineOptions(
            model_path=folder / "first.gguf", conversion_dir=None, context_tokens=2_048, max_sequences=1, threads=4
        )
        need = ModelFiles(options, self.folder, 0).get(FIRST).need_bytes
        self.files = ModelFiles(options, self.folder, int(num_together * need))
        self.fleet = ModelFleet(self.files, cast("Any", self._start))

    def put(self, name: str, **values: Any) -> Path:
        """Write a model's file."""
        path = self.folder.place(name.removeprefix("local/"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(model_file(path.stem, **values))
        return path

    def next_engine(self, *, is_ready: bool = True) -> ScriptedEngine:
        engine = self.started.get(timeout=PATIENCE_S)
        if is_ready:
            engine.get_ready()
        return engine

    def _start(self, options: EngineOptions, *, on_change: Callable[[], None]) -> Supervisor:
        engine = ScriptedEngine(options, on_change)
        self.started.put(engine)
        if self._serves:
            threading.Thread(target=engine.serve, daemon=True).start()
        return cast("Supervisor", engine)


def model_file(name: str, **values: Any) -> bytes:
    tensor = Tensor("token_embd.weight", 0, (64, 4))
    return gguf_bytes({"general.name": name, **llama_values(**values)}, [tensor])


def count(engine: ModelEngine) -> queue.Queue[Event]:
    """Ask for a count, and where its events come."""
    events: queue.Queue[Event] = queue.Queue()
    engine.count(Count(id="", prompt=Prompt(text="x")), events.put)
    return events


def told(events: queue.Queue[Event]) -> int | str:
    """How the request for a count ended."""
    event = events.get(timeout=PATIENCE_S)
    if isinstance(event, Counted):
        return event.num_tokens
    assert isinstance(event, Refused | Finished)
    return event.reason


def number_of(name: str) -> int:
    return sum(name.encode())


def finished(request_id: str, reason: Any) -> Finished:
    return Finished(
        id=request_id, reason=reason, num_prompt=1, num_cached=0, num_output=1, first_token_s=0.1, decode_s=0.1, seed=0
    )
