"""What somebody must show before the rooms open: nothing, a password that all share, or an account of their own."""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from starlette.datastructures import Headers
from starlette.types import Scope

from components.owner import OwnerCookie
from errors import PasswordWrong, SignInRefused, TooManyTries
from safety.accounts import Account
from safety.audit_log import Audit, Event, NoAudit
from safety.open_id import OpenId
from safety.throttle import Patience, Throttle
from safety.visitor_address import visitor_address

MAX_HASHED_AT_ONCE = 2  # each takes 64 MB
MAX_WAITING = 32
SECONDS_WHEN_BUSY = 5
PATIENCE_WITH_NAMES = Patience(longest=300.0)  # shorter: strangers must not keep anybody out by trying their name
MAX_NAME = 64
LONGEST_PASSWORD = 2_000


class Gate(StrEnum):
    """What is asked for; its cookie is ``tertulia_`` and the name."""

    LINK = "link"
    PASSWORD = "password"  # noqa: S105 - the name of a gate
    ACCOUNT = "account"


@dataclass(frozen=True)
class Rules:
    """``password`` is asked of everybody where it is not "". ``needs_account`` None means: once there are accounts.

    ``own_host`` is the name of the Space that we are: nobody reaches us there but by a proxy, which tells for whom.
    ``is_behind_proxy`` says the same of a proxy of the operator's.
    """

    password: str = ""
    needs_account: bool | None = None
    own_host: str = ""
    is_behind_proxy: bool = False


@dataclass(frozen=True)
class _Link:
    """``mark`` tells two links by the same password apart."""

    host_suffix: str
    password: str
    mark: str


