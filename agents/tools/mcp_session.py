"""What the protocol's library does for us: a session with one server, and its tools as LangChain's.

Importing it takes about a second.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import anyio
import httpx
from langchain_core.tools import BaseTool
from langchain_mcp_adapters.interceptors import MCPToolCallRequest
from langchain_mcp_adapters.sessions import StreamableHttpConnection
from langchain_mcp_adapters.tools import convert_mcp_tool_to_langchain_tool
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import (
    CallToolResult,
    CancelledNotification,
    CancelledNotificationParams,
    ClientNotification,
    ContentBlock,
    EmbeddedResource,
    PaginatedRequestParams,
    ResourceLink,
    TextContent,
    TextResourceContents,
    Tool,
)

from agents.tools.mcp_specs import McpServer

MAX_TOOLS = 64  # of one server
MAX_PAGES = 16
NOTIFY_S = 1.0
HTTP_TIMEOUTS = httpx.Timeout(10.0, read=300.0)  # a call has its own; the stream of notices may be silent for long
NO_CONNECTION: StreamableHttpConnection = {"transport": "streamable_http", "url": ""}  # never opened: the call is ours
Call = Callable[[str, dict[str, Any]], Awaitable[CallToolResult]]


class Session(ClientSession):
    """Tells the server when nobody waits for a result any more, as the protocol asks."""

    async def call(self, name: str, arguments: dict[str, Any]) -> CallToolResult:
        """Raises McpError, and what the streams raise when the server is gone."""
        request_id = self._request_id
        try:
            return await self.call_tool(name, arguments)
        except asyncio.CancelledError:
            params = CancelledNotificationParams(requestId=request_id)
            with suppress(TimeoutError, anyio.ClosedResourceError, anyio.BrokenResourceError):
                async with asyncio.timeout(NOTIFY_S):
                    await self.send_notification(ClientNotification(CancelledNotification(params=params)))
            raise

    async def offers(self) -> list[Tool]:
        """Its tools, at most MAX_TOOLS."""
        tools: list[Tool] = []
        cursor: str | None = None
        for _ in range(MAX_PAGES):
            page = await self.list_tools(params=PaginatedRequestParams(cursor=cursor))
            tools += page.tools
            cursor = page.nextCursor
            if not cursor or len(tools) >= MAX_TOOLS:
                break
        return tools[:MAX_TOOLS]


@asynccontextmanager
async def open_session(server: McpServer, log: Path | None, broken: asyncio.Event) -> AsyncGenerator[Session, None]:
    """A session that is ready. ``broken`` is set when an answer is none of the protocol, which its call waits for.

    ``log`` gets what a program says on stderr. Raises whatever goes wrong.
    """

    async def heed(message: Any) -> None:
        if server.url is not None and isinstance(message, ValueError):  # a program may print what it likes
            broken.set()

    transport = _over_http(server) if server.url is not None else _over_stdio(server, log)
    async with transport as (read, write), Session(read, write, message_handler=heed) as session:
        starting = asyncio.ensure_future(session.initialize())
        breaking = asyncio.ensure_future(broken.wait())
        try:
            await asyncio.wait({starting, breaking}, return_when=asyncio.FIRST_COMPLETED)
            if not starting.done():
                raise ConnectionError("it does not speak the protocol")
            starting.result()
        finally:
            starting.cancel()
            breaking.cancel()
        yield session


@asynccontextmanager
async def _over_http(server: McpServer) -> AsyncGenerator[tuple[Any, Any], None]:
    async with (
        httpx.AsyncClient(headers=server.headers, timeout=HTTP_TIMEOUTS) as client,
        streamable_http_client(str(server.url), http_client=client) as (read, write, _),
    ):
        yield read, write


@asynccontextmanager
async def _over_stdio(server: McpServer, log: Path | None) -> AsyncGenerator[tuple[Any, Any], None]:
    """The program gets of our environment what the library lets through, such as PATH and HOME: nothing secret."""
    parameters = StdioServerParameters(
        command=server.command or "",
        args=list(server.args),
        env=server.env,
        cwd=server.cwd,
        encoding_error_handler="replace",
    )
    if log is not None:
        log.parent.mkdir(parents=True, exist_ok=True)
    with (log or Path(os.devnull)).open("w", encoding="utf-8") as errors:
        async with stdio_client(parameters, errlog=errors) as streams:
            yield streams


def langchain_tool(offer: Tool, call: Call) -> BaseTool:
    """``offer`` of a server as LangChain's tool, which goes through ``call``. It raises ToolException for an error."""

    async def on_open_session(request: MCPToolCallRequest, handler: Any) -> CallToolResult:
        result = await call(request.name, request.args)
        parts = [TextContent(type="text", text=_told(part)) for part in result.content]
        if not parts and result.structuredContent is not None:
            parts = [TextContent(type="text", text=json.dumps(result.structuredContent, ensure_ascii=False))]
        return CallToolResult(content=list(parts), isError=result.isError)

    return convert_mcp_tool_to_langchain_tool(
        None, offer, connection=NO_CONNECTION, tool_interceptors=[on_open_session], handle_tool_errors=False
    )


def _told(part: ContentBlock) -> str:
    if isinstance(part, TextContent):
        return part.text
    if isinstance(part, EmbeddedResource) and isinstance(part.resource, TextResourceContents):
        return part.resource.text
    return f"[{part.name}: {part.uri}]" if isinstance(part, ResourceLink) else f"[{part.type}]"
