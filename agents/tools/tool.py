"""What a tool is to the agent: LangChain's tool, and what must be known to run it safely."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from langchain_core.tools import BaseTool

from agents.sources import Found


class Reach(StrEnum):
    """How far the arguments of a call go."""

    HERE = "here"  # nothing leaves this machine
    SERVICE = "service"  # to a service that the operator chose
    ADDRESS = "address"  # to the address that the call itself names, in its argument ``url``


@dataclass(frozen=True)
class Observation:
    """The artifact of a call. What was ``found`` is told to the model, numbered, after the content."""

    found: tuple[Found, ...] = ()


@dataclass(frozen=True)
class AgentTool:
    """``tool`` answers with ``content_and_artifact``, the artifact an Observation, and raises ToolFailed.

    ``is_untrusted``: others wrote what it returns. ``is_private``: what it returns is the owner's. ``label`` is its
    name for people where the catalogue has none (``app_tool_<name>``): for tools that the operator brings.
    """

    tool: BaseTool
    reach: Reach
    is_untrusted: bool
    is_private: bool = False
    timeout_s: float = 15.0
    label: str = ""

    @property
    def name(self) -> str:
        return self.tool.name
