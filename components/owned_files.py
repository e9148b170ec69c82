"""What is alike in all that is taken away by its own address: whose it is, and what is said where there is nothing."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from chains.exports.without_personal import Hide, hidden_file, hiding_as
from components.language import language_in
from components.services import Services
from errors import RequestError, TertuliaError
from safety.personal_data import Kind

HIDES = "hide"  # the name, in the address of a file, of the wish to have personal data hidden
TYPES = {"csv": "text/csv", "json": "application/json"}
NO_STORE = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
BYTE_ORDER_MARK = "\ufeff".encode()  # spreadsheets take what begins otherwise for their own encoding


class OwnedFiles:
    """For handlers of requests that Gradio does not see."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def _owner(self, request: Request) -> str:
        """Raises SessionMissing."""
        return self._services.owners.owner_of(request)

    def _language(self, request: Request) -> str:
        return language_in(request.cookies, request.headers.get("accept-language", ""))

    def _hides(self, request: Request) -> Hide | None:
        """What hides personal data in the file, where that is asked for."""
        if request.query_params.get(HIDES) != "1":
            return None
        text, language = self._services.catalogue.text, self._language(request)
        return hiding_as({kind.value: text(language, f"app_personal_{kind}") for kind in Kind})

    def _refused(self, request: Request, error: TertuliaError) -> Response:
        """A sentence in the reader's language."""
        sentence = self._services.catalogue.error(self._language(request), error)
        code = 404 if isinstance(error, RequestError) else 500
        return PlainTextResponse(sentence, status_code=code, headers=NO_STORE)


def nothing_there() -> Response:
    """For an address that no page of ours holds."""
    return PlainTextResponse("", status_code=404, headers=NO_STORE)


def owned_file(name: str, kind: str, content: bytes, hide: Hide | None = None) -> Response:
    """``name`` and ``kind``, of TYPES, are ours. ``hide`` is laid over its text."""
    if hide:
        content = hidden_file(content.decode(), kind, hide).encode(errors="replace")
    mark = BYTE_ORDER_MARK if kind == "csv" else b""
    headers = {**NO_STORE, "content-disposition": f'attachment; filename="tertulia-{name}.{kind}"'}
    return Response(mark + content, media_type=f"{TYPES[kind]}; charset=utf-8", headers=headers)
