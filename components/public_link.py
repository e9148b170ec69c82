"""The one public link of this program: opened by the operator or at the start, and closed by itself in the end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from errors import LinkAlreadyOpen, TunnelRefused

SECONDS_AN_HOUR = 3600
SECONDS_BETWEEN_LOOKS = 30.0


class Tunnel(Protocol):
    """What leads from a public address to this machine."""

    def open(self, port: int, on_ended: Callable[[], object]) -> str:
        """The address; ``on_ended`` is called once when it ends. Raises a ShareError."""

    def close(self) -> None:
        """End it; nothing happens where there is none."""


class Door(Protocol):
    """Who lets people in by the link."""

    def open_link(self, host: str, password: str) -> None:
        """From now on whoever calls the page ``host`` must know ``password``."""

    def close_link(self) -> None:
        """Nobody comes in by the link any more, whoever was in."""


class _NoDoor:
    def open_link(self, host: str, password: str) -> None:
        raise TunnelRefused

    def close_link(self) -> None:
        """There is none."""


@dataclass(frozen=True)
class OpenLink:
    """``ends_at`` in seconds since 1970."""

    url: str
    password: str
    ends_at: float


@dataclass(frozen=True)
class Clocks:
    """That on the wall, which people can set, and one that nobody can; looked at every ``between`` seconds."""

    wall: Callable[[], float] = time.time
    steady: Callable[[], float] = time.monotonic
    between: float = SECONDS_BETWEEN_LOOKS


class PublicLink:
    """Never open without a password. Its methods may be called from any thread; ``open`` takes up to a minute.

    ``on_changed`` is told whether there is a link, before the first request can come by it and after the last.
    """

    def __init__(
        self,
        make_tunnel: Callable[[], Tunnel],
        door: Door,
        new_password: Callable[[], str],
        on_changed: Callable[[bool], object] = lambda is_open: None,
        clocks: Clocks | None = None,
    ) -> None:
        self._make_tunnel = make_tunnel
        self._door = door
        self._new_password = new_password
        self._on_changed = on_changed
        self._lock = threading.Lock()
        self._is_taken = False
        self._tunnel: Tunnel | None = None
        self._ending = threading.Event()
        self._clocks = clocks or Clocks()
        self._now: OpenLink | None = None
        self.port = 0  # of the page; known once it is served

    @classmethod
    def never(cls) -> PublicLink:
        """One that cannot be opened."""

        def refuse() -> Tunnel:
            raise TunnelRefused

        return cls(refuse, _NoDoor(), str)

    @property
    def now(self) -> OpenLink | None:
        """The link that there is."""
        return self._now

    def is_host(self, name: str) -> bool:
        """Whether the page is called so by the link."""
        now = self._now
        return now is not None and urlsplit(now.url).hostname == name

    def open(self, hours: float, password: str = "") -> OpenLink:
        """Open it for so long; without a password one is made. Raises LinkAlreadyOpen or another ShareError."""
        with self._lock:
            if self._is_taken:
                raise LinkAlreadyOpen
            self._is_taken = True
        self._on_changed(True)
        ended = threading.Event()

        def tell() -> None:
            ended.set()
            self._ended(tunnel)

        try:
            tunnel = self._make_tunnel()
            url = tunnel.open(self.port, tell)
            seconds = hours * SECONDS_AN_HOUR
            link = OpenLink(url, password or self._new_password(), self._clocks.wall() + seconds)
            self._door.open_link(urlsplit(url).hostname or "", link.password)
        except BaseException:
            self._is_taken = False
            self._on_changed(False)
            raise
        ending = threading.Event()
        with self._lock:
            self._tunnel, self._ending, self._now = tunnel, ending, link
        threading.Thread(target=self._end_in, args=(seconds, link, ending), name="link", daemon=True).start()
        if ended.is_set():  # before anybody knew that it was there
            self._ended(tunnel)
            raise TunnelRefused
        return link

    def close(self) -> None:
        """End it now. Nothing happens where there is none."""
        tunnel = self._tunnel
        if tunnel is not None:
            self._ended(tunnel)
            tunnel.close()

    def _end_in(self, seconds: float, link: OpenLink, ending: threading.Event) -> None:
        """By whichever clock comes first: one stands still while the machine sleeps, the other may be set back."""
        ends_at = self._clocks.steady() + seconds
        while (left := min(ends_at - self._clocks.steady(), link.ends_at - self._clocks.wall())) > 0:
            if ending.wait(min(left, self._clocks.between)):
                return
        if not ending.is_set():
            self.close()

    def _ended(self, tunnel: Tunnel) -> None:
        """Also when its program died, or its server sent it away."""
        with self._lock:
            if self._tunnel is not tunnel:
                return
            self._tunnel, self._now = None, None
        self._ending.set()
        self._door.close_link()
        self._on_changed(False)
        self._is_taken = False
