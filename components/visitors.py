"""Counts what each visitor asks for, and refuses what is more than the house's rules allow."""

from __future__ import annotations

import functools
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

import gradio as gr

from components.entrance import Entrance
from components.house_rules import HouseRules
from components.metrics import Refusal
from components.owner import OwnerCookie
from errors import (
    AddressesNotAllowed,
    AddressesUsedUp,
    KeyNotLent,
    QuestionRefused,
    QueueFull,
    RequestError,
    TurnsUsedUp,
    TurnUnderWay,
    UploadsNotAllowed,
    UploadsUsedUp,
)
from safety.policy import VISITORS_AN_ADDRESS, Policy, Reach
from safety.tally import Tally

MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0
REFUSALS: dict[type[RequestError], Refusal] = {
    QueueFull: Refusal.BUSY,
    TurnsUsedUp: Refusal.LIMIT,
    TurnUnderWay: Refusal.LIMIT,
    QuestionRefused: Refusal.FILTER,
}


class Count(StrEnum):
    """What is counted."""

    TURN = "turn"  # a question to a model
    UPLOAD = "upload"
    ADDRESS = "address"


@dataclass(frozen=True)
class Asker:
    """Who asks, and from where."""

    owner: str
    address: str


@dataclass(frozen=True)
class _Limit:
    tally: Tally
    most: Callable[[Policy], int]
    error: type[TurnsUsedUp | UploadsUsedUp | AddressesUsedUp]


class Visitors:
    """Safe in any thread. ``num_at_once`` questions are answered at the same time, so that more have to wait.

    ``is_operator`` tells of an owner whom no rule holds for; ``on_refused`` hears why a question was not taken.
    """

    def __init__(
        self,
        rules: HouseRules,
        num_at_once: int = 0,
        clock: Callable[[], float] = time.monotonic,
        is_operator: Callable[[str], bool] = lambda owner: False,
        on_refused: Callable[[Refusal], None] = lambda reason: None,
    ) -> None:
        self.rules = rules
        self._on_refused = on_refused
        self._is_operator = is_operator
        self._num_at_once = num_at_once
        self._lock = Lock()
        self._at_it: Counter[str] = Counter()
        minute, day = Tally(MINUTE, clock=clock), Tally(DAY, clock=clock)
        uploads, addresses = Tally(HOUR, clock=clock), Tally(HOUR, clock=clock)
        self._limits = {
            Count.TURN: (
                _Limit(minute, lambda policy: policy.turns_a_minute, TurnsUsedUp),
                _Limit(day, lambda policy: policy.turns_a_day, TurnsUsedUp),
            ),
            Count.UPLOAD: (_Limit(uploads, lambda policy: policy.uploads_an_hour, UploadsUsedUp),),
            Count.ADDRESS: (_Limit(addresses, lambda policy: policy.addresses_an_hour, AddressesUsedUp),),
        }

    @classmethod
    def unlimited(cls) -> Visitors:
        """Everybody has all they want."""
        return cls(HouseRules(Reach.LOCAL))

    def take(self, count: Count, asker: Asker, num: int = 1) -> None:
        """Count ``num``, all or none. Raises a RequestError that says how long to wait, or that it is not allowed."""
        if self._is_operator(asker.owner):
            return
        policy = self.rules.policy
        if count is Count.UPLOAD and not policy.allows_uploads:
            raise UploadsNotAllowed
        if count is Count.ADDRESS and not policy.allows_addresses:
            raise AddressesNotAllowed
        with self._lock:
            keys = ((f"owner {asker.owner}", 1), (f"address {asker.address}", VISITORS_AN_ADDRESS))
            for limit in self._limits[count]:
                most = limit.most(policy)
                wait = max(limit.tally.wait(key, most * times, num) for key, times in keys)
                if wait:
                    raise limit.error(most=most, wait=told_wait(wait))
            for limit in self._limits[count]:
                if limit.most(policy):
                    for key, _ in keys:
                        limit.tally.add(key, num)

    def lends(self, owner: str) -> bool:
        """Whether ``owner`` may use what the operator's keys open."""
        return self.rules.policy.allows_operator_keys or self._is_operator(owner)

    def check_lent(self, owner: str, name: str) -> None:
        """Before what is called ``name`` is asked by an operator's key. Raises KeyNotLent."""
        if not self.lends(owner):
            raise KeyNotLent(model=name)

    def allows_addresses(self, owner: str) -> bool:
        """Whether pages that ``owner`` names, or that a model names for him, may be read."""
        return self.rules.policy.allows_addresses or self._is_operator(owner)

    @contextmanager
    def turn(self, asker: Asker) -> Iterator[None]:
        """Around a question to a model. Raises TurnUnderWay, QueueFull or TurnsUsedUp."""
        try:
            with self._place(asker.owner):
                self.take(Count.TURN, asker)
                yield
        except tuple(REFUSALS) as error:
            self._on_refused(REFUSALS[type(error)])
            raise

    @contextmanager
    def _place(self, owner: str) -> Iterator[None]:
        self._begin(owner)
        try:
            yield
        finally:
            with self._lock:
                self._at_it[owner] -= 1
                self._at_it += Counter()  # forgets who has none

    def _begin(self, owner: str) -> None:
        reach, most = self.rules.reach, self.rules.policy.waiting_turns
        is_operator = self._is_operator(owner)
        with self._lock:
            if self._at_it[owner] and not is_operator and reach in (Reach.SPACE, Reach.SHARED):
                raise TurnUnderWay
            if most and not is_operator and self._at_it.total() >= self._num_at_once + most:
                raise QueueFull(most=most)
            self._at_it[owner] += 1


def told_wait(seconds: int) -> str:
    """Short, and the same in every language."""
    if seconds < 2 * MINUTE:
        return f"{seconds} s"
    return f"{-(-seconds // int(MINUTE))} min" if seconds < 2 * HOUR else f"{-(-seconds // int(HOUR))} h"


class Counting(Protocol):
    """Of the services, what counting needs."""

    @property
    def visitors(self) -> Visitors: ...
    @property
    def entrance(self) -> Entrance: ...
    @property
    def owners(self) -> OwnerCookie: ...


class _Room(Protocol):
    @property
    def services(self) -> Counting: ...


R = TypeVar("R", bound=_Room)
P = ParamSpec("P")
Handler = Callable[Concatenate[R, P], AsyncGenerator[dict[Any, Any], None]]


def asker_of(services: Counting, request: gr.Request) -> Asker:
    """Raises SessionMissing."""
    peer = getattr(getattr(request, "client", None), "host", "") or ""
    address = services.entrance.address(peer, request.headers.get("x-forwarded-for", ""))
    return Asker(services.owners.owner_of(request), address)


def is_a_turn(handler: Handler[R, P]) -> Handler[R, P]:
    """Let a handler, one of whose arguments is the request, count as a question to a model."""

    @functools.wraps(handler)
    async def counted(room: R, /, *args: P.args, **kwargs: P.kwargs) -> AsyncGenerator[dict[Any, Any], None]:
        request = next(value for value in args if isinstance(value, gr.Request))
        with room.services.visitors.turn(asker_of(room.services, request)):
            async with aclosing(handler(room, *args, **kwargs)) as states:
                async for state in states:
                    yield state

    counted.counts = Count.TURN  # type: ignore[attr-defined]
    return counted
