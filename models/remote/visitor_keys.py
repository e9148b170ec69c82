"""Keys that visitors typed for themselves: in memory alone, each for one session of a browser."""

from __future__ import annotations

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from pydantic import SecretStr

from errors import OptionInvalid, ServiceKeyInvalid
from models.remote.keys import ServiceKeys
from models.remote.providers import SERVICES, what_is_missing

KEY = re.compile(r"[!-~]{8,512}")  # what a header can carry, and no spaces
MASK = "••••"
NUM_SHOWN, LEAST_TO_SHOW = 4, 12  # four characters of a shorter key would be too much of it
IDLE_S = 12 * 3_600.0
MAX_SESSIONS = 1_000
MAX_MODELS = 20  # that one visitor may choose from by keys of his own


@dataclass
class _Session:
    used_at: float
    keys: dict[str, SecretStr] = field(default_factory=dict)
    models: list[str] = field(default_factory=list)


def masked(key: str) -> str:
    """What may be shown of ``key``."""
    return MASK + (key[-NUM_SHOWN:] if len(key) >= LEAST_TO_SHOW else "")


class VisitorKeys:
    """Forgets a session that was not used for ``IDLE_S``, and when there are too many the one used longest ago.

    ``session`` must be something that only this browser knows. Safe from any thread.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, max_sessions: int = MAX_SESSIONS) -> None:
        self._clock = clock
        self._max_sessions = max_sessions
        self._sessions: OrderedDict[str, _Session] = OrderedDict()  # the one used longest ago comes first
        self._lock = threading.RLock()
        self._watchers: list[Callable[[str], object]] = []

    def watch(self, watcher: Callable[[str], object]) -> None:
        """Tell ``watcher`` of sessions of which a key is gone, so that nothing made with it is kept either."""
        self._watchers.append(watcher)

    def put(self, session: str, service: str, key: str) -> str:
        """Keep ``key``, in the place of an earlier one, and tell it masked.

        Raises ServiceKeyInvalid, or OptionInvalid for a service that nobody knows.
        """
        if service not in SERVICES:
            raise OptionInvalid
        key = key.strip()
        if not KEY.fullmatch(key):
            raise ServiceKeyInvalid
        with self._lock:
            kept = self._used(session) or _Session(self._clock())
            is_replaced = service in kept.keys
            kept.keys[service] = SecretStr(key)
            self._sessions[session] = kept
            while len(self._sessions) > self._max_sessions:
                self._drop_oldest()
        if is_replaced:
            self._tell(session)
        return masked(key)

    def shown(self, session: str) -> dict[str, str]:
        """Services that ``session`` has a key for, each with the key masked."""
        return {service: masked(key.get_secret_value()) for service, key in self._keys(session).items()}

    def of(self, session: str) -> ServiceKeys:
        """The keys of ``session`` and no others."""
        keys = ServiceKeys()
        for service, key in self._keys(session).items():
            keys = keys.with_key(service, key.get_secret_value())
        return keys

    def models(self, session: str) -> tuple[str, ...]:
        """Names of the models that ``session`` has added."""
        with self._lock:
            kept = self._used(session)
            return tuple(kept.models) if kept else ()

    def add_model(self, session: str, name: str) -> None:
        """Have ``name``, a model of a service that ``session`` has a key for, among those to choose from.

        Of too many the first one goes. Raises ModelKeyMissing, ModelUnknown or ModelPackageMissing.
        """
        with self._lock:
            if missing := what_is_missing(name, self.of(session)):
                raise missing
            models = self._sessions[session].models
            models[:] = [*(other for other in models if other != name), name][-MAX_MODELS:]

    def drop_model(self, session: str, name: str) -> None:
        """Undo ``add_model``."""
        with self._lock:
            if kept := self._used(session):
                kept.models[:] = [other for other in kept.models if other != name]

    def forget(self, session: str, service: str = "") -> None:
        """The key of ``service`` and the models that it opened, or all of ``session``."""
        with self._lock:
            kept = self._sessions.get(session)
            if kept is None:
                return
            if service:
                kept.keys.pop(service, None)
                kept.models[:] = [name for name in kept.models if not name.startswith(f"{service}/")]
            if not (service and kept.keys):
                del self._sessions[session]
        self._tell(session)

    def _keys(self, session: str) -> dict[str, SecretStr]:
        with self._lock:
            kept = self._used(session)
            return dict(kept.keys) if kept else {}

    def _used(self, session: str) -> _Session | None:
        now = self._clock()
        while self._sessions and now - next(iter(self._sessions.values())).used_at > IDLE_S:
            self._drop_oldest()
        kept = self._sessions.get(session)
        if kept is not None:
            kept.used_at = now
            self._sessions.move_to_end(session)
        return kept

    def _drop_oldest(self) -> None:
        session, _ = self._sessions.popitem(last=False)
        self._tell(session)

    def _tell(self, session: str) -> None:
        for watcher in self._watchers:
            watcher(session)
