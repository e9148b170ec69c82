"""Keeps the session with one MCP server: opened when it is needed, opened again when it was lost."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import anyio
from langchain_core.tools import ToolException
from mcp import McpError
from mcp.types import CONNECTION_CLOSED, CallToolResult, Tool
from pydantic import ValidationError

from agents.tools.brought_tool import ToolUnfit, brought
from agents.tools.mcp_session import Session, langchain_tool, open_session
from agents.tools.mcp_specs import McpServer, ServerState, ServerStatus
from agents.tools.tool import AgentTool
from errors.agents import ServiceFaulty, ServiceUnreachable, ToolFailed
from safety.shown_text import INVISIBLE

logger = logging.getLogger(__name__)

START_S = 60.0  # a package runner may download the server first
FIRST_REST_S = 5.0  # after it could not be opened; doubles
LONGEST_REST_S = 600.0
LEAVE_S = 6.0  # the library gives a program two seconds to end by itself, and two more when it is told to
SESSION_UNKNOWN = 32600  # as the library tells that the server has forgotten us: it was started anew
MAX_NAME_CHARACTERS = 64
MAX_LABEL_CHARACTERS = 60


class _Lost(Exception):
    """``was_sent``: the server may have got the call."""

    def __init__(self, *, was_sent: bool) -> None:
        super().__init__()
        self.was_sent = was_sent


@dataclass(eq=False)
class _Held:
    """A session and the task that it lives in. ``opened`` is done when it is open or cannot be opened."""

    opened: asyncio.Future[None]
    leave: asyncio.Event = field(default_factory=asyncio.Event)
    broken: asyncio.Event = field(default_factory=asyncio.Event)
    session: Session | None = None
    task: asyncio.Task[None] | None = None


class McpConnection:
    """Its session lives in ``loop``, where ``start`` and ``close`` belong; its tools may be called from any."""

    def __init__(
        self,
        name: str,
        server: McpServer,
        log: Path | None,
        clock: Callable[[], float],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._name = name
        self._server = server
        self._log = log
        self._clock = clock
        self._loop = loop
        self._held: _Held | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self._num_failures = 0
        self._rests_until = 0.0
        self._is_closed = False
        self.tools: tuple[AgentTool, ...] = ()
        self.status = ServerStatus(name, ServerState.IDLE)

    async def start(self) -> None:
        """Open the session unless it is open, or rests after a failure. Returns when that is over, however it went."""
        await self._open()

    async def close(self) -> None:
        """Nothing of the session is left when this returns, or nothing that can be ended."""
        self._is_closed = True
        if self._held is not None:
            self._let_go(self._held)
        if self._ending:
            _, stuck = await asyncio.wait(self._ending, timeout=LEAVE_S)
            for task in stuck:
                task.cancel()

    async def _open(self) -> _Held | None:
        """None when the server cannot be reached."""
        if self._held is None:
            if self._is_closed or self._clock() < self._rests_until:
                return None
            self._held = _Held(self._loop.create_future())
            self.status = replace(self.status, state=ServerState.STARTING)
            self._held.task = asyncio.create_task(self._hold(self._held))
        held = self._held
        await asyncio.shield(held.opened)
        return held if held.session is not None else None

    async def _hold(self, held: _Held) -> None:
        """From its opening to its end the session belongs to this task, as the library asks."""
        try:
            async with (
                asyncio.timeout(START_S) as limit,
                open_session(self._server, self._log, held.broken) as session,
            ):
                self._take(await session.offers())
                limit.reschedule(None)
                held.session = session
                held.opened.set_result(None)
                self._num_failures = 0
                await held.leave.wait()
        except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001 (a server may fail as it likes)
            logger.warning("The MCP server %s failed: %s", self._name, "/".join(_kinds(error)))
        finally:
            self._settle(held)

    def _settle(self, held: _Held) -> None:
        if self._held is held:
            self._held = None
            self.status = replace(self.status, state=ServerState.IDLE)
        if not held.opened.done():
            self._rests_until = self._clock() + min(FIRST_REST_S * 2**self._num_failures, LONGEST_REST_S)
            self._num_failures += 1
            self.tools = ()
            self.status = ServerStatus(self._name, ServerState.UNREACHABLE)
            held.opened.set_result(None)

    def _let_go(self, held: _Held) -> None:
        """A session that is lost is closed meanwhile, which may take a while; the next one can be opened at once."""
        if self._held is held:
            self._held = None
            self.status = replace(self.status, state=ServerState.IDLE)
        held.leave.set()
        if held.task is not None:
            if not held.opened.done():
                held.task.cancel()
            self._ending.add(held.task)
            held.task.add_done_callback(self._ending.discard)

    def _take(self, offers: list[Tool]) -> None:
        tools = {tool.name: tool for tool in self._fit(offers)}
        self.tools = tuple(tools.values())
        self.status = ServerStatus(self._name, ServerState.READY, len(tools), len(offers) - len(tools))

    def _fit(self, offers: list[Tool]) -> Iterator[AgentTool]:
        """Those that may be offered: a server's word that a tool changes nothing must do, unless it is trusted."""
        for offer in offers:
            is_read_only = offer.annotations is not None and offer.annotations.readOnlyHint is True
            if not is_read_only and not self._server.trusted:
                continue
            name = f"{self._name}_{re.sub(r'[^A-Za-z0-9_-]', '_', offer.name)}"[:MAX_NAME_CHARACTERS]
            call = partial(self._call_from_anywhere, name, is_read_only)
            try:
                tool = brought(langchain_tool(offer, call), name=name, timeout_s=self._server.timeout)
            except (ToolUnfit, RecursionError) as error:
                logger.warning("A tool of the MCP server %s is not offered: %s", self._name, error)
                continue
            title = offer.title or (offer.annotations and offer.annotations.title) or offer.name
            label = INVISIBLE.sub("", f"{self._name}: {title}")[:MAX_LABEL_CHARACTERS]
            yield replace(tool, label=label)

    async def _call_from_anywhere(
        self, name: str, is_read_only: bool, offered: str, arguments: dict[str, Any]
    ) -> CallToolResult:
        """Raises ToolException with what the server says, and ToolFailed."""
        if self._loop.is_closed():
            raise ServiceUnreachable(tool=name, service=self._name)
        call = asyncio.run_coroutine_threadsafe(self._call(offered, arguments), self._loop)
        try:
            return await asyncio.wrap_future(call)
        except _Lost as error:
            if is_read_only or not error.was_sent:
                raise ServiceUnreachable(tool=name, service=self._name) from error
            raise ToolFailed(tool=name) from error  # it may have been done: it is not tried again
        except (RuntimeError, ValidationError) as error:  # the library's word for a result that breaks the protocol
            if is_read_only:
                raise ServiceFaulty(tool=name, service=self._name) from error
            raise ToolFailed(tool=name) from error

    async def _call(self, offered: str, arguments: dict[str, Any]) -> CallToolResult:
        """Once more where the server had forgotten us or had ended before, and so has not seen it."""
        try:
            return await self._call_once(offered, arguments)
        except _Lost as error:
            if error.was_sent:
                raise
        return await self._call_once(offered, arguments)

    async def _call_once(self, offered: str, arguments: dict[str, Any]) -> CallToolResult:
        held = await self._open()
        if held is None or held.session is None or held.task is None:
            raise _Lost(was_sent=False)
        calling = asyncio.ensure_future(held.session.call(offered, arguments))
        breaking = asyncio.ensure_future(held.broken.wait())
        try:
            await asyncio.wait({calling, breaking, held.task}, return_when=asyncio.FIRST_COMPLETED)
            if not calling.done():
                raise _Lost(was_sent=True)
            return calling.result()
        except McpError as error:
            if error.error.code not in (CONNECTION_CLOSED, SESSION_UNKNOWN):
                raise ToolException(error.error.message) from error
            self._let_go(held)
            raise _Lost(was_sent=error.error.code == CONNECTION_CLOSED) from error
        except anyio.ClosedResourceError as error:
            self._let_go(held)
            raise _Lost(was_sent=False) from error
        except _Lost:
            self._let_go(held)
            raise
        finally:
            breaking.cancel()
            calling.cancel()


def _kinds(error: BaseException) -> Iterator[str]:
    """What went wrong without what it says, which may hold an address or a key."""
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _kinds(inner)
    else:
        yield type(error).__name__
