"""The servers of tools (Model Context Protocol) that the operator lists, and how each is doing."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from errors import SettingInvalid

SETTING = "mcp_servers (TERTULIA_MCP_SERVERS)"
MAX_SERVERS = 16
VARIABLE = re.compile(r"\$\{(\w+)\}")
ServerName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,23}$")]
Kind = Annotated[str, StringConstraints(pattern=r"^(stdio|http|streamable-http|streamable_http|streamableHttp)$")]


class McpServer(BaseModel):
    """A program to start, or the address of one that runs. ``trusted`` offers also tools that may change things.

    What it is given to know, in ``env`` and ``headers``, may be secret.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Kind | None = None  # as other programs write it; told by what else is there
    command: str | None = Field(None, min_length=1)
    args: tuple[str, ...] = Field((), repr=False)
    env: dict[str, str] = Field(default_factory=dict, repr=False)
    cwd: Path | None = None
    url: AnyHttpUrl | None = Field(None, repr=False)
    headers: dict[str, str] = Field(default_factory=dict, repr=False)
    trusted: bool = False
    disabled: bool = False
    timeout: float = Field(30.0, gt=0, le=300, description="seconds that a call may take")

    @model_validator(mode="after")
    def _is_one_of_two(self) -> McpServer:
        if (self.command is None) == (self.url is None):
            raise ValueError("either command or url must be given")
        return self


class ServerState(StrEnum):
    """How a server is doing."""

    IDLE = "idle"  # not asked yet
    STARTING = "starting"
    READY = "ready"
    UNREACHABLE = "unreachable"  # tried again later


@dataclass(frozen=True)
class ServerStatus:
    """``num_withheld`` of its tools are not offered: they may change things, or cannot be told to a model."""

    name: str
    state: ServerState
    num_tools: int = 0
    num_withheld: int = 0


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    mcpServers: dict[ServerName, McpServer] = Field(max_length=MAX_SERVERS)  # noqa: N815 (as all such files write it)


def read_servers(path: Path, variables: Mapping[str, str] | None = None) -> dict[str, McpServer]:
    """The servers listed in the file ``path`` by their names, ``${NAME}`` replaced by that of ``variables``.

    Raises SettingInvalid, which never holds a value of the file.
    """
    try:
        listed = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise _fault(path, f"{type(error).__name__}: {reason}") from None
    try:
        file = _File.model_validate(_filled_in(listed, variables or {}))
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]
        raise _fault(path, f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}") from None
    except KeyError as error:
        raise _fault(path, f"the environment has no variable {error.args[0]}") from None
    return {name: server for name, server in file.mcpServers.items() if not server.disabled}


def _filled_in(part: Any, variables: Mapping[str, str]) -> Any:
    if isinstance(part, str):
        return VARIABLE.sub(lambda found: variables[found[1]], part)
    if isinstance(part, dict):
        return {key: _filled_in(value, variables) for key, value in part.items()}
    return [_filled_in(inner, variables) for inner in part] if isinstance(part, list) else part


def _fault(path: Path, reason: str) -> SettingInvalid:
    return SettingInvalid(name=f"{SETTING}, {path.name}", reason=reason)
