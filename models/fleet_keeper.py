"""Starts and closes the processes of models, and carries requests to them.

One thread starts and closes; requests for a model that is loaded go to its process without it. The lock is held for
bookkeeping alone, never while something is started, closed, written or told.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Protocol

from errors import ModelNotLoaded, ModelUnknown, TertuliaError
from models.engine.engine_requests import Request, Sink
from models.engine.protocol import EngineOptions, Event, Finished, Piece, Queued, Refused
from models.engine.supervisor import Supervisor
from models.fleet_book import Deed, FleetBook, Flight, Member, Phase
from models.fleet_files import ModelFiles
from models.status import EngineTotals, ModelState, ModelStatus


class Start(Protocol):
    """Begins to load a model in a process of its own."""

    def __call__(self, options: EngineOptions, *, on_change: Callable[[], None]) -> Supervisor: ...


class FleetKeeper:
    """``changed`` guards ``book`` and what it holds, and ``engines``, which are those of the members in memory."""

    def __init__(self, files: ModelFiles, start: Start) -> None:
        self.changed = threading.Condition()
        self.book = FleetBook(files.budget_bytes)
        self.engines: dict[str, Supervisor] = {}
        self.is_closed = False
        self._files = files
        self._start = start
        self._past = EngineTotals()  # of processes that were closed
        self._listeners: set[Callable[[], None]] = set()
        self._thread = threading.Thread(target=self._keep, name="fleet", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End all processes; whoever waits is refused."""
        with self.changed:
            self.is_closed = True
            refused = [flight for member in self.book.members.values() for flight in self.book.doom(member)]
            self.tell()
        self._thread.join()
        self.refuse(refused)
        for engine in self.engines.values():
            engine.close()

    # --- requests -----------------------------------------------------------------------------------------------------

    def send(self, member: Member, request: Request, sink: Sink) -> None:
        """Pass ``request`` to the model, now or once it is loaded."""
        flight = Flight(request, sink)
        with self.changed:
            is_passed = None if self.is_closed else self.book.take(member, flight)
            engine = self.engines[member.name] if is_passed else None
            if is_passed is False or len(member.flying) == 1:
                self.tell()
        if engine is not None:
            self._pass(member, engine, [flight])
        elif is_passed is None:
            self.refuse([flight])

    def cancel(self, member: Member, request_id: str) -> None:
        """Stop a request, wherever it is."""
        with self.changed:
            flight = self.book.cancel(member, request_id)
            engine = self.engines.get(member.name) if flight and flight.is_passed else None
            self.tell()
        if engine is not None:
            engine.cancel(request_id)
        elif flight is not None and not flight.is_passed:
            flight.sink(_cancelled(request_id))

    def _pass(self, member: Member, engine: Supervisor, flights: Sequence[Flight]) -> None:
        for flight in flights:
            engine.pass_on(flight.request, partial(self._receive, member, flight))
            with self.changed:
                flight.is_passed = True
                is_cancelled = flight.is_cancelled
            if is_cancelled:
                engine.cancel(flight.request.id)

    def _receive(self, member: Member, flight: Flight, event: Event) -> None:
        try:
            flight.sink(event)
        finally:
            if not isinstance(event, Piece | Queued):
                with self.changed:
                    self.book.ended(member, flight.request.id)
                    self.tell()

    def refuse(self, flights: Sequence[Flight]) -> None:
        for flight in flights:
            flight.sink(Refused(id=flight.request.id, reason="unavailable"))

    # --- processes, in the keeper's thread ----------------------------------------------------------------------------

    def _keep(self) -> None:
        while (todo := self._awaited_deed()) is not None:
            deed, member = todo
            if deed is Deed.START:
                self._begin(member)
            elif deed is Deed.CLOSE:
                self._end(member)
            elif deed is Deed.PASS:
                with self.changed:
                    flights, engine = self.book.passed(member), self.engines[member.name]
                self._pass(member, engine, flights)
            elif deed is Deed.SHARE:
                with self.changed:
                    num_threads, engine = self.book.shared(member), self.engines[member.name]
                engine.use_threads(num_threads)
            else:
                self._give_up(member, ModelNotLoaded(path=member.name))

    def _awaited_deed(self) -> tuple[Deed, Member] | None:
        """The next one, as soon as there is one; None when the fleet is closed."""
        with self.changed:
            while not self.is_closed:
                for member in self.book.residents():
                    self._note(member)
                if deed := self.book.next_deed():
                    return deed
                self.changed.wait()
        return None

    def _note(self, member: Member) -> None:
        """What became of the member's process."""
        engine = self.engines.get(member.name)
        state = engine.status().state if engine else ModelState.STARTING
        if state is ModelState.READY and member.phase is Phase.LOADING:
            self.book.loaded(member)
            self.tell()
        elif state is ModelState.UNAVAILABLE:
            self.book.lost(member)

    def _begin(self, member: Member) -> None:
        try:
            file = self._files.get(member.name)  # which may be gone, or have changed
            engine = self._start(file.options, on_change=self._poke)
        except ModelUnknown as fault:
            self._give_up(member, fault)
        except OSError:
            self._give_up(member, ModelNotLoaded(path=member.name))
        else:
            with self.changed:
                member.file = file
                self.engines[member.name] = engine
                flights = self.book.started(member)
                self.tell()
            self._pass(member, engine, flights)

    def _end(self, member: Member) -> None:
        with self.changed:
            self.book.closing(member)
            engine = self.engines[member.name]
        engine.close()
        with self.changed:
            self._past += engine.totals
            del self.engines[member.name]
            self.book.closed(member)
            self.tell()

    def _give_up(self, member: Member, fault: TertuliaError) -> None:
        with self.changed:
            engine = self.engines.pop(member.name, None)
            self._past += engine.totals if engine else EngineTotals()
            refused = self.book.failed(member, fault)
            self.tell()
        self.refuse(refused)
        if engine is not None:
            engine.close()

    # --- news ---------------------------------------------------------------------------------------------------------

    def status(self, member: Member) -> ModelStatus:
        """How the model is doing, at once. The caller holds the lock."""
        engine = self.engines.get(member.name)
        if engine is not None:
            return engine.status()
        state = ModelState.UNAVAILABLE if member.fault else ModelState.STARTING
        return ModelStatus(member.file.options.model_name or member.name, state)

    def totals(self) -> EngineTotals:
        """Of all processes there were. The caller holds the lock."""
        return sum((engine.totals for engine in self.engines.values()), self._past)

    def _poke(self) -> None:
        with self.changed:
            self.tell()

    def tell(self) -> None:
        """Something changed. The caller holds the lock."""
        self.changed.notify_all()
        for listener in self._listeners:
            listener()

    @contextmanager
    def listening(self) -> Iterator[asyncio.Event]:
        """An event that is set at each change."""
        loop, changed = asyncio.get_running_loop(), asyncio.Event()

        def tell() -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(changed.set)

        with self.changed:
            self._listeners.add(tell)
        try:
            yield changed
        finally:
            with self.changed:
                self._listeners.discard(tell)


def _cancelled(request_id: str) -> Finished:
    """The end of a request that no model has seen."""
    return Finished(
        id=request_id, reason="cancelled", num_prompt=0, num_cached=0, num_output=0, first_token_s=0.0, decode_s=0.0,
        seed=0,
    )  # fmt: skip
