"""The events of the Agent room that have the agent answer, and those that show what was answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from html import escape
from typing import Any

import gradio as gr

from agents.answers import AgentAnswers
from agents.trace import Growing
from chains.conversations import Shown
from chains.replies import Place
from components.agent_actions import AgentActions
from components.agent_desk import AgentDesk
from components.agent_kept import AgentKept
from components.agent_model import AgentModel
from components.agent_screen import AgentScreen
from components.agent_settings import AgentSettings
from components.agent_tab import AgentParts
from components.chat_screen import Visit, is_live
from components.model_choice_events import ModelChoiceEvents
from components.page_action import PageAction
from components.quiet import QUIET
from components.services import Services
from components.shown_errors import Update, shows_errors
from components.steadily import steadily
from components.visitors import is_a_turn
from errors import ConversationNotFound, MessageNotFound
from safety.surrogates import without_surrogates

SECONDS_BETWEEN_LOOKS = 0.3
SECONDS_BETWEEN_SIGNS = 1.0  # of life, while a tool works or a person is waited for
FOLLOW = "id => (tertulia.send('agent', 'follow', {id}, 'release'), [])"  # the hidden field may not have it yet
Ask = Callable[[AgentAnswers, Place], Growing]


class AgentEvents:
    """Handlers over ``parts``; each yields the components it changes and leaves the others alone."""

    has_toasts = False

    def __init__(self, services: Services, parts: AgentParts) -> None:
        self.services = services
        self._parts = parts
        self._desk = AgentDesk(services, parts)
        self._kept = AgentKept(services, parts)

    def wire(self, tab: gr.Tab) -> None:
        """Connect everything; the room is filled when ``tab`` is opened."""
        parts, given = self._parts, self._parts.conversation_id
        asks: list[Any] = [parts.box.submit(self.send, [parts.box, given], parts.streamed, **QUIET)]
        asks.append(parts.bridge.submit(self.write, [given], parts.streamed, **QUIET))
        summary = parts.panel.recall.summary
        searched = [given, parts.sidebar.search, summary]
        named = [parts.sidebar.entries, parts.bar, summary, parts.status, parts.box]
        stopped = parts.box.stop(None, None, None, cancels=asks).then(self.look, [given], parts.shown, **QUIET)
        for ended in [*asks, stopped]:  # what is searched for may have changed while the title was made
            ended.then(self.settle, searched, named, **QUIET).then(self.name, searched, named, **QUIET)
        looks = [tab.select(self.look, [given], parts.shown, js="() => tertulia.agentConversation()", **QUIET)]
        looks.append(parts.bridge.release(self.follow, [given], parts.shown, trigger_mode="multiple", **QUIET))
        given.change(None, [given], None, js="id => tertulia.keepAgentConversation(id)", api_visibility="private")
        chosen = ModelChoiceEvents(self.services, AgentModel(self.services, parts, self._kept)).wire()
        for moved in AgentActions(self.services, parts).wire([*asks, *looks, *chosen]):
            moved.then(None, [given], None, js=FOLLOW, api_visibility="private")
        AgentSettings(self.services, parts, self._kept).wire()

    # --- asking ------------------------------------------------------------------------------------------------------

    @shows_errors
    @is_a_turn
    async def send(self, text: str | None, conversation_id: str, request: gr.Request) -> AsyncGenerator[Update, None]:
        """Ask ``text``; the box keeps it until the service has taken it."""
        if not text or not text.strip():
            return
        async with aclosing(self._ask(text, self._desk.visit(conversation_id, request))) as states:
            async for state in states:
                yield state

    @shows_errors
    @is_a_turn
    async def write(
        self, conversation_id: str, request: gr.Request, event: gr.EventData
    ) -> AsyncGenerator[Update, None]:
        """What a button asks for: an example, another version of an answer, or of a question."""
        action, visit = PageAction(event), self._desk.visit(conversation_id, request)
        message_id, text = action.text("message"), action.text("text")
        if action.name == "ask" and text.strip():
            states = self._ask(text, visit)
        elif action.name == "again":
            states = self._answer(lambda answers, at: answers.again(at, message_id), visit, {}, {})
        elif action.name == "edit" and text.strip():
            states = self._answer(lambda answers, at: answers.edit(at, message_id, text), visit, {}, {})
        else:
            raise MessageNotFound
        async with aclosing(states) as updates:
            async for update in updates:
                yield update

    async def _ask(self, text: str, visit: Visit) -> AsyncGenerator[Update, None]:
        begun: Update = {}
        if not visit.conversation_id:
            visit, _ = await asyncio.to_thread(self._kept.begun, visit)
            begun = {self._parts.conversation_id: visit.conversation_id}
        taken: Update = {self._parts.box: ""}
        async with aclosing(self._answer(lambda answers, at: answers.ask(at, text), visit, begun, taken)) as states:
            async for state in states:
                yield state

    async def _answer(self, ask: Ask, visit: Visit, begun: Update, taken: Update) -> AsyncGenerator[Update, None]:
        """The growing answer; ``begun`` is to be shown at once, ``taken`` when the service has taken the request."""
        screen = await self._desk.screen(visit)
        await asyncio.to_thread(screen.read)
        yield screen.busy() | begun
        shown = None
        place = Place(visit.owner, visit.conversation_id, visit.language)
        growing = ask(self.services.agent.answers, place)
        async with aclosing(steadily(growing, SECONDS_BETWEEN_SIGNS)) as answers:
            async for answer in answers:
                if answer is None:
                    yield {}
                elif shown is None:
                    shown = (await asyncio.to_thread(screen.read)).grown(answer)
                    await asyncio.to_thread(screen.learn, shown)
                    yield screen.growing(shown) | screen.around(shown) | taken
                else:
                    shown = shown.grown(answer)
                    yield screen.growing(shown)
        yield await asyncio.to_thread(self._ended, screen)

    def _ended(self, screen: AgentScreen) -> Update:
        """Also what the turn may have changed: tools that are not asked about any more."""
        shown = screen.read()
        screen.learn(shown)
        return screen.growing(shown) | screen.around(shown) | screen.tools_of(shown) | screen.rest()

    # --- looking -----------------------------------------------------------------------------------------------------

    @shows_errors
    async def look(self, conversation_id: str, request: gr.Request) -> AsyncGenerator[Update, None]:
        """Show the conversation as the server has it, and on for as long as an answer is being written in it."""
        visit = self._desk.visit(conversation_id, request)
        screen = await self._desk.screen(visit)
        try:
            shown = await asyncio.to_thread(screen.read)
            yield await asyncio.to_thread(screen.whole, shown)
            async with aclosing(self._watched(screen, shown)) as updates:
                async for update in updates:
                    yield update
        except ConversationNotFound:
            nobody = await self._desk.screen(replace(visit, conversation_id=""))
            yield await asyncio.to_thread(nobody.empty)

    @shows_errors
    async def follow(
        self, conversation_id: str, request: gr.Request, event: gr.EventData
    ) -> AsyncGenerator[Update, None]:
        """Go on showing an answer that is being written for another tab, in a conversation that was just opened.

        It may have ended since then.
        """
        conversation_id = PageAction(event).text("id") or conversation_id
        if not conversation_id:
            return
        screen = await self._desk.screen(self._desk.visit(conversation_id, request))
        shown = await asyncio.to_thread(screen.read)
        await asyncio.to_thread(screen.learn, shown)
        async with aclosing(self._watched(screen, shown)) as updates:
            async for update in updates:
                yield update

    async def _watched(self, screen: AgentScreen, shown: Shown) -> AsyncGenerator[Update, None]:
        while is_live(shown):
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
            shown = await asyncio.to_thread(screen.read)
            yield screen.growing(shown)
        yield await asyncio.to_thread(self._ended, screen)

    @shows_errors
    async def settle(
        self, conversation_id: str, search: str | None, summary: str | None, request: gr.Request
    ) -> AsyncGenerator[Update, None]:
        """After an answer: the list with it on top. Ends when the model has made the title and the summary."""
        if not conversation_id:
            return
        async for update in self.name(conversation_id, search, summary, request):
            yield update
        await self.services.agent.answers.settled(conversation_id)

    @shows_errors
    async def name(
        self, conversation_id: str, search: str | None, summary: str | None, request: gr.Request
    ) -> AsyncGenerator[Update, None]:
        """Show what the model has made after an answer."""
        if not conversation_id:
            return
        screen = await self._desk.screen(self._desk.visit(conversation_id, request, without_surrogates(search or "")))
        try:
            yield await asyncio.to_thread(self._named, screen, summary)
        except ConversationNotFound:  # deleted meanwhile, and whoever did so knows
            return

    def _named(self, screen: AgentScreen, summary: str | None) -> Update:
        """``summary`` is left alone where it is the newest: somebody may be rewriting it."""
        shown = screen.read()
        changed = screen.lists() | screen.bar(shown)
        if shown.conversation.summary != summary:
            changed[self._parts.panel.recall.summary] = gr.Textbox(value=shown.conversation.summary)
        return changed

    def refused(self, sentence: str) -> Update:
        """What was typed stays in the box."""
        return {
            self._parts.status: f'<span class="refused" role="alert">{escape(sentence)}</span>',
            self._parts.box: gr.Textbox(submit_btn=True, stop_btn=False),
        }
