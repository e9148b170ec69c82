"""What is alike in all that is taken away by its own address: whose it is, and what is said where there is nothing."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from components.language import language_in
from components.services import Services
from errors import RequestError, TertuliaError

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

    def _refused(self, request: Request, error: TertuliaError) -> Response:
        """A sentence in the reader's language."""
        sentence = self._services.catalogue.error(self._language(request), error)
        code = 404 if isinstance(error, RequestError) else 500
        return PlainTextResponse(sentence, status_code=code, headers=NO_STORE)


def nothing_there() -> Response:
    """For an address that no page of ours holds."""
    return PlainTextResponse("", status_code=404, headers=NO_STORE)


def owned_file(name: str, kind: str, content: bytes) -> Response:
    """``name`` and ``kind``, of TYPES, are ours."""
    mark = BYTE_ORDER_MARK if kind == "csv" else b""
    headers = {**NO_STORE, "content-disposition": f'attachment; filename="tertulia-{name}.{kind}"'}
    return Response(mark + content, media_type=f"{TYPES[kind]}; charset=utf-8", headers=headers)