class Entrance:
    """Decides from a request's cookies alone, at once; signing in takes longer. One for the whole program."""

    def __init__(
        self,
        owners: OwnerCookie,
        rules: Rules | None = None,
        audit: Audit | None = None,
        elsewhere: OpenId | None = None,
    ) -> None:
        self.elsewhere = elsewhere
        self.accounts = owners.accounts
        self._owners = owners
        self._rules = rules or Rules()
        self._audit = audit or NoAudit()
        self._link: _Link | None = None
        self._had_accounts = False
        self._by_address = Throttle()
        self._by_name = Throttle(PATIENCE_WITH_NAMES)
        self._hashing = asyncio.Semaphore(MAX_HASHED_AT_ONCE)
        self._num_hashing = 0

    @classmethod
    def open_to_all(cls) -> Entrance:
        """Nothing is asked for."""
        return cls(OwnerCookie(secrets.token_bytes(32)))

    def open_link(self, host_suffix: str, password: str) -> None:
        """From now on who comes by a name that ends so needs ``password``; replaces the link there was."""
        self._link = _Link(host_suffix.lower(), password, secrets.token_hex(8))

    def close_link(self) -> None:
        """What was shown for the link counts no more."""
        self._link = None

    @property
    def own_host(self) -> str:
        """The name that we are known by on the web, "" where nobody told."""
        return self._rules.own_host

    @property
    def has_accounts(self) -> bool:
        """Whether anybody can sign in by a name and a password."""
        return self.accounts is not None and self.accounts.has_any

    @property
    def needs_account(self) -> bool:
        """Once there were accounts it stays so while the program runs: a file that is gone opens no door."""
        if self._rules.needs_account is not None:
            return self._rules.needs_account
        self._had_accounts = self._had_accounts or self.has_accounts
        return self._had_accounts

    def closed_gate(self, host: str, cookies: Mapping[str, str]) -> Gate | None:
        """The first gate that is closed to who sent these; None opens the rooms. ``host`` is as the header has it."""
        link = self._link
        by_link = link is not None and _name(host).endswith(link.host_suffix)
        if by_link and not self._has_shown(Gate.LINK, cookies):
            return Gate.LINK
        if self.needs_account:
            return None if self._owners.account_in(cookies) else Gate.ACCOUNT
        if not self._rules.password or by_link or self._has_shown(Gate.PASSWORD, cookies):
            return None
        return None if self._owners.account_in(cookies) else Gate.PASSWORD

    def has_shown_any(self, cookies: Mapping[str, str]) -> bool:
        """Whether there is anything to sign out of."""
        shown = self._owners.account_in(cookies) is not None
        return shown or any(self._has_shown(gate, cookies) for gate in (Gate.LINK, Gate.PASSWORD))

    def way_to_account(self, cookies: Mapping[str, str]) -> str:
        """The page of who signed in, or where one may; "" where there is neither."""
        if self.has_shown_any(cookies):
            return "account"
        return "sign-in" if self.has_accounts or self.elsewhere else ""

    async def show_password(self, gate: Gate, password: str, address: str) -> str:
        """The cookie of ``gate``, LINK or PASSWORD. Raises PasswordWrong or TooManyTries."""
        self.take(address)
        wanted = self._password(gate)
        given = password[:LONGEST_PASSWORD].encode(errors="replace")
        if not wanted or not hmac.compare_digest(given, wanted.encode(errors="replace")):
            await self.noted(Event.SIGN_IN_REFUSED, gate=gate, address=address)
            raise PasswordWrong
        self._by_address.give_back(address)
        await self.noted(Event.SIGN_IN, gate=gate, address=address)
        return self._owners.proofs.value(cookie_of(gate), str(gate), self._bound_to(gate))

    async def sign_in(self, name: str, password: str, address: str) -> Account:
        """Raises SignInRefused or TooManyTries; takes as long for names that nobody has."""
        account = await self.proven(name, password, address)
        await self.noted(Event.SIGN_IN, who=account.name, address=address)
        return account

    async def proven(self, name: str, password: str, address: str) -> Account:
        """The account of whoever knows its password. Raises SignInRefused or TooManyTries."""
        name = name.strip().lower()[:MAX_NAME]
        self.take(address, name)
        account = await self._checked(name, password[:LONGEST_PASSWORD])
        if account is None:
            known = name if self.accounts and self.accounts.find(name) else None  # else it may be a password, even
            await self.noted(Event.SIGN_IN_REFUSED, who=known, gate=Gate.ACCOUNT, address=address)
            raise SignInRefused
        self._by_address.give_back(address)
        self._by_name.give_back(name)
        return account

    def address_of(self, scope: Scope) -> str:
        """From where a request came."""
        peer = scope["client"][0] if scope.get("client") else ""
        return self.address(peer, Headers(scope=scope).get("x-forwarded-for", ""))

    def address(self, peer: str, forwarded: str) -> str:
        """The same of who called us and what it says whom for."""
        return visitor_address(peer, forwarded, trusts_proxy=bool(self._rules.own_host) or self._rules.is_behind_proxy)

    async def noted(self, event: Event, **facts: object) -> None:
        """Written down, without holding anybody up."""
        await asyncio.to_thread(self._audit.note, event, **facts)

    async def _checked(self, name: str, password: str) -> Account | None:
        if self.accounts is None:
            return None
        if self._num_hashing >= MAX_WAITING:
            raise TooManyTries(seconds=SECONDS_WHEN_BUSY)
        self._num_hashing += 1
        try:
            async with self._hashing:
                return await asyncio.to_thread(self.accounts.check, name, password)
        finally:
            self._num_hashing -= 1

    def give_back(self, address: str) -> None:
        """The last try from there went well."""
        self._by_address.give_back(address)

    def take(self, address: str, name: str | None = None) -> None:
        """One more try to come in, as if it failed. Raises TooManyTries."""
        wait = self._by_address.take(address)
        if not wait and name is not None and (wait := self._by_name.take(name)):
            self._by_address.give_back(address)
        if wait:
            raise TooManyTries(seconds=wait)

    def _password(self, gate: Gate) -> str:
        link = self._link
        if gate is Gate.LINK:
            return link.password if link else ""
        return self._rules.password if gate is Gate.PASSWORD else ""

    def _has_shown(self, gate: Gate, cookies: Mapping[str, str]) -> bool:
        return bool(self._password(gate)) and self._owners.proofs.holds(cookies, cookie_of(gate), self._bound_to(gate))

    def _bound_to(self, gate: Gate) -> str:
        link = self._link
        return f"{self._password(gate)}\0{link.mark if link and gate is Gate.LINK else ''}"


def cookie_of(gate: Gate) -> str:
    """Its name."""
    return f"tertulia_{gate}"


def _name(host: str) -> str:
    """Without the port, which no bracket follows."""
    name, _, port = host.lower().rpartition(":")
    return (name if port.isdecimal() else host.lower()).rstrip(".")
