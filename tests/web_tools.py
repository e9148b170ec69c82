"""What the tests of the web tools share: a small web, and a call as the loop makes it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from langchain_core.messages import ToolMessage

from agents.sources import Found
from agents.tools.tool import AgentTool, Observation
from tests.scripted_search import WebPage

CORPUS = (
    WebPage(
        "presidente",
        "Presidente de Chile",
        "El presidente de Chile es el jefe de Estado y de Gobierno del país.\n\nVive en Santiago.",
        "2026-03-11",
    ),
    WebPage("rios", "Ríos de Chile", "El río Loa es el más largo de Chile, con 440 kilómetros.", "2020-01-02"),
    WebPage("rivers", "Rivers of Chile", "The Loa is the longest river of Chile.", language="en"),
)


AGES_S = 600.0  # longer than any test may take
LEAVING_S = 60.0  # on the busiest machine


async def leave(task: asyncio.Task[Any]) -> None:
    """Cancel what waits for a service that may hang for AGES_S, and see that it does not wait for that."""
    task.cancel()
    async with asyncio.timeout(LEAVING_S):
        with pytest.raises(asyncio.CancelledError):
            await task


async def call(tool: AgentTool, **arguments: Any) -> tuple[str, tuple[Found, ...]]:
    """What it says besides, and what it found."""
    message: ToolMessage = await tool.tool.ainvoke(
        {"type": "tool_call", "id": "1", "name": tool.name, "args": arguments}
    )
    observation: Observation = message.artifact
    return str(message.content), observation.found


def titles(found: tuple[Found, ...]) -> list[str]:
    return [one.title for one in found]


def parameters(tool: AgentTool) -> Mapping[str, Any]:
    schema: Any = tool.tool.args_schema
    properties: Mapping[str, Any] = schema.model_json_schema()["properties"]
    return properties
