"""Signing in by one's account at Hugging Face, where this program runs there."""

from __future__ import annotations

from dataclasses import asdict
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from components.cookies import is_https, set_cookie
from components.services import Services
from components.sign_in_door import safe_way
from components.sign_in_pages import signed_in
from errors import SignInElsewhereFailed, TooManyTries
from safety.accounts import OUTSIDE_NAME, Account
from safety.audit_log import Event
from safety.open_id import Begun, OpenId

ELSEWHERE = "/sign-in/hf"
BACK = f"{ELSEWHERE}/back"
PREFIX = "hf:"
BEGUN_COOKIE = "tertulia_begun"
SECONDS_TO_COME_BACK = 600


def elsewhere_routes(services: Services) -> list[Route]:
    """None where nobody can sign in elsewhere."""
    there = services.entrance.elsewhere
    if there is None:
        return []
    door = _Elsewhere(services, there)
    return [Route(ELSEWHERE, door.lead_away), Route(BACK, door.come_back)]


class _Elsewhere:
    def __init__(self, services: Services, there: OpenId) -> None:
        self._services = services
        self._entrance = services.entrance
        self._there = there

    async def lead_away(self, request: Request) -> Response:
        """To the service, with what tells this browser from others in a cookie of its own."""
        way = safe_way(request.query_params.get("next", "/"))
        try:
            url, begun = await self._there.begin(self._redirect_uri(request))
        except SignInElsewhereFailed:
            return _failed("..", way)
        value = self._services.owners.proofs.note(BEGUN_COOKIE, {"way": way, **asdict(begun)})
        answer = RedirectResponse(url, status_code=302, headers={"cache-control": "no-store"})
        answer.headers.append("set-cookie", set_cookie(request.scope, BEGUN_COOKIE, value, SECONDS_TO_COME_BACK))
        return answer

    async def come_back(self, request: Request) -> Response:
        """With the service's word for who this is. What was begun counts once, however it ends."""
        answer = await self._answer(request)
        answer.headers.append("set-cookie", set_cookie(request.scope, BEGUN_COOKIE, "", 0))
        return answer

    async def _answer(self, request: Request) -> Response:
        address = self._entrance.address_of(request.scope)
        begun = self._services.owners.proofs.noted_in(request.cookies, BEGUN_COOKIE, SECONDS_TO_COME_BACK)
        way = begun.pop("way", "/")
        try:
            account = await self._account(request, begun, address)
        except (SignInElsewhereFailed, TooManyTries):
            await self._entrance.noted(Event.SIGN_IN_REFUSED, gate="elsewhere", address=address)
            return _failed("../..", way)
        await self._entrance.noted(Event.SIGN_IN, who=account.name, address=address)
        return signed_in(request, self._services, account, way, "../..")

    async def _account(self, request: Request, begun: dict[str, str], address: str) -> Account:
        """Whoever the service says this is. Raises SignInElsewhereFailed, TooManyTries."""
        if not begun or self._entrance.accounts is None:
            raise SignInElsewhereFailed
        self._entrance.take(address)
        told = dict(request.query_params)
        name = PREFIX + await self._there.finish(Begun(**begun), told, self._redirect_uri(request))
        account = self._entrance.accounts.find(name) if OUTSIDE_NAME.fullmatch(name) else None
        if account is None:
            raise SignInElsewhereFailed
        self._entrance.give_back(address)
        return account

    def _redirect_uri(self, request: Request) -> str:
        """As the service knows it: by the name that the Space has, else by the one that the browser called."""
        host = self._entrance.own_host
        if host:
            return f"https://{host}{BACK}"
        scheme = "https" if is_https(request.scope) else "http"
        return f"{scheme}://{request.headers.get('host', '')}{BACK}"


def _failed(up: str, way: str) -> Response:
    query = f"?fault=elsewhere&next={quote(way, safe='')}"
    return RedirectResponse(f"{up}/sign-in{query}", status_code=303, headers={"cache-control": "no-store"})
