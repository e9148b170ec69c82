"""What a person chose for one conversation with the agent."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from chains.options import ConversationOptions

ROOM = "agent"  # as conversations are told apart in storage


class Strategy(StrEnum):
    """How the model decides what to do next."""

    AUTO = "auto"  # by what the model can do
    NATIVE = "native"  # the model's own tool calls, when it wants to
    CONSTRAINED = "constrained"  # a grammar lets a local model write nothing but a valid decision
    REACT = "react"  # Thought / Action / Observation in plain text (Yao et al. 2022)
    SEARCH_FIRST = "search_first"  # search, read, answer: for models too small to choose


class AgentOptions(ConversationOptions):
    """``tools_off`` are names of tools that are switched off.

    ``always_allowed`` are tools that the person no longer wants to be asked about, where ``asks_before``.
    """

    strategy: Strategy = Strategy.AUTO
    tools_off: tuple[str, ...] = ()
    asks_before: bool = False
    always_allowed: tuple[str, ...] = ()
    max_calls: int = Field(default=6, ge=1, le=12)
    max_seconds: int = Field(default=60, ge=10, le=300)
