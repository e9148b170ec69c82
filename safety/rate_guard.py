"""How much one address may ask for in a minute: more than any person needs, and less than stops the others."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from safety.page_paths import UPLOAD
from safety.visitor_address import visitor_address

MAX_ADDRESSES = 10_000  # remembered at once
ALL_A_MINUTE = 3_000  # a class of thirty comes from one address, and each of their pages asks twice a second
UPLOADS_A_MINUTE = 60
FILES_OF_THE_PAGE = ("/assets/", "/static/", "/vendor/")  # a first visit loads a hundred; they cost nothing
REFUSAL = "Too many requests. Wait a little. / Demasiadas peticiones. Espera un poco."


@dataclass
class _Left:
    tokens: float
    time: float


class Bucket:
    """Lets each key have ``a_minute`` at once, and as many again in every minute. Forgets those used longest ago."""

    def __init__(
        self, a_minute: int, *, max_keys: int = MAX_ADDRESSES, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._a_minute = a_minute
        self._max_keys = max_keys
        self._clock = clock
        self._left: OrderedDict[str, _Left] = OrderedDict()

    def take(self, key: str) -> int:
        """0 when there was one left; else the whole seconds to wait for it."""
        now = self._clock()
        left = self._left.pop(key, None) or _Left(float(self._a_minute), now)
        left.tokens = min(self._a_minute, left.tokens + max(0.0, now - left.time) * self._a_minute / 60)
        left.time = now
        self._left[key] = left
        if len(self._left) > self._max_keys:
            self._left.popitem(last=False)
        if left.tokens < 1:
            return math.ceil((1 - left.tokens) * 60 / self._a_minute)
        left.tokens -= 1
        return 0

    def __len__(self) -> int:
        return len(self._left)


class RateGuard:
    """Pure ASGI middleware: 429 with the seconds to wait. ``a_minute`` are paths of their own, "" is for them all.

    ``trusts_proxy`` where a proxy that is ours speaks for everybody; ``spares_own`` lets whoever asks without one have
    all they want.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        trusts_proxy: bool = False,
        spares_own: bool = False,
        a_minute: Mapping[str, int] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._trusts_proxy = trusts_proxy
        self._spares_own = spares_own
        rates = a_minute or {"": ALL_A_MINUTE, UPLOAD: UPLOADS_A_MINUTE}
        self._buckets = {path: Bucket(rate, clock=clock) for path, rate in rates.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on."""
        seconds = self._wait(scope) if scope["type"] == "http" else 0
        if seconds:
            headers = {"retry-after": str(seconds), "cache-control": "no-store"}
            await PlainTextResponse(REFUSAL, 429, headers=headers)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _wait(self, scope: Scope) -> int:
        if scope["path"].startswith(FILES_OF_THE_PAGE):
            return 0
        forwarded = ",".join(Headers(scope=scope).getlist("x-forwarded-for"))
        if self._spares_own and not forwarded:
            return 0
        peer = (scope.get("client") or ("", 0))[0]
        address = visitor_address(peer, forwarded, trusts_proxy=self._trusts_proxy)
        paths = dict.fromkeys(("", scope["path"]))
        return max((self._buckets[path].take(address) for path in paths if path in self._buckets), default=0)
