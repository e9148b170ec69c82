"""All tools there are: those that are always there, and those of servers that come and go."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from agents.tools.brought_tool import NAME
from agents.tools.mcp_specs import ServerStatus
from agents.tools.tool import AgentTool
from errors import SettingInvalid

SETTING = "tools_dir (TERTULIA_TOOLS_DIR)"


class ToolServers(Protocol):
    """What the shelf needs of ``mcp_servers.McpServers``, which takes long to import."""

    async def tools(self) -> tuple[AgentTool, ...]: ...

    def known(self) -> tuple[AgentTool, ...]: ...

    @property
    def status(self) -> tuple[ServerStatus, ...]: ...

    def close(self) -> None: ...


class ToolShelf:
    """``make_servers`` is called once, in a thread, when tools are first asked for."""

    def __init__(self, fixed: Sequence[AgentTool], make_servers: Callable[[], ToolServers] | None = None) -> None:
        """Raises SettingInvalid for two tools of one name, or one whose name no model takes."""
        self._fixed = _by_name(fixed)
        self._make_servers = make_servers
        self._servers: ToolServers | None = None
        self._making = threading.Lock()

    async def tools(self) -> tuple[AgentTool, ...]:
        """All that can be had now; servers that are starting are waited for a little."""
        if self._make_servers is None:
            return tuple(self._fixed.values())
        servers = await asyncio.to_thread(self._made, self._make_servers)
        await servers.tools()
        return self.known()

    def known(self) -> tuple[AgentTool, ...]:
        """What is known without asking any server."""
        served = self._servers.known() if self._servers is not None else ()
        return (*self._fixed.values(), *(tool for tool in served if tool.name not in self._fixed))

    @property
    def status(self) -> tuple[ServerStatus, ...]:
        """How each server is doing; nothing before tools were first asked for."""
        return self._servers.status if self._servers is not None else ()

    def close(self) -> None:
        """Ends the servers. Blocks."""
        if self._servers is not None:
            self._servers.close()

    def _made(self, make_servers: Callable[[], ToolServers]) -> ToolServers:
        with self._making:
            self._servers = self._servers or make_servers()
            return self._servers


def _by_name(tools: Sequence[AgentTool]) -> dict[str, AgentTool]:
    found: dict[str, AgentTool] = {}
    for tool in tools:
        if not NAME.fullmatch(tool.name):
            raise SettingInvalid(name=SETTING, reason=f"{tool.name!r} is no name of a tool")
        if tool.name in found:
            raise SettingInvalid(name=SETTING, reason=f"there are two tools named {tool.name}")
        found[tool.name] = tool
    return found
