"""What is known of each model of a fleet, and what is to be done next. Bookkeeping alone: it starts and asks nothing.

A model is away, then starting (its process begins), loading, ready, closing, and away again; one that is lost was given
up by whoever watches its process. Requests for a model that takes none now are held until it does; those that it took
are flying until they end. A model that is wanted and away waits in line for memory. For the first in line others leave:
they take no more requests, and are closed once theirs have ended. So everybody gets a turn.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto

from errors import ModelUnknown, TertuliaError
from models.engine.engine_requests import Request, Sink
from models.fleet_files import ModelFile
from models.fleet_plan import Resident, leaving


class Phase(Enum):
    """Where a model stands. All but those that are AWAY take memory."""

    AWAY = auto()
    STARTING = auto()
    LOADING = auto()
    READY = auto()
    CLOSING = auto()
    LOST = auto()


@dataclass(eq=False)
class Flight:
    """A request and who hears of it. ``is_passed``: an engine has it, and can be told that it ``is_cancelled``."""

    request: Request
    sink: Sink
    is_passed: bool = False
    is_cancelled: bool = False


@dataclass(eq=False)
class Member:
    """``is_wanted``: somebody waits for the model itself. ``is_doomed``: its file is about to be deleted.

    ``fault`` is why it could not be loaded; it is not tried again before somebody wants it. ``num_loads`` and
    ``num_faults`` only grow.
    """

    file: ModelFile
    phase: Phase = Phase.AWAY
    held: dict[str, Flight] = field(default_factory=dict)
    flying: dict[str, Flight] = field(default_factory=dict)
    used_at: int = 0
    is_wanted: bool = False
    is_leaving: bool = False
    is_doomed: bool = False
    fault: TertuliaError | None = None
    num_threads: int = 0
    num_loads: int = 0
    num_faults: int = 0

    @property
    def name(self) -> str:
        return self.file.name

    @property
    def is_resident(self) -> bool:
        return self.phase is not Phase.AWAY

    @property
    def takes_requests(self) -> bool:
        return self.phase in {Phase.LOADING, Phase.READY} and not self.is_leaving and not self.is_doomed

    @property
    def is_busy(self) -> bool:
        """A model on its way is busy with whatever it was wanted for."""
        return bool(self.flying) or self.phase in {Phase.STARTING, Phase.LOADING}

    @property
    def waits(self) -> bool:
        """For memory."""
        return self.phase is Phase.AWAY and not self.is_doomed and (self.is_wanted or bool(self.held))


class Deed(Enum):
    """What can be done to a member. PASS hands what it holds to its engine, GIVE_UP is for one that is lost, and
    SHARE tells it how many threads are its own now: those of several that write would wait for each other's cores.
    """

    GIVE_UP = auto()
    START = auto()
    CLOSE = auto()
    PASS = auto()
    SHARE = auto()


class FleetBook:
    """Everything fits ``budget_bytes``, or is refused before it is entered here. Not safe from threads."""

    def __init__(self, budget_bytes: int) -> None:
        self.budget_bytes = budget_bytes
        self.members: dict[str, Member] = {}
        self._line: list[Member] = []
        self._now = 0

    def member(self, file: ModelFile) -> Member:
        """That of ``file``; when another file has its name now, or one again, the old one's fault no longer counts."""
        member = self.members.setdefault(file.name, Member(file))
        if not member.is_resident and (member.file != file or isinstance(member.fault, ModelUnknown)):
            member.file, member.fault = file, None
        return member

    def residents(self) -> list[Member]:
        """Those in memory, the one used last at the front."""
        found = (member for member in self.members.values() if member.is_resident)
        return sorted(found, key=lambda member: -member.used_at)

    @property
    def num_busy(self) -> int:
        """Those that write now."""
        return sum(bool(member.flying) for member in self.members.values())

    # --- what is asked ------------------------------------------------------------------------------------------------

    def want(self, member: Member) -> None:
        """Have the model loaded, or used last where it is."""
        member.fault = None
        if member.takes_requests or member.phase is Phase.STARTING:
            self._use(member)
        else:
            member.is_wanted = True
        self._line_up()

    def take(self, member: Member, flight: Flight) -> bool | None:
        """True when ``flight`` may be passed to the engine now, False when it is held, None when it is refused."""
        if member.is_doomed or member.fault is not None:
            return None
        if member.takes_requests and not member.held:
            self._fly(member, flight)
            return True
        member.held[flight.request.id] = flight
        self._line_up()
        return False

    def cancel(self, member: Member, request_id: str) -> Flight | None:
        """The flight that is to be told to end, by its engine if that has it; None when it ended or will be told."""
        if request_id in member.held:
            return member.held.pop(request_id)
        flight = member.flying.get(request_id)
        if flight is not None:
            flight.is_cancelled = True
        return flight if flight is not None and flight.is_passed else None

    def doom(self, member: Member) -> list[Flight]:
        """Load it no more; what it held is to be refused."""
        member.is_doomed, member.is_wanted = True, False
        return _emptied(member.held)

    # --- what happened ------------------------------------------------------------------------------------------------

    def started(self, member: Member) -> list[Flight]:
        """What it held is to be passed to its engine, and flies already: it may not leave before that is answered."""
        member.phase, member.num_threads = Phase.LOADING, member.file.options.threads
        return self.passed(member)

    def loaded(self, member: Member) -> None:
        member.phase = Phase.READY
        member.num_loads += 1

    def lost(self, member: Member) -> None:
        """Its process has ended for good."""
        if member.phase in {Phase.LOADING, Phase.READY}:
            member.phase = Phase.LOST

    def failed(self, member: Member, fault: TertuliaError) -> list[Flight]:
        """It is away, and stays so; what it held is to be refused."""
        member.phase, member.is_leaving, member.is_wanted = Phase.AWAY, False, False
        member.fault = fault
        member.num_faults += 1
        return _emptied(member.held)

    def closed(self, member: Member) -> None:
        member.phase, member.is_leaving = Phase.AWAY, False
        self._line_up()

    def ended(self, member: Member, request_id: str) -> None:
        if member.flying.pop(request_id, None) is not None:
            self._use(member)

    # --- what is to be done -------------------------------------------------------------------------------------------

    def next_deed(self) -> tuple[Deed, Member] | None:
        """What is to be done now; whoever asks does it, and says when it is done, before asking again."""
        head = self._head()
        deed = next(self._deeds(), None)
        if deed is None and head is not None and not any(member.is_leaving for member in self.members.values()):
            self._line.pop(0)
            head.phase, head.is_wanted = Phase.STARTING, False
            self._use(head)
            return Deed.START, head
        return deed

    def passed(self, member: Member) -> list[Flight]:
        """What is to be passed to the member's engine; it counts as flying from now on."""
        flights = _emptied(member.held)
        for flight in flights:
            self._fly(member, flight)
        return flights

    def shared(self, member: Member) -> int:
        """Threads that the member is to be told to use."""
        member.num_threads = self._num_threads(member)
        return member.num_threads

    def closing(self, member: Member) -> None:
        member.phase = Phase.CLOSING

    def _head(self) -> Member | None:
        """Who is first in line, once it is settled who leaves for him."""
        self._line = [member for member in self._line if member.waits]
        head = self._line[0] if self._line else None
        chosen = leaving(map(_resident, self.residents()), self.budget_bytes - head.file.need_bytes) if head else ()
        for member in self.members.values():
            member.is_leaving = member.name in chosen
            member.is_wanted = member.is_wanted and not member.takes_requests
        return head

    def _deeds(self) -> Iterator[tuple[Deed, Member]]:
        for member in self.members.values():
            if member.phase is Phase.LOST:
                yield Deed.GIVE_UP, member
            is_leaving = member.is_leaving and member.phase is Phase.READY
            is_doomed = member.is_doomed and member.phase in {Phase.LOADING, Phase.READY}
            if (is_leaving or is_doomed) and not member.flying:
                yield Deed.CLOSE, member
            if member.held and member.takes_requests:
                yield Deed.PASS, member
            if member.phase in {Phase.LOADING, Phase.READY} and member.num_threads != self._num_threads(member):
                yield Deed.SHARE, member

    def _num_threads(self, member: Member) -> int:
        return max(1, member.file.options.threads // max(1, self.num_busy))

    def _fly(self, member: Member, flight: Flight) -> None:
        member.flying[flight.request.id] = flight
        self._use(member)

    def _use(self, member: Member) -> None:
        self._now += 1
        member.used_at = self._now

    def _line_up(self) -> None:
        """Who came first is served first."""
        self._line += [member for member in self.members.values() if member.waits and member not in self._line]
        self._head()


def _resident(member: Member) -> Resident:
    is_draining = member.is_leaving and member.is_busy
    is_going = is_draining or member.is_doomed or member.phase is Phase.CLOSING
    return Resident(member.name, member.file.need_bytes, member.used_at, member.is_busy, is_going)


def _emptied(flights: dict[str, Flight]) -> list[Flight]:
    taken = list(flights.values())
    flights.clear()
    return taken
