"""Where somebody signs in and out."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from components.cookies import is_embedded, set_cookie
from components.entrance import Gate, cookie_of
from components.language import language_in
from components.local_text import LocalText
from components.owner import LOGIN_COOKIE, SESSION_COOKIE
from components.plain_page import PlainPage
from components.posted_form import posted_form
from components.proofs import SECONDS_PROOFS_LAST
from components.services import Services
from components.sign_in_door import SIGN_IN, SIGN_OUT, safe_way
from errors import RequestError, SignInElsewhereFailed, TertuliaError, TooManyTries
from safety.accounts import Account
from safety.audit_log import LOGIN, Event

NO_STORE = {"cache-control": "no-store"}


def sign_in_routes(services: Services) -> list[Route]:
    """``/sign-in`` and ``/sign-out``."""
    pages = SignInPages(services)
    return [
        Route(SIGN_IN, pages.ask, methods=["GET"]),
        Route(SIGN_IN, pages.try_in, methods=["POST"]),
        Route(SIGN_OUT, pages.leave, methods=["POST"]),
    ]


@dataclass(frozen=True)
class _Told:
    """What is said above the form, and what was typed in it before; never the password."""

    sentence: str = ""
    name: str = ""
    status: int = 200
    seconds: int = 0


class SignInPages:
    """Handlers of requests that Gradio does not see."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._entrance = services.entrance
        self._owners = services.owners

    async def ask(self, request: Request) -> Response:
        """The form of the first gate that is closed; of one's account where all are open and nobody signed in."""
        way = safe_way(request.query_params.get("next", "/"))
        gate = self._gate(request)
        if gate is None and (not self._can_sign_in or self._owners.account_in(request.cookies)):
            return _leads(way)
        has_failed = request.query_params.get("fault") == "elsewhere"
        told = _Told(self._services.catalogue.error(self._text(request).language, SignInElsewhereFailed()), status=401)
        return self._page(request, gate or Gate.ACCOUNT, way, told if has_failed else _Told())

    async def try_in(self, request: Request) -> Response:
        """What was typed into a form."""
        form = await posted_form(request)
        way, gate = safe_way(form.get("next", "/")), _gate_of(form.get("gate", ""))
        name, password = form.get("name", ""), form.get("password", "")
        address = self._entrance.address_of(request.scope)
        try:
            if gate is Gate.ACCOUNT:
                account = await self._entrance.sign_in(name, password, address)
                return signed_in(request, self._services, account, way)
            value = await self._entrance.show_password(gate, password, address)
        except RequestError as error:
            sentence = self._services.catalogue.error(self._text(request).language, error)
            seconds = seconds_to_wait(error)
            told = _Told(sentence, name, 429 if seconds else 401, seconds)
            return self._page(request, gate, way, told)
        answer = _leads(way)
        answer.headers.append("set-cookie", set_cookie(request.scope, cookie_of(gate), value, SECONDS_PROOFS_LAST))
        return answer

    async def leave(self, request: Request) -> Response:
        """Sign out of this browser."""
        account = self._owners.account_in(request.cookies)
        if account is not None:
            self._services.models.keys.forget(LOGIN + account.name)
        if self._entrance.has_shown_any(request.cookies):
            facts = {"who": account.name if account else None, "address": self._entrance.address_of(request.scope)}
            await self._entrance.noted(Event.SIGN_OUT, **facts)
        answer = _leads("/")
        for name in (LOGIN_COOKIE, SESSION_COOKIE, cookie_of(Gate.LINK), cookie_of(Gate.PASSWORD)):
            answer.headers.append("set-cookie", set_cookie(request.scope, name, "", 0))
        return answer

    @property
    def _can_sign_in(self) -> bool:
        return self._entrance.has_accounts or self._entrance.elsewhere is not None

    def _gate(self, request: Request) -> Gate | None:
        return self._entrance.closed_gate(request.headers.get("host", ""), request.cookies)

    def _text(self, request: Request) -> LocalText:
        language = language_in(request.cookies, request.headers.get("accept-language", ""))
        return LocalText(self._services.catalogue, language)

    def _page(self, request: Request, gate: Gate, way: str, told: _Told) -> Response:
        text, is_closed = self._text(request), self._gate(request) is not None
        parts = [_fault(told.sentence)]
        if gate is not Gate.ACCOUNT:
            parts.append(_form(text, gate, way, ""))
        if gate is Gate.PASSWORD and self._can_sign_in:
            parts.append(f"<h2>{text.html('app_sign_in_account')}</h2>")
        if gate is not Gate.LINK:
            parts.append(self._accounts(request, text, way, told.name, is_wanted=gate is Gate.ACCOUNT))
        query = f"&next={quote(way, safe='')}" if way != "/" else ""
        page = PlainPage(text.say("app_sign_in_title"), "\n".join(parts), has_way_back=not is_closed, query=query)
        answer = page.response(self._services.catalogue, text.language, told.status)
        if told.seconds:
            answer.headers["retry-after"] = str(told.seconds)
        return answer

    def _accounts(self, request: Request, text: LocalText, way: str, name: str, *, is_wanted: bool) -> str:
        """The ways to sign in by a name, or that there are none where one is needed."""
        form = _form(text, Gate.ACCOUNT, way, name) if self._entrance.has_accounts else ""
        if self._entrance.elsewhere is None:
            return form or (f"<p>{text.html('app_sign_in_nobody')}</p>" if is_wanted else "")
        # That service shows itself in no page of others.
        target = ' target="_blank"' if is_embedded(request.scope) else ""
        address = f"./sign-in/hf?next={quote(way, safe='')}"
        return f'{form}<p><a class="button" href="{address}"{target}>{text.html("app_sign_in_hf")}</a></p>'


