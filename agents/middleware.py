"""What we add to LangChain's loop: limits, safe calls of tools, and a step told for whatever happens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, cast
from uuid import uuid4

from langchain.agents.middleware import AgentMiddleware
from langchain.agents.middleware.types import ModelRequest, ModelResponse
from langchain.tools.tool_node import ToolCallRequest
from langchain_core.messages import AIMessage, AnyMessage, ToolMessage
from langchain_core.messages.tool import tool_call
from langgraph.types import Command

from agents.steps import Entered, LimitReached, Node, Thought, ToolCall
from agents.tool_runs import Called, Tell, ToolRuns
from errors import CallLimitReached

UNNAMED = "unknown"  # a call that was cut before its name


class TurnMiddleware(AgentMiddleware):
    """The steps of one turn, through the graph's ``custom`` stream, so that they keep their place among the text."""

    def __init__(self, runs: ToolRuns, offered: tuple[dict[str, Any], ...]) -> None:
        super().__init__()
        self._runs = runs
        self._offered = offered
        self._calls: dict[str, Called] = {}
        self._has_told_limit = False
        self.answer = AIMessage("")

    # Both hooks are plain functions that give a coroutine: around one that is ``async``, LangChain lays a wrapper for
    # tracing that waits for a thread before and after each call, where others may keep all threads busy.

    def awrap_model_call(
        self, request: ModelRequest, handler: Callable[[ModelRequest], Awaitable[ModelResponse]]
    ) -> Coroutine[Any, Any, ModelResponse]:
        return self._call_model(request, handler)

    def awrap_tool_call(
        self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], Awaitable[ToolMessage | Command[Any]]]
    ) -> Coroutine[Any, Any, ToolMessage]:
        """``handler`` is passed over: it would tell the model the texts of faults, and wait for tools for ever."""
        return self._runs.run(self._calls[str(request.tool_call["id"])], request.runtime.stream_writer)

    async def _call_model(
        self, request: ModelRequest, handler: Callable[[ModelRequest], Awaitable[ModelResponse]]
    ) -> ModelResponse:
        tell: Tell = request.runtime.stream_writer
        may_call = bool(self._offered) and not self._tell_limit(tell)
        tell(Entered(Node.MODEL))
        messages = request.messages if may_call else _told_to_answer(request.messages)
        response = await handler(request.override(messages=messages, tools=[*self._offered] if may_call else []))
        self.answer = self._with_calls(cast("AIMessage", response.result[-1]), may_call=may_call)
        if self.answer.tool_calls:
            if said := str(self.answer.text).strip():
                tell(Thought(said))
            tell(Entered(Node.TOOLS))
        return ModelResponse(result=[self.answer])

    def _tell_limit(self, tell: Tell) -> bool:
        """Whether the turn has come to a limit, which is told once."""
        kind = self._runs.limit_reached
        if kind and not self._has_told_limit:
            self._has_told_limit = True
            tell(LimitReached(kind))
        return bool(kind)

    def _with_calls(self, message: AIMessage, *, may_call: bool) -> AIMessage:
        """The model's ``message`` with each call under an id of its own, those that cannot be read among them.

        Without leave to call, what is left is the text: so every turn ends.
        """
        tokens = message.usage_metadata
        num_prompt, num_output = (tokens["input_tokens"], tokens["output_tokens"]) if tokens else (None, None)
        calls = []
        for name, given_id, arguments, is_whole in _written(message) if may_call else ():
            call_id = given_id if given_id and given_id not in self._calls else f"call_{uuid4().hex[:12]}"
            self._calls[call_id] = Called(ToolCall(call_id, name, arguments, num_prompt, num_output), is_whole)
            calls.append(tool_call(name=name, args=arguments, id=call_id))
        return message.model_copy(update={"tool_calls": calls, "invalid_tool_calls": []})


def _written(message: AIMessage) -> list[tuple[str, str | None, dict[str, Any], bool]]:
    """Name, id and arguments of each call, and if it is whole: LangChain closes the brackets of one that was cut."""
    calls = [(call["name"], call["id"], call["args"], True) for call in message.tool_calls]
    unreadable = [(call["name"] or UNNAMED, call["id"], dict[str, Any](), False) for call in message.invalid_tool_calls]
    if calls and not unreadable and message.response_metadata.get("finish_reason") == "length":
        calls[-1] = (*calls[-1][:3], False)
    return [*calls, *unreadable]


def _told_to_answer(messages: list[AnyMessage]) -> list[AnyMessage]:
    """With the last result, as one more turn of the person is what many chat templates do not allow."""
    if not messages or not isinstance(messages[-1], ToolMessage):
        return messages
    told = f"{messages[-1].text}\n\n{CallLimitReached.told}"
    return [*messages[:-1], messages[-1].model_copy(update={"content": told})]
