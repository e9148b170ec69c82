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
    ) -> None:
        self._make_tunnel = make_tunnel
        self._door = door
        self._new_password = new_password
        self._on_changed = on_changed
        self._lock = threading.Lock()
        self._is_taken = False
        self._tunnel: Tunnel | None = None
        self._timer: threading.Timer | None = None
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
            link = OpenLink(url, password or self._new_password(), time.time() + hours * SECONDS_AN_HOUR)
            self._door.open_link(urlsplit(url).hostname or "", link.password)
        except BaseException:
            self._is_taken = False
            self._on_changed(False)
            raise
        timer = threading.Timer(hours * SECONDS_AN_HOUR, self.close)
        timer.daemon = True
        with self._lock:
            self._tunnel, self._timer, self._now = tunnel, timer, link
        timer.start()
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

    def _ended(self, tunnel: Tunnel) -> None:
        """Also when its program died, or its server sent it away."""
        with self._lock:
            if self._tunnel is not tunnel:
                return
            timer, self._tunnel, self._timer, self._now = self._timer, None, None, None
        if timer is not None:
            timer.cancel()
        self._door.close_link()
        self._on_changed(False)
        self._is_taken = False
