"""What a fleet does next, whatever happens in between: nothing is lost, all fits, everybody gets a turn."""

from __future__ import annotations

from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from errors import ModelNotLoaded
from models.engine.protocol import Count, EngineOptions, Prompt
from models.fleet_book import Deed, FleetBook, Flight, Member, Phase
from models.fleet_files import ModelFile
from models.fleet_plan import Resident, leaving
from tests.scripted_local_models import file_card

NEEDS = {"local/a": 3, "local/b": 2, "local/c": 2, "local/d": 1}
BUDGET = 4
OPTIONS = EngineOptions(model_path=Path("m"), conversion_dir=None, context_tokens=100, max_sequences=1, threads=4)
NAMES = st.sampled_from(sorted(NEEDS))


def flight(number: int) -> Flight:
    return Flight(Count(id=str(number), prompt=Prompt(text="x")), lambda event: None)


class FleetStory(RuleBasedStateMachine):
    """The keeper does one deed at a time; requests, ends and failures come at any moment, in the middle of one, too."""

    def __init__(self) -> None:
        super().__init__()
        self.book = FleetBook(BUDGET)
        self.members = {
            name: self.book.member(ModelFile(name, file_card(), OPTIONS, need)) for name, need in NEEDS.items()
        }
        self.live: dict[str, Member] = {}
        self.num_asked = 0
        self.in_hand: tuple[Deed, Member] | None = None

    # --- what people do -----------------------------------------------------------------------------------------------

    @rule(name=NAMES)
    def ask(self, name: str) -> None:
        member, self.num_asked = self.members[name], self.num_asked + 1
        one = flight(self.num_asked)
        is_passed = self.book.take(member, one)
        if is_passed is None:
            assert member.fault or member.is_doomed
            return
        one.is_passed = is_passed
        self.live[one.request.id] = member

    @rule(name=NAMES)
    def want(self, name: str) -> None:
        self.book.want(self.members[name])

    @rule(index=st.integers(0, 20))
    def cancel(self, index: int) -> None:
        if self.live:
            request_id = sorted(self.live)[index % len(self.live)]
            member = self.live[request_id]
            if (found := self.book.cancel(member, request_id)) and not found.is_passed:
                del self.live[request_id]

    @rule(name=NAMES)
    def doom(self, name: str) -> None:
        self.refused(self.book.doom(self.members[name]))

    @rule(name=NAMES)
    def pardon(self, name: str) -> None:
        self.members[name].is_doomed = False

    # --- what processes do --------------------------------------------------------------------------------------------

    @rule(index=st.integers(0, 20))
    def end_one(self, index: int) -> None:
        flying = sorted(request_id for request_id, member in self.live.items() if request_id in member.flying)
        if flying:
            self.end(flying[index % len(flying)])

    @rule(name=NAMES)
    def load(self, name: str) -> None:
        if self.members[name].phase is Phase.LOADING:
            self.book.loaded(self.members[name])

    @rule(name=NAMES)
    def lose(self, name: str) -> None:
        self.book.lost(self.members[name])

    # --- what the keeper does -----------------------------------------------------------------------------------------

    @rule()
    def begin_deed(self) -> None:
        if self.in_hand is None and (todo := self.book.next_deed()):
            deed, member = todo
            if deed is Deed.CLOSE:
                assert not member.flying
                self.book.closing(member)
            self.in_hand = todo

    @rule(succeeds=st.booleans())
    def finish_deed(self, succeeds: bool) -> None:
        if self.in_hand is None:
            return
        (deed, member), self.in_hand = self.in_hand, None
        if deed is Deed.PASS:
            self.passed(self.book.passed(member))
        elif deed is Deed.SHARE:
            assert self.book.shared(member) == max(1, 4 // max(1, self.book.num_busy))
        elif deed is Deed.CLOSE:
            assert not member.flying
            self.book.closed(member)
        elif deed is Deed.START and succeeds:
            self.passed(self.book.started(member))
        else:
            self.fail(member)

    def fail(self, member: Member) -> None:
        """Its process refuses what it has, and the book what it held."""
        for request_id in tuple(member.flying):
            self.end(request_id)
        self.refused(self.book.failed(member, ModelNotLoaded(path=member.name)))

    def end(self, request_id: str) -> None:
        self.book.ended(self.live.pop(request_id), request_id)

    def passed(self, flights: list[Flight]) -> None:
        for one in flights:
            one.is_passed = True

    def refused(self, flights: list[Flight]) -> None:
        for one in flights:
            del self.live[one.request.id]

    # --- what always holds --------------------------------------------------------------------------------------------

    @invariant()
    def all_fit(self) -> None:
        assert sum(member.file.need_bytes for member in self.book.residents()) <= BUDGET

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        kept = [request_id for member in self.members.values() for request_id in (*member.held, *member.flying)]
        assert sorted(kept) == sorted(self.live)
        assert all(request_id in (*member.held, *member.flying) for request_id, member in self.live.items())

    @invariant()
    def who_is_away_answers_nothing(self) -> None:
        assert not any(member.flying for member in self.members.values() if member.phase is Phase.AWAY)

    def teardown(self) -> None:
        """From wherever it stands, everything that was asked is answered when nothing more is asked."""
        for member in self.members.values():
            member.is_doomed = False
        for _ in range(20 * (self.num_asked + 10)):
            self.finish_deed(succeeds=True)
            self.begin_deed()
            for member in self.members.values():
                if member.phase is Phase.LOADING:
                    self.book.loaded(member)
            if self.in_hand is None:
                if not self.live:
                    return
                for request_id in [one for one, member in self.live.items() if one in member.flying]:
                    self.end(request_id)
        raise AssertionError(f"{self.live} were never answered")


TestFleetStory = FleetStory.TestCase
TestFleetStory.settings = settings(max_examples=80, stateful_step_count=50, deadline=None)


def test_who_was_used_longest_ago_goes_first() -> None:
    three = [Resident("a", 2, used_at=3), Resident("b", 2, used_at=1), Resident("c", 2, used_at=2)]
    assert leaving(three, 6) == frozenset()
    assert leaving(three, 4) == {"b"}
    assert leaving(three, 3) == {"b", "c"}


def test_whoever_writes_stays_as_long_as_idle_ones_make_room() -> None:
    busy = Resident("busy", 2, used_at=1, is_busy=True)
    assert leaving([busy, Resident("idle", 2, used_at=2)], 2) == {"idle"}
    assert leaving([busy, Resident("idle", 1, used_at=2)], 1) == {"busy"}


def test_whoever_has_begun_to_leave_is_not_spared_for_another_that_writes() -> None:
    leaves = Resident("leaves", 2, used_at=9, is_busy=True, is_leaving=True)
    assert leaving([leaves, Resident("other", 2, used_at=1, is_busy=True)], 2) == {"leaves"}
