"""Who may come in as a program: whoever brings the operator's key. Without a key set, there is no door."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import TypeAlias

import anyio
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from components.api_faults import refused, told
from safety.body_guard import MAX_BODY_BYTES
from safety.posted import read_whole, replaying
from safety.rate_guard import Bucket
from safety.throttle import Throttle

API_OWNER = "api"  # no cookie and no login makes this one
SCHEME = "bearer "

AddressOf: TypeAlias = Callable[[Scope], str]


class ApiKey:
    """The operator's ``key``. Wrong ones are refused ever more slowly, by the address they come from."""

    def __init__(self, key: str, a_minute: int, address_of: AddressOf, throttle: Throttle | None = None) -> None:
        self._key = key.encode()
        self._asked = Bucket(a_minute)
        self._address_of = address_of
        self._throttle = throttle or Throttle()

    def refusal(self, scope: Scope) -> ASGIApp | None:
        """The answer to who may not ask, or not now."""
        given = Headers(scope=scope).get("authorization", "")
        if given[: len(SCHEME)].lower() != SCHEME:
            return refused(401, told("Bring the key: Authorization: Bearer KEY.", code="key_missing"))
        address = self._address_of(scope)
        if seconds := self._throttle.take(address):
            return refused(429, told("Too many wrong keys.", "rate_limit_error", "wrong_keys"), seconds)
        if not hmac.compare_digest(given[len(SCHEME) :].strip().encode(errors="replace"), self._key):
            return refused(401, told("That is not the key.", code="key_wrong"))
        self._throttle.give_back(address)
        if seconds := self._asked.take(API_OWNER):
            return refused(429, told("Too many requests a minute.", "rate_limit_error", "rate_limit"), seconds)
        return None


class ApiDoor:
    """Pure ASGI, around one thing that programs may ask for: who left is not worked for any more."""

    def __init__(self, app: ASGIApp, key: ApiKey) -> None:
        self._app = app
        self._key = key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on until the answer is given or nobody waits for it."""
        refusal = self._key.refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        body = await read_whole(receive, MAX_BODY_BYTES)

        async def nothing_more() -> Message:
            await anyio.sleep_forever()
            raise AssertionError

        async with anyio.create_task_group() as group:

            async def watch() -> None:
                while (await receive())["type"] != "http.disconnect":
                    pass
                group.cancel_scope.cancel()

            group.start_soon(watch)
            await self._app(scope, replaying(body, nothing_more), send)
            group.cancel_scope.cancel()
