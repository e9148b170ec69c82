"""The operator's page: what is chosen for all visitors. Nothing of it is shown to anybody else."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from components.language import language_in
from components.local_text import LocalText
from components.operator_section import OperatorSection
from components.plain_page import PlainPage
from components.posted_form import posted_form
from components.services import Services
from components.sign_in_pages import seconds_to_wait
from errors import OperatorOnly, OperatorTokenWrong, SessionMissing, TertuliaError
from safety.audit_log import Event, who_is

OPERATOR = "/operator"
NO_STORE = {"cache-control": "no-store"}


def operator_routes(services: Services) -> list[Route]:
    """``/operator``, and the parts of it below."""
    pages = _OperatorPages(services)
    return [
        Route(OPERATOR, pages.show, methods=["GET"]),
        Route(OPERATOR, pages.take, methods=["POST"]),
        Route(f"{OPERATOR}/{{section}}", pages.part, methods=["GET"]),
    ]


class _OperatorPages:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._door = services.models.operator
        self._sections: dict[str, OperatorSection] = {section.name: section for section in services.operator_sections}

    async def show(self, request: Request) -> Response:
        """All sections; for whoever is not the operator a form for the token."""
        return self._page(request)

    async def take(self, request: Request) -> Response:
        """The token, or what a section's form asks for; then the page again."""
        form = await posted_form(request)
        try:
            told = await self._let_in(request, form["token"]) if "token" in form else await self._act(request, form)
        except TertuliaError as error:
            return self._page(request, error=error)
        return self._page(request, told=told)

    async def part(self, request: Request) -> Response:
        """One section alone, as the page fetches it again while it is open."""
        section = self._section(request, request.path_params["section"])
        if section is None:
            return PlainTextResponse("", status_code=404, headers=NO_STORE)
        return HTMLResponse(section.html(self._text(request).language), headers=NO_STORE)

    async def _let_in(self, request: Request, token: str) -> str:
        """As often as any door of ours takes tries. Raises TooManyTries, OperatorTokenWrong or SessionMissing."""
        entrance = self._services.entrance
        address, owner = entrance.address_of(request.scope), self._services.owners.owner_of(request)
        entrance.take(address)
        try:
            self._door.let_in(request, token)
        except OperatorTokenWrong:
            await entrance.noted(Event.SIGN_IN_REFUSED, gate="operator", address=address)
            raise
        entrance.give_back(address)
        await entrance.noted(Event.OPERATOR_IN, who=who_is(owner), address=address)
        return ""

    async def _act(self, request: Request, form: Mapping[str, str]) -> str:
        """Raises OperatorOnly, and what the section raises."""
        section = self._section(request, form.get("section", ""))
        if section is None:
            raise OperatorOnly
        self._door.check(request)  # and so is known from now on
        told = await section.act(form, self._text(request).language)
        facts = {"who": who_is(self._services.owners.owner_of(request)), "section": section.name}
        address = self._services.entrance.address_of(request.scope)
        await self._services.entrance.noted(Event.OPERATOR_CHOICE, **facts, address=address)
        return told or ""

    def _section(self, request: Request, name: str) -> OperatorSection | None:
        """None for others, too: they cannot tell whether there is such a section."""
        try:
            is_operator = self._door.is_operator(request)
        except SessionMissing:
            return None
        return self._sections.get(name) if is_operator else None

    def _page(self, request: Request, *, error: TertuliaError | None = None, told: str = "") -> Response:
        text, status, seconds = self._text(request), 200, 0
        said = f'<p class="told" role="status">{escape(told)}</p>' if told else ""
        if error is not None:
            sentence = self._services.catalogue.error(text.language, error)
            seconds = seconds_to_wait(error)
            said, status = f'<p class="fault" role="alert">{escape(sentence)}</p>', 429 if seconds else 400
        page = PlainPage(text.say("app_operator_title"), said + self._content(request, text))
        answer = page.response(self._services.catalogue, text.language, status)
        if seconds:
            answer.headers["retry-after"] = str(seconds)
        return answer

    def _content(self, request: Request, text: LocalText) -> str:
        try:
            is_operator = self._door.is_operator(request)
        except SessionMissing:
            return f"<p>{escape(self._services.catalogue.error(text.language, SessionMissing()))}</p>"
        if not is_operator:
            return _token_form(text)
        return "".join(
            f'<section id="{section.name}"><h2>{text.html(f"app_operator_{section.name}")}</h2>'
            f"{section.html(text.language)}</section>"
            for section in self._sections.values()
        )

    def _text(self, request: Request) -> LocalText:
        language = language_in(request.cookies, request.headers.get("accept-language", ""))
        return LocalText(self._services.catalogue, language)


def _token_form(text: LocalText) -> str:
    return (
        f'<p class="soft">{text.html("app_operator_told")}</p><form method="post" action=".{OPERATOR}">'
        f'<label for="token">{text.html("app_operator_token")}</label>'
        '<input id="token" name="token" type="password" autocomplete="off" required autofocus>'
        f'<button class="primary">{text.html("app_operator_enter")}</button></form>'
    )
