"""One sentence about the agent's last answer: what it does just now, or how it ended."""

from __future__ import annotations

from agents.steps import Node, ToolCall, ToolResult
from agents.trace import AgentAnswer
from chains.live import LiveAnswer
from components.agent_tools_view import tool_label
from components.agent_trace import Traced
from components.local_text import LocalText
from storage.records import Message, MessageStatus, Role

ENDINGS = {
    MessageStatus.COMPLETE: "app_status_done",
    MessageStatus.STOPPED: "app_status_stopped",
    MessageStatus.CUT: "app_agent_status_cut",
    MessageStatus.FAILED: "app_status_failed",
}


def agent_status(last: Message, live: LiveAnswer | None, traced: Traced | None, text: LocalText) -> str:
    """As text. ``last`` is the newest message, ``traced`` what is known of its steps."""
    if last.role is Role.USER:
        return ""
    if last.status is MessageStatus.ANSWERING:
        return _under_way(live, traced, text)
    said = [text.say(ENDINGS[last.status])]
    if traced is not None:
        num_calls = sum(isinstance(step, ToolCall) for step in traced.steps)
        key = "app_agent_calls_one" if num_calls == 1 else "app_agent_calls"
        said.append(text.say(key, count=num_calls))
        if traced.seconds:
            said.append(text.say("app_agent_seconds", seconds=text.decimal(traced.seconds, 1)))
    return " ".join(said)


def _under_way(live: LiveAnswer | None, traced: Traced | None, text: LocalText) -> str:
    if not isinstance(live, AgentAnswer) or traced is None:
        return text.say("app_status_reading")
    if live.place is not None:
        if live.place.seconds is None:
            return text.say("app_status_waiting", place=live.place.place)
        return text.say("app_status_waiting_seconds", place=live.place.place, seconds=max(1, round(live.place.seconds)))
    if live.waiting is not None:
        return text.say("app_agent_status_waiting", tool=_tool(live.waiting.call_id, traced, text))
    if live.node is Node.TOOLS and (call := _open_call(traced)):
        return text.say("app_agent_status_tool", tool=_tool(call.id, traced, text))
    if live.node is Node.ANSWER or live.message.text:
        return text.say("app_status_answering")
    return text.say("app_agent_status_thinking")


def _open_call(traced: Traced) -> ToolCall | None:
    """The first call that has no result yet."""
    ended = {step.call_id for step in traced.steps if isinstance(step, ToolResult)}
    return next((step for step in traced.steps if isinstance(step, ToolCall) and step.id not in ended), None)


def _tool(call_id: str, traced: Traced, text: LocalText) -> str:
    name = next((step.name for step in traced.steps if isinstance(step, ToolCall) and step.id == call_id), "")
    return tool_label(name, traced.labels.get(name, ""), text.catalogue, text.language)
