"""The addresses for programs, all behind one key."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.routing import BaseRoute, Route, request_response
from starlette.types import Scope

from chains.plain_answers import PlainAnswers
from components.api_answers import ApiAnswers
from components.api_door import ApiDoor, ApiKey
from components.api_mcp import McpDoor
from components.catalogue import Catalogue
from components.server_life import Life
from safety.visitor_address import visitor_address

REQUESTS_A_MINUTE = 60


@dataclass(frozen=True)
class ProgramsRoom:
    """What programs may ask, and the operator's ``key``, which they bring; ``a_minute`` are all of their requests."""

    answers: PlainAnswers
    key: str
    a_minute: int = REQUESTS_A_MINUTE


def api_routes(
    room: ProgramsRoom | None, catalogue: Catalogue, *, trusts_proxy: bool = False
) -> tuple[list[BaseRoute], list[Life]]:
    """The routes, and what must live with them; none where no key is set."""
    if room is None:
        return [], []

    def address_of(scope: Scope) -> str:
        forwarded = ",".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for")
        return visitor_address((scope.get("client") or ("", 0))[0], forwarded, trusts_proxy=trusts_proxy)

    key = ApiKey(room.key, room.a_minute, address_of)
    plain = ApiAnswers(room.answers, catalogue)
    tools = McpDoor(room.answers, catalogue)
    routes: list[BaseRoute] = [
        Route("/api/models", ApiDoor(request_response(plain.models), key), methods=["GET"]),
        Route("/api/ask", ApiDoor(request_response(plain.ask), key), methods=["POST"]),
        Route("/api/mcp", ApiDoor(tools, key)),
    ]
    return routes, [tools.serving]
