"""The page of one's own data: what is kept where and for how long, to take away and to delete."""

from __future__ import annotations

import asyncio
from html import escape

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from chains.exports.streamed_zip import streamed_zip
from components.cookies import set_cookie
from components.data_archive import DataArchive
from components.front_door import SECONDS_COOKIES_LAST
from components.local_text import LocalText
from components.owned_files import NO_STORE, OwnedFiles
from components.owner import OWNER_COOKIE, SESSION_COOKIE
from components.plain_page import PlainPage
from components.posted_form import posted_form
from components.services import DataRoom, Services
from errors import DeletionNotConfirmed, SessionMissing, TertuliaError
from safety.audit_log import Event, who_is
from storage.holdings import Held, Kind
from storage.records import now

DATA = "/data"
ARCHIVE = "/data.zip"
DELETED = "deleted"
FACTS = ("server", "index", "search", "cloud", "keys", "cookies", "parked", "uploads", "backups", "logs", "models")
UNITS = ("B", "kB", "MB", "GB", "TB")


def data_routes(services: Services) -> list[Route]:
    """``/data`` and ``/data.zip``; none where nobody keeps anything."""
    if services.data is None:
        return []
    pages = _DataPages(services, services.data)
    return [
        Route(DATA, pages.show, methods=["GET"]),
        Route(DATA, pages.delete, methods=["POST"]),
        Route(ARCHIVE, pages.take, methods=["GET"]),
    ]


class _DataPages(OwnedFiles):
    def __init__(self, services: Services, data: DataRoom) -> None:
        super().__init__(services)
        self._data = data
        self._archive = DataArchive(services, data)

    async def show(self, request: Request) -> Response:
        """What there is of whoever asks."""
        is_deleted = request.query_params.get("told") == DELETED
        told = self._text(request).html("app_data_deleted") if is_deleted else ""
        return await self._page(request, f'<p class="told" role="status">{told}</p>' if told else "")

    async def take(self, request: Request) -> Response:
        """All of it, as it is read."""
        try:
            owner = self._owner(request)
        except TertuliaError as error:
            return self._refused(request, error)
        name = f"tertulia-{now():%Y-%m-%d}.zip"
        headers = {**NO_STORE, "content-disposition": f'attachment; filename="{name}"'}
        pieces = streamed_zip(self._archive.entries(owner, self._language(request)))
        return StreamingResponse(pieces, media_type="application/zip", headers=headers)

    async def delete(self, request: Request) -> Response:
        """All of it, once that is confirmed. Who has no account goes on as somebody new."""
        form = await posted_form(request)
        try:
            owner = self._owner(request)
            if form.get("confirm") != "yes":
                raise DeletionNotConfirmed
            await self._data.erase(owner)
        except TertuliaError as error:
            sentence = escape(self._services.catalogue.error(self._language(request), error))
            return await self._page(request, f'<p class="fault" role="alert">{sentence}</p>', 400)
        entrance, owners = self._services.entrance, self._services.owners
        facts = {"who": who_is(owner), "address": entrance.address_of(request.scope), "why": "asked"}
        await entrance.noted(Event.DATA_DELETED, **facts)
        answer = RedirectResponse(f".{DATA}?told={DELETED}", status_code=303, headers=NO_STORE)
        if owners.account_in(request.cookies) is None:
            value = owners.new_value()
            session = owners.session_value(owners.owner_in({OWNER_COOKIE: value}) or "")
            answer.headers.append("set-cookie", set_cookie(request.scope, OWNER_COOKIE, value, SECONDS_COOKIES_LAST))
            answer.headers.append("set-cookie", set_cookie(request.scope, SESSION_COOKIE, session, None))
        return answer

    def _text(self, request: Request) -> LocalText:
        return LocalText(self._services.catalogue, self._language(request))

    async def _page(self, request: Request, said: str, status: int = 200) -> Response:
        text = self._text(request)
        try:
            owner: str | None = self._owner(request)
        except SessionMissing:
            owner = None
        held = await asyncio.to_thread(self._data.holdings.of, owner) if owner else tuple(map(Held, Kind))
        account = self._services.owners.account_in(request.cookies)
        hours = self._data.hours_kept() if account is None else 0.0
        whose = text.html("app_data_of_account", name=account.name) if account else text.html("app_data_of_browser")
        parts = (
            said,
            f"<p>{whose}</p>",
            _table(text, held, self._services.documents.limits.owner_megabytes),
            f"<p>{_how_long(text, hours)}</p>",
            _ways(text, has_account=account is not None) if owner else "",
            _facts(text),
        )
        page = PlainPage(text.say("app_data_title"), "".join(parts))
        return page.response(self._services.catalogue, text.language, status)


def size(text: LocalText, num_bytes: int) -> str:
    """In the unit that makes it short."""
    number, place = float(num_bytes), 0
    while number >= 999.5 and place < len(UNITS) - 1:
        number, place = number / 1_000, place + 1
    return f"{text.decimal(number, 1 if place and number < 10 else 0)}\u00a0{UNITS[place]}"


def _table(text: LocalText, held: tuple[Held, ...], most_megabytes: int) -> str:
    rows = "".join(
        f'<tr data-kind="{each.kind}"><th scope="row">{text.html(f"app_data_{each.kind}")}</th>'
        f"<td>{text.count(each.num)}</td><td>{size(text, each.num_bytes)}</td></tr>"
        for each in held
    )
    heads = "".join(f'<th scope="col">{text.html(f"app_data_{name}")}</th>' for name in ("what", "how_many", "size"))
    room = text.html("app_data_room", most=size(text, most_megabytes * 1_000_000))
    return f'<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table><p class="soft">{room}</p>'


def _how_long(text: LocalText, hours: float) -> str:
    return text.html("app_data_hours", hours=f"{hours:g}") if hours > 0 else text.html("app_data_for_ever")


def _ways(text: LocalText, *, has_account: bool) -> str:
    stays = f'<p class="soft">{text.html("app_data_account_stays")}</p>' if has_account else ""
    return (
        f'<h2>{text.html("app_data_take")}</h2><p class="soft">{text.html("app_data_take_told")}</p>'
        f'<p><a class="button" href=".{ARCHIVE}" download>{text.html("app_data_take_button")}</a></p>'
        f'<h2>{text.html("app_data_delete")}</h2><p class="soft">{text.html("app_data_delete_told")}</p>{stays}'
        f'<form method="post" action=".{DATA}"><label class="check">'
        f'<input type="checkbox" name="confirm" value="yes" required>{text.html("app_data_delete_confirm")}</label>'
        f'<button class="danger">{text.html("app_data_delete_button")}</button></form>'
    )


def _facts(text: LocalText) -> str:
    told = "".join(
        f"<h3>{text.html(f'app_data_{fact}')}</h3><p>{text.html(f'app_data_{fact}_told')}</p>" for fact in FACTS
    )
    return f"<h2>{text.html('app_data_where')}</h2>{told}"
