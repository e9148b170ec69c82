"""Somebody in the Agent room without a browser: its handlers, called as Gradio would."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from agents.options import AgentOptions
from components.agent_actions import AgentActions
from components.agent_events import AgentEvents
from components.agent_kept import AgentKept
from components.agent_model import AgentModel
from components.agent_screen import options_of
from components.agent_settings import AgentSettings
from components.agent_tab import AgentParts, lay_out_agent
from components.model_choice import ModelChoice
from components.model_choice_events import ModelChoiceEvents
from components.owner import OWNER_COOKIE
from components.services import AgentRoom, Services
from components.shown_errors import Update
from storage.records import Message
from tests.chat_room import until
from tests.html_reader import Element, read_html
from tests.page_reader import catalogue
from tests.page_server import PageServer
from tests.scripted_agent import ScriptedTurns
from tests.scripted_model import ScriptedModel

CHILE = "How old is the president of Chile, to the power of 0.4?"  # two tools


class AgentVisitor:
    """One browser: the last value of every component, and all updates in ``states``."""

    def __init__(self, server: PageServer, services: Services, parts: AgentParts) -> None:
        self._server = server
        self.services = services
        self.parts = parts
        self.events = AgentEvents(services, parts)
        self.actions = AgentActions(services, parts)
        kept = AgentKept(services, parts)
        self.settings = AgentSettings(services, parts, kept)
        self.model = ModelChoiceEvents(services, AgentModel(services, parts, kept))
        self.states: list[Update] = []
        cookies = {OWNER_COOKIE: server.owners.new_value(), "tertulia_language": "en"}
        self.request = gr.Request(cookies=cookies, headers={})

    @classmethod
    def at(cls, folder: Path, turns: ScriptedTurns | None = None, **fields: Any) -> AgentVisitor:
        model = ScriptedModel(background_script=lambda _: [""])
        server = PageServer(folder, model, turns=turns or ScriptedTurns(), **fields)
        services = server.services()
        with gr.Blocks():
            parts = lay_out_agent(services.agent.models)
        return cls(server, services, parts)

    def another(self) -> AgentVisitor:
        """Somebody else at the same page."""
        return AgentVisitor(self._server, self.services, self.parts)

    def again(self) -> AgentVisitor:
        """The same person in another tab."""
        tab = AgentVisitor(self._server, self.services, self.parts)
        tab.request = self.request
        return tab

    @property
    def owner(self) -> str:
        return self.services.owners.owner_of(self.request)

    @property
    def room(self) -> AgentRoom:
        return self.services.agent

    # --- what is done ------------------------------------------------------------------------------------------------

    async def ask(self, text: str, at: str | None = None) -> None:
        await self._see(self.events.send(text, self._here(at), self.request))

    async def write(self, action: str, at: str | None = None, **data: object) -> None:
        await self._see(self.events.write(self._here(at), self.request, event_of(action, data)))

    async def look(self, conversation_id: str | None = None) -> None:
        await self._see(self.events.look(self._here(conversation_id), self.request))

    async def settle(self, at: str | None = None) -> None:
        await self._see(self.events.settle(self._here(at), "", None, self.request))
        await self._see(self.events.name(self._here(at), "", None, self.request))

    async def move(self, action: str, at: str | None = None, **data: object) -> None:
        await self._see(self.actions.move(self._here(at), self.request, event_of(action, data)))

    async def begin(self) -> None:
        await self._see(self.actions.begin("", self.request))

    async def search(self, text: str) -> None:
        await self._see(self.actions.search(text, self.id, self.request))

    async def do(self, action: str, at: str | None = None, **data: object) -> None:
        await self._see(self.actions.do(self._here(at), self.request, event_of(action, data)))

    async def keep(self, name: str, value: Any, at: str | None = None) -> None:
        await self._see(self.settings.keep(name, value, self._here(at), self.request))

    async def switch(self, action: str, at: str | None = None, **data: object) -> None:
        await self._see(self.settings.switch(self._here(at), self.request, event_of(action, data)))

    async def choose_model(self, name: str, at: str | None = None) -> None:
        await self._see(self.model.choose(self.request, name, self._here(at)))
        await self._see(self.model.confirm(self.request, self.id))

    async def keep_fallback(self, name: str, value: Any, at: str | None = None) -> None:
        await self._see(self.model.keep(self.request, name, value, self._here(at)))

    async def show_model(self) -> None:
        await self._see(self.model.show(self.request, self.id))

    async def offer_models(self) -> None:
        await self._see(self.model.offer(self.request))

    async def summarize(self, text: str, at: str | None = None) -> None:
        await self._see(self.settings.write_summary(self._here(at), text, self.request))

    def _here(self, at: str | None) -> str:
        return self.id if at is None else at

    async def _see(self, updates: AsyncGenerator[Update, None]) -> None:
        async with aclosing(updates):
            async for state in updates:
                self.states.append(state)

    # --- what is shown -----------------------------------------------------------------------------------------------

    def last(self, part: Any) -> Any:
        return next((state[part] for state in reversed(self.states) if part in state), "")

    def html(self, part: Any) -> Element:
        return read_html(str(self.last(part)))

    @property
    def choice(self) -> ModelChoice:
        return self.parts.panel.model

    @property
    def id(self) -> str:
        return str(self.last(self.parts.conversation_id))

    @property
    def status(self) -> str:
        return self.html(self.parts.status).text

    @property
    def chat(self) -> list[tuple[str, str]]:
        """Who said what."""
        shown = self.last(self.parts.chat) or []
        return [(message["role"], "\n".join(part["text"] for part in message["content"])) for message in shown]

    @property
    def titles(self) -> list[str]:
        """Of the conversations that are listed."""
        return [button.text for button in self.html(self.parts.sidebar.entries).all(class_="title")]

    @property
    def messages(self) -> tuple[Message, ...]:
        return self.room.conversations.shown(self.owner, self.id).messages

    @property
    def options(self) -> AgentOptions:
        return options_of(self.room.conversations.shown(self.owner, self.id))

    @property
    def switches(self) -> dict[str, bool]:
        """The tools that can be switched, and whether each is on."""
        switches = self.html(self.parts.tools).all(role="switch")
        named = [switch.attributes for switch in switches]
        return {each["data-tool"]: each["aria-checked"] == "true" for each in named if "data-tool" in each}


def event_of(action: str, data: dict[str, object]) -> gr.EventData:
    return gr.EventData(None, {**data, "action": action})


def say(key: str, **values: object) -> str:
    return catalogue.text("en", key, **values)


async def begun(ana: AgentVisitor, question: str, is_far: Callable[[], bool]) -> asyncio.Task[None]:
    """Somebody asks, and the answer has come so far."""
    writing = asyncio.create_task(ana.ask(question))
    await until(is_far)
    return writing


async def left(writing: asyncio.Task[None]) -> None:
    """The tab is closed, or Stop is pressed."""
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
