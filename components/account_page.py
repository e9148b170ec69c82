"""The page of somebody who signed in: who that is, another password, and the ways out."""

from __future__ import annotations

import asyncio
from html import escape

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from components.language import language_in
from components.local_text import LocalText
from components.plain_page import PlainPage
from components.posted_form import posted_form
from components.services import Services
from components.sign_in_pages import seconds_to_wait, signed_in
from errors import PasswordsDiffer, TertuliaError
from safety.accounts import MIN_PASSWORD, Account, Accounts, check_password
from safety.audit_log import LOGIN, Event

ACCOUNT = "/account"
CHANGED = "changed"


def account_routes(services: Services) -> list[Route]:
    """``/account``."""
    pages = _AccountPages(services)
    return [Route(ACCOUNT, pages.show, methods=["GET"]), Route(ACCOUNT, pages.act, methods=["POST"])]


class _AccountPages:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._entrance = services.entrance

    async def show(self, request: Request) -> Response:
        """Leads to where one signs in whoever came in by nothing."""
        if not self._entrance.has_shown_any(request.cookies):
            return RedirectResponse("./sign-in?next=%2Faccount", status_code=303)
        text = self._text(request)
        told = text.say("app_account_changed") if request.query_params.get("told") == CHANGED else ""
        return self._page(text, self._services.owners.account_in(request.cookies), _said("told", told))

    async def act(self, request: Request) -> Response:
        """Another password, or an end to all sessions; this browser stays signed in after the former."""
        account, accounts = self._services.owners.account_in(request.cookies), self._entrance.accounts
        if account is None or accounts is None:
            return RedirectResponse("./sign-in", status_code=303)
        form, text = await posted_form(request), self._text(request)
        try:
            if form.get("act") == "everywhere":
                return await self._leave_everywhere(request, accounts, account)
            if form.get("act") == "password" and account.hashed:
                return await self._change(request, accounts, account, form)
        except TertuliaError as error:
            sentence = self._services.catalogue.error(text.language, error)
            seconds = seconds_to_wait(error)
            return self._page(text, account, _said("fault", sentence), 429 if seconds else 400, seconds)
        return RedirectResponse(f".{ACCOUNT}", status_code=303)

    async def _change(self, request: Request, accounts: Accounts, account: Account, form: dict[str, str]) -> Response:
        wanted, address = form.get("new", ""), self._entrance.address_of(request.scope)
        check_password(wanted)
        if wanted != form.get("again", ""):
            raise PasswordsDiffer
        await self._entrance.proven(account.name, form.get("password", ""), address)
        renewed = await asyncio.to_thread(accounts.change_password, account.name, wanted)
        await self._entrance.noted(Event.PASSWORD_CHANGED, who=account.name, address=address)
        return signed_in(request, self._services, renewed, f"{ACCOUNT}?told={CHANGED}")

    async def _leave_everywhere(self, request: Request, accounts: Accounts, account: Account) -> Response:
        await asyncio.to_thread(accounts.end_sessions, account.name)
        self._services.models.keys.forget(LOGIN + account.name)
        address = self._entrance.address_of(request.scope)
        await self._entrance.noted(Event.SIGN_OUT, who=account.name, address=address, where="everywhere")
        return RedirectResponse("./", status_code=303)

    def _text(self, request: Request) -> LocalText:
        language = language_in(request.cookies, request.headers.get("accept-language", ""))
        return LocalText(self._services.catalogue, language)

    def _page(
        self, text: LocalText, account: Account | None, said: str, status: int = 200, seconds: int = 0
    ) -> Response:
        content = said + (_content(text, account) if account else _shared(text))
        answer = PlainPage(text.say("app_account_title"), content).response(
            self._services.catalogue, text.language, status
        )
        if seconds:
            answer.headers["retry-after"] = str(seconds)
        return answer


def _said(kind: str, sentence: str) -> str:
    role = "alert" if kind == "fault" else "status"
    return f'<p class="{kind}" role="{role}">{escape(sentence)}</p>' if sentence else ""


def _shared(text: LocalText) -> str:
    return f"<p>{text.html('app_account_shared')}</p>{_data(text)}{_sign_out(text)}"


def _content(text: LocalText, account: Account) -> str:
    everywhere = (
        f"<h2>{text.html('app_account_everywhere')}</h2>"
        f'<p class="soft">{text.html("app_account_everywhere_told")}</p>'
        f'<form method="post" action=".{ACCOUNT}"><input type="hidden" name="act" value="everywhere">'
        f'<button class="danger">{text.html("app_account_everywhere")}</button></form>'
    )
    name = f"<p>{text.html('app_account_who', name=account.name)}</p>"
    password = _password_form(text, account.name) if account.hashed else ""
    return name + _data(text) + _sign_out(text) + password + everywhere


def _data(text: LocalText) -> str:
    return f'<p><a class="row" href="./data">{text.html("app_data_link")}</a></p>'


def _sign_out(text: LocalText) -> str:
    button = f"<button>{text.html('app_account_sign_out')}</button>"
    return f'<form method="post" action="./sign-out">{button}</form>'


def _password_form(text: LocalText, name: str) -> str:
    """With the name in it, unseen, so that a keeper of passwords knows whose it is."""
    told = text.html("app_account_password_told", least=MIN_PASSWORD)
    fields = (
        ("password", "app_account_password_now", "current-password", ""),
        ("new", "app_account_password_new", "new-password", f' minlength="{MIN_PASSWORD}"'),
        ("again", "app_account_password_again", "new-password", f' minlength="{MIN_PASSWORD}"'),
    )
    inputs = "".join(
        f'<label for="{field}">{text.html(key)}</label>'
        f'<input id="{field}" name="{field}" type="password" autocomplete="{kept}" required{least}>'
        for field, key, kept, least in fields
    )
    return (
        f'<h2>{text.html("app_account_password")}</h2><p class="soft">{told}</p>'
        f'<form method="post" action=".{ACCOUNT}"><input type="hidden" name="act" value="password">'
        f'<input type="hidden" name="username" value="{escape(name)}" autocomplete="username">'
        f'{inputs}<button class="primary">{text.html("app_account_password_change")}</button></form>'
    )
