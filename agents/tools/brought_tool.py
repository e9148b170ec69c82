"""Tools of LangChain that others wrote, as tools of the agent: results as text, names as models take them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Coroutine
from typing import Any

from langchain_core.messages import ToolMessage
from langchain_core.messages.tool import tool_call
from langchain_core.tools import BaseTool, StructuredTool, ToolException
from langchain_core.utils.function_calling import convert_to_openai_tool

from agents.tools.tool import AgentTool, Observation, Reach
from models.tool_calls import ToolOffer
from safety.shown_text import INVISIBLE
from safety.surrogates import without_surrogates

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")  # what the services of models take
MAX_DESCRIPTION_CHARACTERS = 1_000
MAX_TOLD_CHARACTERS = 6_000  # all tools are told to the model with every question
MAX_RESULT_CHARACTERS = 100_000
DEFAULT_TIMEOUT_S = 30.0


class ToolUnfit(Exception):
    """It cannot be offered to a model: its text says why, for the operator."""


def brought(tool: BaseTool, *, name: str = "", timeout_s: float = DEFAULT_TIMEOUT_S) -> AgentTool:
    """``tool`` as the agent's, under ``name`` where its own will not do. Raises ToolUnfit.

    Nothing is known of what it does. So what it returns counts as text of others, and what it is told as leaving this
    machine: to the address in its argument ``url`` where it has one.
    """
    name = name or tool.name
    if not NAME.fullmatch(name):
        raise ToolUnfit(f"{name!r} is no name of a tool: letters, digits, _ and -, at most 64")
    schema = tool.tool_call_schema
    wrapped = StructuredTool(
        name=name,
        description=_cleaned(tool.description)[:MAX_DESCRIPTION_CHARACTERS],
        args_schema=_cleaned(schema) if isinstance(schema, dict) else schema,
        coroutine=_called(tool),
        response_format="content_and_artifact",
        handle_tool_error=_error_text,
    )
    reach = Reach.ADDRESS if "url" in told_schema(wrapped).get("properties", {}) else Reach.SERVICE
    label = name.replace("_", " ").replace("-", " ").strip().capitalize()
    return AgentTool(wrapped, reach, is_untrusted=True, timeout_s=timeout_s, label=label)


def text_of(content: Any) -> str:
    """The text of a result, and a word for each part of it that is none."""
    if isinstance(content, str):
        text = content
    elif isinstance(content, list):
        text = "\n".join(_block_text(block) for block in content)
    else:
        text = json.dumps(content, ensure_ascii=False, default=str)
    return without_surrogates(text[:MAX_RESULT_CHARACTERS])


def told_schema(tool: BaseTool) -> dict[str, Any]:
    """The parameters of ``tool`` as a model is told them. Raises ToolUnfit for those that no model can be held to."""
    try:
        told = convert_to_openai_tool(tool)
        offer = ToolOffer.of({"tools": [told], "tool_choice": "any"})
        if offer is None:
            raise AssertionError("one tool is on offer")
        offer.constraint()
        parameters = told["function"].get("parameters", {})
        length = len(json.dumps(told))
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        raise ToolUnfit("its schema cannot be read") from error
    if length > MAX_TOLD_CHARACTERS:
        raise ToolUnfit(f"its schema and description are longer than {MAX_TOLD_CHARACTERS} characters")
    if not isinstance(parameters, dict):
        raise ToolUnfit("its schema is none of an object")
    return parameters


def _called(tool: BaseTool) -> Callable[..., Coroutine[Any, Any, tuple[str, Observation]]]:
    async def call(**arguments: Any) -> tuple[str, Observation]:
        message = await tool.ainvoke(tool_call(name=tool.name, args=arguments, id="brought"))
        text = text_of(message.content if isinstance(message, ToolMessage) else message)
        if isinstance(message, ToolMessage) and message.status == "error":
            raise ToolException(text)
        found = message.artifact if isinstance(message, ToolMessage) else None
        return text, found if isinstance(found, Observation) else Observation()

    return call


def _error_text(error: ToolException) -> str:
    """An error that is meant to be read by the model, though others wrote it, as they did any result."""
    return text_of(f"The tool reports an error: {error}")


def _block_text(block: Any) -> str:
    if isinstance(block, str):
        return block
    kind = block.get("type") if isinstance(block, dict) else None
    return str(block.get("text", "")) if kind == "text" else f"[{kind or 'data'}]"


def _cleaned(part: Any) -> Any:
    """``part`` of a schema with nothing in it that cannot be seen."""
    if isinstance(part, str):
        return INVISIBLE.sub("", without_surrogates(part))
    if isinstance(part, dict):
        return {_cleaned(key): _cleaned(value) for key, value in part.items()}
    return [_cleaned(inner) for inner in part] if isinstance(part, list) else part
