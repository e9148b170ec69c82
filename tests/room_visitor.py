"""Somebody at the page without a browser: the Chat room's handlers, called as Gradio would."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import gradio as gr

from chains.options import ConversationOptions
from components.chat_actions import ChatActions
from components.chat_events import ChatEvents
from components.chat_model import ChatModel
from components.chat_options import ChatOptions
from components.chat_settings import ChatSettings
from components.chat_tab import lay_out_chat
from components.model_choice import ModelChoice
from components.model_choice_events import ModelChoiceEvents
from components.owner import OWNER_COOKIE
from components.shown_errors import Update
from storage.records import Message
from tests.page_server import PageServer
from tests.scripted_model import ScriptedModel


class Visitor:
    """One browser and what it shows: the last value of every component; ``states`` are all updates since ``clear``."""

    def __init__(self, folder: Path, model: ScriptedModel | None = None, **fields: Any) -> None:
        self.server = PageServer(folder, model or ScriptedModel(background_script=lambda _: [""]), **fields)
        self.services = self.server.services()
        with gr.Blocks():
            self.parts = lay_out_chat(gr.HTML(), self.services.chat.models)
        self.events = ChatEvents(self.services, self.parts)
        self.actions = ChatActions(self.services, self.parts)
        kept = ChatOptions(self.services, self.parts)
        self.settings = ChatSettings(self.services, self.parts, kept)
        self.model = ModelChoiceEvents(self.services, ChatModel(self.services, self.parts, kept))
        self.states: list[Update] = []
        self.request = self.new_request()

    def new_request(self, language: str = "en") -> gr.Request:
        """Somebody else."""
        cookies = {OWNER_COOKIE: self.server.owners.new_value(), "tertulia_language": language}
        return gr.Request(cookies=cookies, headers={})

    async def see(self, updates: AsyncGenerator[Update, None]) -> list[Update]:
        """Everything that a handler shows."""
        states = []
        async with aclosing(updates):
            async for state in updates:
                states.append(state)
                self.states.append(state)
        return states

    async def send(self, text: str, inputs: str = "") -> list[Update]:
        return await self.see(self.events.send(text, self.id, inputs, self.request))

    async def look(self, conversation_id: str | None = None) -> list[Update]:
        given = self.id if conversation_id is None else conversation_id
        return await self.see(self.events.look(given, self.request))

    async def settle(self) -> list[Update]:
        begun = await self.see(self.events.settle(self.id, "", None, self.request))
        return begun + await self.see(self.events.name(self.id, "", None, self.request))

    async def write(self, action: str, **data: object) -> list[Update]:
        """What the page's script reports for a button that has the model write."""
        return await self.see(self.events.write(self.id, self.request, _event(action, data)))

    async def move(self, action: str, **data: object) -> list[Update]:
        """The same for one that shows another branch or conversation."""
        return await self.see(self.actions.move(self.id, self.request, _event(action, data)))

    async def do(self, action: str, **data: object) -> list[Update]:
        """The same for one that leaves the branch as it is."""
        return await self.see(self.actions.do(self.id, self.request, _event(action, data)))

    async def choose_model(self, name: str, at: str | None = None) -> None:
        given = self.id if at is None else at
        await self.see(self.model.choose(self.request, name, given))
        await self.see(self.model.confirm(self.request, self.id))

    async def keep_fallback(self, name: str, value: Any, at: str | None = None) -> None:
        given = self.id if at is None else at
        await self.see(self.model.keep(self.request, name, value, given))

    async def show_model(self) -> None:
        await self.see(self.model.show(self.request, self.id))

    async def offer_models(self) -> None:
        await self.see(self.model.offer(self.request))

    async def ask(self, text: str) -> None:
        await self.send(text)

    @property
    def choice(self) -> ModelChoice:
        return self.parts.panel.model

    @property
    def owner(self) -> str:
        return self.services.owners.owner_of(self.request)

    @property
    def options(self) -> ConversationOptions:
        return self.services.chat.conversations.shown(self.owner, self.id).options

    def last(self, part: Any) -> Any:
        """What ``part`` shows."""
        return next(state[part] for state in reversed(self.states) if part in state)

    @property
    def id(self) -> str:
        """The conversation of this tab."""
        given = self.parts.conversation_id
        return next((str(state[given]) for state in reversed(self.states) if given in state), "")

    @property
    def chat(self) -> list[tuple[str, str]]:
        """Who said what."""
        shown = self.last(self.parts.chat)
        return [(message["role"], " | ".join(part["text"] for part in message["content"])) for message in shown]

    @property
    def status(self) -> str:
        return str(self.last(self.parts.status))

    @property
    def entries(self) -> str:
        """The list of conversations."""
        return str(self.last(self.parts.sidebar.entries))

    @property
    def messages(self) -> tuple[Message, ...]:
        """The branch as the server has it."""
        if not self.id:
            return ()
        owner = self.services.owners.owner_of(self.request)
        return self.services.chat.conversations.shown(owner, self.id).messages


def _event(action: str, data: dict[str, object]) -> gr.EventData:
    return gr.EventData(None, {**data, "action": action})
