"""The Agent room without a browser: what somebody can do with the conversations and calls of another."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.agent_visitor import CHILE, AgentVisitor, begun, left, say

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # toasts, outside of Gradio


@pytest.fixture
async def ana(tmp_path: Path) -> AgentVisitor:
    """Made while a loop runs: Gradio would make loops of its own and leave them open."""
    return AgentVisitor.at(tmp_path)


Deed = Callable[[AgentVisitor, str, str], Awaitable[None]]
DEEDS: dict[str, Deed] = {
    "ask": lambda eva, at, _: eva.ask("hello", at=at),
    "again": lambda eva, at, message: eva.write("again", at=at, message=message),
    "edit": lambda eva, at, message: eva.write("edit", at=at, message=message, text="mine"),
    "look": lambda eva, at, _: eva.look(at),
    "settle": lambda eva, at, _: eva.settle(at),
    "open": lambda eva, at, _: eva.move("open", id=at),
    "version": lambda eva, at, message: eva.move("version", at=at, message=message),
    "fork": lambda eva, at, message: eva.move("fork", at=at, message=message),
    "undo": lambda eva, at, _: eva.move("undo", at=at),
    "delete": lambda eva, at, _: eva.move("delete", id=at),
    "rename": lambda eva, at, _: eva.do("rename", id=at, title="mine"),
    "pin": lambda eva, at, _: eva.do("pin", id=at, pinned="true"),
    "restore": lambda eva, at, _: eva.do("restore", id=at),
    "rate": lambda eva, at, message: eva.do("rate", at=at, message=message, rating=1),
    "glass": lambda eva, at, message: eva.do("glass", at=at, message=message),
    "copy_all": lambda eva, at, _: eva.do("copy_all", at=at),
    "note": lambda eva, at, message: eva.do("note", at=at, message=message),
    "approve": lambda eva, at, _: eva.do("approve", at=at, call="call-1"),
    "keep": lambda eva, at, _: eva.keep("max_calls", 2, at=at),
    "tool": lambda eva, at, _: eva.switch("tool", at=at, tool="calculator", on="false"),
    "ask_again": lambda eva, at, _: eva.switch("ask_again", at=at, tool="calculator"),
    "summarize": lambda eva, at, _: eva.summarize("mine", at=at),
}


@pytest.mark.parametrize("deed", DEEDS)
async def test_what_is_anothers_does_not_exist(ana: AgentVisitor, deed: str) -> None:
    await ana.ask(f"secret {CHILE}")
    before = kept(ana)
    eva, udo = ana.another(), ana.another()
    await DEEDS[deed](eva, ana.id, ana.messages[-1].id)
    await DEEDS[deed](udo, "0" * 32, "0" * 32)
    assert "secret" not in repr(eva.states)
    assert "5.1434" not in repr(eva.states)
    assert eva.status == udo.status
    assert eva.status or deed in ("look", "settle", "restore", "open")
    assert kept(ana) == before


def kept(ana: AgentVisitor) -> tuple[object, ...]:
    """All of her conversation."""
    shown = ana.room.conversations.shown(ana.owner, ana.id)
    return shown.conversation, shown.tree.messages, len(ana.room.conversations.listed(ana.owner))


async def test_nobody_else_decides_about_a_call(ana: AgentVisitor) -> None:
    await ana.keep("asks_before", True)
    waits = say("app_agent_status_waiting", tool=say("app_tool_web_search"))
    writing = await begun(ana, CHILE, lambda: ana.status == waits)
    eva = ana.another()
    await eva.do("approve", at=ana.id, call="call-1")
    assert eva.status == say("error_conversation_not_found")
    await eva.ask("mine")
    await eva.do("approve", call="call-1")
    assert eva.status == say("error_approval_not_found")
    assert ana.status == waits
    await left(writing)


@pytest.mark.parametrize("deed", ["ask", "look", "open", "rename", "delete", "fork", "keep", "glass"])
async def test_conversations_of_the_chat_room_are_not_of_this_one(ana: AgentVisitor, deed: str) -> None:
    chat = ana.services.chat.conversations
    there = chat.start(ana.owner)
    chat.rename(ana.owner, there, "secret")
    await DEEDS[deed](ana, there, "0" * 32)
    assert "secret" not in repr(ana.states)
    assert chat.shown(ana.owner, there).conversation.title == "secret"
    assert ana.titles == []


async def test_without_a_cookie_there_is_a_sentence(ana: AgentVisitor) -> None:
    ana.request.request = None
    ana.request.kwargs["cookies"] = {}
    await ana.ask("hello")
    assert "cookie" in ana.status
