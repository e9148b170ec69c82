"""``/api/mcp``: the same as tools of an MCP server, over streamable HTTP; each request stands alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from mcp.server.fastmcp import FastMCP
from mcp.server.fastmcp.exceptions import ToolError
from mcp.server.transport_security import TransportSecuritySettings
from mcp.types import ToolAnnotations
from starlette.types import Receive, Scope, Send

from chains.plain_answers import PlainAnswers, PlainQuestion
from components.api_answers import whole
from components.api_door import API_OWNER
from components.api_faults import refused, told
from components.catalogue import Catalogue
from errors import TertuliaError

READS = ToolAnnotations(readOnlyHint=True, openWorldHint=False)
LANGUAGE = "en"  # of what the protocol tells programs


class McpDoor:
    """An ASGI program. ``serving`` must be entered once, before the first request."""

    def __init__(self, answers: PlainAnswers, catalogue: Catalogue) -> None:
        self._answers = answers
        self._catalogue = catalogue
        # HttpGuard has looked at the names already.
        names = TransportSecuritySettings(enable_dns_rebinding_protection=False)
        self._server = FastMCP(
            "tertulia", stateless_http=True, json_response=True, transport_security=names, log_level="WARNING"
        )
        for tool in (self.ask_model, self.list_models):
            self._server.add_tool(tool, annotations=READS)
        self._server.streamable_http_app()  # makes the manager of sessions

    @asynccontextmanager
    async def serving(self, _: Any) -> AsyncIterator[None]:
        """As a server's lifespan."""
        async with self._server.session_manager.run():
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Nothing is told unasked, so there is nothing to listen to."""
        if scope["method"] != "POST":
            await refused(405, told("Use POST.", code="method_not_allowed"))(scope, receive, send)
        else:
            await self._server.session_manager.handle_request(scope, receive, send)

    async def ask_model(self, question: str, model: str = "", system: str = "") -> str:
        """Ask a language model one question and get its answer. Nothing of it is remembered.

        ``model`` is one of list_models, the first of them by default; ``system`` tells the model how to answer.
        """
        try:
            answer, _ = await whole(self._answers.ask(API_OWNER, PlainQuestion(question, model, system, LANGUAGE)))
        except TertuliaError as error:
            raise ToolError(self._catalogue.error(LANGUAGE, error)) from error
        return answer

    async def list_models(self) -> list[str]:
        """The names of the models that can be asked, the usual one first."""
        return list(self._answers.models(API_OWNER))