def signed_in(request: Request, services: Services, account: Account, way: str, up: str = ".") -> Response:
    """Leads there as ``account``; its keys are kept for as long as this browser stays open."""
    answer, owners = _leads(way, up), services.owners
    value = owners.login_value(account)
    session = owners.session_value(LOGIN + account.name)
    answer.headers.append("set-cookie", set_cookie(request.scope, LOGIN_COOKIE, value, SECONDS_PROOFS_LAST))
    answer.headers.append("set-cookie", set_cookie(request.scope, SESSION_COOKIE, session, None))
    return answer


def seconds_to_wait(error: TertuliaError) -> int:
    """0 where trying again at once may help."""
    seconds = error.values.get("seconds") if isinstance(error, TooManyTries) else 0
    return seconds if isinstance(seconds, int) else 0


def _leads(way: str, up: str = ".") -> Response:
    """``up`` leads to the rooms from where one is; ``way`` is a safe one."""
    return RedirectResponse(up + way, status_code=303, headers=NO_STORE)


def _gate_of(given: str) -> Gate:
    return Gate(given) if given in tuple(Gate) else Gate.ACCOUNT


def _fault(sentence: str) -> str:
    return f'<p class="fault" role="alert">{escape(sentence)}</p>' if sentence else ""


def _form(text: LocalText, gate: Gate, way: str, name: str) -> str:
    """For a name and a password, or for a password alone; what was typed before is there again but for that."""
    asked = ""
    if gate is Gate.ACCOUNT:
        asked = (
            f'<label for="name">{text.html("app_sign_in_name")}</label>'
            f'<input id="name" name="name" value="{escape(name[:64])}" maxlength="64" autocomplete="username" '
            'autocapitalize="none" spellcheck="false" required autofocus>'
        )
    focus = "" if asked and not name else " autofocus"
    asked = asked.replace(" autofocus", "") if name else asked
    return (
        f'<p class="soft">{text.html(f"app_sign_in_{gate}_told")}</p>'
        f'<form method="post" action=".{SIGN_IN}" id="{gate}">'
        f'<input type="hidden" name="gate" value="{gate}"><input type="hidden" name="next" value="{escape(way)}">'
        f'{asked}<label for="{gate}-password">{text.html("app_sign_in_password")}</label>'
        f'<input id="{gate}-password" name="password" type="password" autocomplete="current-password" required{focus}>'
        f'<button class="primary">{text.html("app_sign_in_button")}</button></form>'
    )
