"""How a turn's calls of tools are made: one after another, only those that are allowed, none for longer than it may."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from langchain_core.messages import ToolMessage
from langchain_core.messages.tool import tool_call
from pydantic import BaseModel, ValidationError

from agents.guard import Guard, TurnClock, TurnLimits
from agents.leaving import within
from agents.source_book import marked, told
from agents.steps import AgentStep, ApprovalNeeded, Outcome, Retrying, ToolCall, ToolResult, Why
from agents.tools.tool import AgentTool, Observation
from errors import (
    ArgumentsInvalid,
    CallLimitReached,
    CallRefused,
    CallTooLate,
    CallUnsafe,
    ToolFailed,
    ToolTimedOut,
    ToolUnknown,
)

MAX_CHARACTERS = 4_000  # of one result, for the model
LEFT_OUT = "\n[The rest is left out.]"
NOTHING = "The tool returned nothing."
MAX_PROBLEMS = 4
# What models have learned to read as calls and results: in a text of others it is data.
CALL_MARKUP = re.compile(r"<\s*(/?)\s*((?:tool|function)_?(?:calls?|response|results?)|tools)\s*>", re.IGNORECASE)
REFUSALS = (CallRefused, CallUnsafe, CallLimitReached, CallTooLate)
Tell = Callable[[AgentStep], None]
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Called:
    """A call as the model wrote it. ``is_whole`` False: its arguments were cut, or are no JSON."""

    step: ToolCall
    is_whole: bool = True


class ToolRuns:
    """Makes the calls of one turn, and tells of each."""

    def __init__(self, tools: Sequence[AgentTool], guard: Guard, limits: TurnLimits, clock: TurnClock) -> None:
        self._tools = {tool.name: tool for tool in tools}
        self._guard = guard
        self._limits = limits
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()
        self._num_calls = 0

    @property
    def limit_reached(self) -> str:
        """Which limit the turn has come to: "calls", "time" or ""."""
        if self._num_calls >= self._limits.max_calls:
            return "calls"
        return "time" if self._clock.seconds_left <= 0 else ""

    async def run(self, called: Called, tell: Tell) -> ToolMessage:
        """What the model is told of the call. Raises nothing that a tool raises."""
        async with self._one_at_a_time:
            step, began = called.step, self._clock.seconds
            tell(step)
            try:
                result = await self._made(await self._allowed(called, tell), step, tell)
            except ToolFailed as error:
                result = _failed(step, error)
            tell(replace(result, seconds=self._clock.seconds - began))
            status = "success" if result.outcome is Outcome.DONE else "error"
            return ToolMessage(result.text, tool_call_id=step.id, name=step.name, status=status)

    async def _allowed(self, called: Called, tell: Tell) -> AgentTool:
        """The tool that is to be called. Raises the ToolFailed that says why it must not be."""
        step = called.step
        if self.limit_reached == "calls":
            raise CallLimitReached(tool=step.name, limit=self._limits.max_calls)
        if self.limit_reached == "time":
            raise CallTooLate(tool=step.name, limit=round(self._limits.max_seconds))
        self._num_calls += 1
        tool = self._tools.get(step.name)
        if tool is None:
            raise ToolUnknown(tool=step.name, problems=f"There are: {', '.join(self._tools)}.")
        if problems := _problems(tool, step.arguments) if called.is_whole else "They are no complete JSON.":
            raise ArgumentsInvalid(tool=step.name, problems=problems)
        await self._ask(tool, step, tell)
        return tool

    async def _ask(self, tool: AgentTool, step: ToolCall, tell: Tell) -> None:
        """Ask the person where the rules or the person want it."""
        objection = self._guard.gate.objection(tool, step.arguments)
        has_asked = self._guard.permission.asks(step.name)
        if objection is None and not has_asked:
            return
        why, words = (objection.why, objection.words) if objection else (Why.ASKED, ())
        tell(ApprovalNeeded(step.id, why, words))
        with self._clock.stopped():
            is_allowed = await self._guard.permission.ask(step.id, step.name, why)
        if not is_allowed:
            raise CallRefused(tool=step.name) if has_asked else CallUnsafe(tool=step.name)

    async def _made(self, tool: AgentTool, step: ToolCall, tell: Tell) -> ToolResult:
        seconds = max(0.0, min(tool.timeout_s, self._clock.seconds_left))
        try:
            attempts = await within(seconds, self._attempts(tool, step, tell))
        except TimeoutError:
            raise ToolTimedOut(tool=step.name, seconds=max(1, round(seconds))) from None
        return self._observed(tool, step, _message_of(attempts, step))

    async def _attempts(self, tool: AgentTool, step: ToolCall, tell: Tell) -> Any:
        """Call the tool, and once more where that may help."""
        call = tool_call(name=step.name, args=dict(step.arguments), id=step.id)
        attempt = 1
        while True:
            try:
                return await tool.tool.ainvoke(call)
            except ToolFailed as error:
                if not error.is_transient or attempt > self._limits.max_retries:
                    raise
                attempt += 1
                tell(Retrying(step.id, attempt, error.key))
            await asyncio.sleep(self._limits.retry_s * 2 ** (attempt - 2))

    def _observed(self, tool: AgentTool, step: ToolCall, message: ToolMessage) -> ToolResult:
        """What a tool returned, as the model is told it. A tool of the operator may tell of its faults in words."""
        found = message.artifact.found if isinstance(message.artifact, Observation) else ()
        text = str(message.text)
        self._guard.gate.saw(tool, text, found)
        if message.status == "error":
            key, outcome = ToolFailed.key, Outcome.FAILED
            return ToolResult(step.id, step.name, _told(tool, text), 0.0, outcome, key, {"tool": step.name})
        sources = self._guard.book.add(found)
        parts = [_told(tool, text)] if text.strip() or not sources else []
        shown = "\n\n".join([*parts, _harmless(told(sources))] if sources else parts)
        return ToolResult(step.id, step.name, shown, 0.0, sources=sources)


def _message_of(attempts: asyncio.Task[Any], step: ToolCall) -> ToolMessage:
    """Raises ToolFailed. Of other faults only the kind is told, to the log: their text may hold a key."""
    fault = asyncio.CancelledError() if attempts.cancelled() else attempts.exception()
    if isinstance(fault, ToolFailed):
        raise fault
    if fault is None and isinstance(message := attempts.result(), ToolMessage):
        return message
    logger.warning("the tool %s failed: %s", step.name, type(fault).__name__ if fault else "no message returned")
    raise ToolFailed(tool=step.name)


def _failed(step: ToolCall, error: ToolFailed) -> ToolResult:
    values = {name: str(value) for name, value in {"tool": step.name, **error.values}.items()}
    text = " ".join(part for part in (error.told, values.pop("problems", "")) if part)
    outcome = Outcome.REFUSED if isinstance(error, REFUSALS) else Outcome.FAILED
    return ToolResult(step.id, step.name, text, 0.0, outcome, error.key, values)


def _problems(tool: AgentTool, arguments: Mapping[str, Any]) -> str:
    """What of ``arguments`` does not fit; a tool whose schema is no class of ours checks them itself."""
    schema = tool.tool.tool_call_schema
    if not (isinstance(schema, type) and issubclass(schema, BaseModel)):
        return ""
    try:
        schema.model_validate(dict(arguments))
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False, include_context=False)[:MAX_PROBLEMS]
        return " ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}." for one in problems)
    return ""


def _told(tool: AgentTool, text: str) -> str:
    shortened = text[:MAX_CHARACTERS].rstrip()
    shown = _harmless(shortened)
    shown = marked(shown) if tool.is_untrusted and shown else shown
    return (shown + (LEFT_OUT if len(text) > MAX_CHARACTERS else "")) or NOTHING


def _harmless(text: str) -> str:
    return CALL_MARKUP.sub(r"[\1\2]", text)
