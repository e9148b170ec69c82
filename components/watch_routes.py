"""``/healthz``, ``/readyz`` and ``/metrics``: for whatever starts, stops, balances and watches programs."""

from __future__ import annotations

import asyncio
import hmac

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from components.operator import is_from_here
from components.services import Services
from errors import StorageError
from models.status import ModelState

SECONDS_FOR_DATABASE = 3.0
NO_STORE = {"cache-control": "no-store"}
BEARER = "bearer "


def watch_routes(services: Services, *, is_for_this_machine: bool) -> list[Route]:
    """``is_for_this_machine`` where nobody else can reach the page: then its figures need no token here."""
    doors = _WatchDoors(services, is_for_this_machine)
    return [
        Route("/healthz", doors.health),
        Route("/readyz", doors.readiness),
        Route("/metrics", doors.figures),
    ]


class _WatchDoors:
    def __init__(self, services: Services, is_for_this_machine: bool) -> None:
        self._services = services
        self._watching = services.watching
        self._is_for_this_machine = is_for_this_machine
        self._asking: asyncio.Task[bool] | None = None

    def health(self, _: Request) -> JSONResponse:
        """The process lives and answers."""
        status = self._services.model_status()
        requests = {"running": status.num_running, "waiting": status.num_waiting}
        return JSONResponse({"status": "ok", "model": str(status.state), **requests})

    async def readiness(self, _: Request) -> JSONResponse:
        """Whether questions may be sent here; what is away is named, and why is in the log."""
        away = [] if self._has_model() else ["model"]
        if not await self._has_database():
            away.append("database")
        if self._services.closing.is_begun:
            away.append("stopping")
        told = {"status": "unready" if away else "ready", "away": away}
        return JSONResponse(told, status_code=503 if away else 200, headers=NO_STORE)

    async def figures(self, request: Request) -> Response:
        """The metrics, to who brings the token; without one, to this machine."""
        token, given = self._watching.token, request.headers.get("authorization", "")
        if not token:
            if not (self._is_for_this_machine and is_from_here(request)):
                return PlainTextResponse("Not Found", 404, headers=NO_STORE)
        elif not _is_bearer(given, token):
            return PlainTextResponse("", 401, headers=NO_STORE | {"www-authenticate": "Bearer"})
        page, kind = await asyncio.to_thread(self._watching.metrics.page, request.headers.get("accept", ""))
        return Response(page, headers=NO_STORE | {"content-type": kind})

    def _has_model(self) -> bool:
        statuses = self._watching.sources.statuses() or (self._services.model_status(),)
        return any(status.state is ModelState.READY for status in statuses)

    async def _has_database(self) -> bool:
        """One that hangs is asked once, however often somebody asks for it."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask_database())
        done, _ = await asyncio.wait((self._asking,), timeout=SECONDS_FOR_DATABASE)
        return bool(done) and self._asking.result()

    async def _ask_database(self) -> bool:
        try:
            await asyncio.to_thread(self._watching.check_database)
        except StorageError:
            return False
        return True


def _is_bearer(given: str, token: str) -> bool:
    brought = given[len(BEARER) :].strip() if given.lower().startswith(BEARER) else ""
    return hmac.compare_digest(brought.encode(errors="replace"), token.encode())
