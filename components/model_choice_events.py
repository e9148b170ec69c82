"""The events of a room's model: another is chosen, or what is done when it does not answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from html import escape
from typing import Any, Generic, Protocol

import gradio as gr

from chains.conversations import Conversations
from chains.model_shelf import Models
from components.fallback_controls import FallbackControls, with_fallback
from components.kept_options import KeptOptions, O, V
from components.model_choice import ModelChoice, Offered, choices
from components.model_switch import ModelSwitch, Wish
from components.quiet import QUIET
from components.services import Services
from components.shown_errors import Update, shows_errors


@dataclass(frozen=True)
class ModelParts:
    """Where a room's model is chosen, and what is shown of it: ``following`` differs from model to model.

    ``where`` tells which conversation it is of, its id first; ``beginning`` what else a new one begins with.
    """

    choice: ModelChoice
    status: gr.HTML
    where: list[Any]
    following: list[Any]
    beginning: list[Any] = field(default_factory=list)
    fallback: FallbackControls | None = None

    @property
    def lists(self) -> list[gr.Dropdown]:
        """The controls that offer models."""
        return [self.choice.name, *([self.fallback.fallbacks] if self.fallback else [])]

    @property
    def shown(self) -> list[Any]:
        """All that is another with another model."""
        fallback = self.fallback.shown if self.fallback else []
        return [self.where[0], self.status, *self.choice.shown, *fallback, *self.following]


class ModelRoom(Protocol[V, O]):
    """What a room knows of its conversations and their models."""

    parts: ModelParts
    conversations: Conversations
    models: Models

    @property
    def kept(self) -> KeptOptions[V, O]:
        """What was chosen before."""

    def visit(self, request: gr.Request, *given: str) -> V:
        """Who is there; ``given`` is what ``where`` has, and ``beginning``. Raises SessionMissing first of all."""

    def shown(self, visit: V, options: O) -> Update:
        """``choice`` and all that follows it, as ``options`` have them."""


class ModelChoiceEvents(Generic[V, O]):
    """Handlers over the parts of ``room``."""

    has_toasts = False  # it is said where the model is chosen

    def __init__(self, services: Services, room: ModelRoom[V, O]) -> None:
        self.services = services
        self._room = room
        self._parts = room.parts
        self._switch = ModelSwitch(services, room.parts.choice, room.parts.status, room.conversations.is_answering)

    def wire(self) -> list[Any]:
        """Connect everything; returns the events after which the conversation may have another model."""
        parts, choice = self._parts, self._parts.choice
        given = [choice.name, *parts.where, *parts.beginning]
        chosen = choice.name.input(self.choose, given, parts.shown, trigger_mode="multiple", **QUIET)
        chosen.then(self.confirm, parts.where, [choice.name, choice.cancel, parts.status], **QUIET)
        choice.cancel.click(self.show, parts.where, parts.shown, cancels=[chosen], **QUIET)
        for control in parts.lists:
            control.focus(self.offer, None, [*parts.lists, parts.status], **QUIET)
        newest: dict[str, Any] = {**QUIET, "trigger_mode": "always_last"}
        choice.hides.input(self.hide, [choice.hides, *parts.where], [parts.where[0], parts.status], **newest)
        if parts.fallback:
            parts.fallback.wire(self.keeper_of, parts.where, [parts.where[0], parts.status])
        return [chosen]

    @shows_errors
    async def choose(self, request: gr.Request, name: str | None, *given: str) -> AsyncGenerator[Update, None]:
        """Have the model ready, and then keep it with the conversation; make one if there is none yet."""
        asked = self._room.visit(request, *given)
        name = name if isinstance(name, str) else ""  # the list takes anything, so that models may come and go
        with self._switch.told_once(asked.owner, asked.conversation_id, name) as is_first:
            if is_first and await asyncio.to_thread(self._is_new, asked, name):
                async with aclosing(self._chosen(asked, name)) as updates:
                    async for update in updates:
                        yield update

    def _is_new(self, visit: V, name: str) -> bool:
        """Leaving the control tells of its model, too: where there is no conversation yet, that makes none."""
        return bool(visit.conversation_id) or name != visit.offered.name_in(self._room.kept.of(visit))

    async def _chosen(self, asked: V, name: str) -> AsyncGenerator[Update, None]:
        visit, before = await asyncio.to_thread(self._room.kept.begun, asked)
        yield {self._parts.where[0]: visit.conversation_id}
        wish = Wish(visit.owner, visit.conversation_id, name, before, visit.offered, visit.language)
        async with aclosing(self._switch.make_ready(wish)) as updates:
            async for update in updates:
                yield update
        if self._switch.is_newest(wish):
            change = _with_model(wish.offered.kept_as(wish.name))
            options = (await asyncio.to_thread(self._room.kept.change, visit, change)).options
            yield self._room.shown(visit, options) | {self._parts.status: ""}

    @shows_errors
    async def confirm(self, request: gr.Request, *given: str) -> AsyncGenerator[Update, None]:
        """The name of the model that is chosen in the end, and nothing to wait for.

        Sent in an event of its own: the control, when it is left, puts back what was wished for, and would not show
        a name that it had been sent before that.
        """
        visit, choice = self._room.visit(request, *given), self._parts.choice
        if not self._switch.is_under_way(visit.owner, visit.conversation_id):
            name = visit.offered.name_in(await asyncio.to_thread(self._room.kept.of, visit))
            yield {choice.name: gr.Dropdown(value=name), choice.cancel: gr.Button(visible=False)}

    @shows_errors
    async def show(self, request: gr.Request, *given: str) -> AsyncGenerator[Update, None]:
        """The model that the conversation has, after another was not waited for."""
        visit = self._room.visit(request, *given)
        options = await asyncio.to_thread(self._room.kept.of, visit)
        yield self._room.shown(visit, options) | {self._parts.status: ""}

    @shows_errors
    async def offer(self, request: gr.Request) -> AsyncGenerator[Update, None]:
        """The models that there are by now."""
        there = choices(Offered.to(self.services.owners.owner_of(request), self._room.models))
        yield {each: gr.Dropdown(choices=there) for each in self._parts.lists}

    def keeper_of(self, name: str) -> Callable[..., AsyncGenerator[Update, None]]:
        """A handler that keeps the option ``name``, as its control shows it."""

        async def keep_option(request: gr.Request, value: Any, *given: str) -> AsyncGenerator[Update, None]:
            async with aclosing(self.keep(request, name, value, *given)) as states:
                async for state in states:
                    yield state

        return keep_option

    @shows_errors
    async def keep(self, request: gr.Request, name: str, value: Any, *given: str) -> AsyncGenerator[Update, None]:
        """Keep which models stand in, or how often one is asked again."""
        visit = self._room.visit(request, *given)

        def change(before: O) -> O:
            return before.model_copy(update=with_fallback(name, value, before, visit.offered))

        kept = (await asyncio.to_thread(self._room.kept.change, visit, change)).conversation_id
        yield {self._parts.where[0]: kept, self._parts.status: ""}

    @shows_errors
    async def hide(self, request: gr.Request, is_hidden: Any, *given: str) -> AsyncGenerator[Update, None]:
        """Keep whether services are told personal data."""
        visit = self._room.visit(request, *given)

        def change(before: O) -> O:
            return before.model_copy(update={"hides_personal": is_hidden is True})

        kept = (await asyncio.to_thread(self._room.kept.change, visit, change)).conversation_id
        yield {self._parts.where[0]: kept, self._parts.status: ""}

    def refused(self, sentence: str) -> Update:
        """Nothing was kept; the sentence says why."""
        return {self._parts.status: f'<span class="refused" role="alert">{escape(sentence)}</span>'}


def _with_model(name: str) -> Callable[[O], O]:
    """With another model the mode is that which it was made for."""
    return lambda before: before.model_copy(update={"model": name, "mode": None} if name != before.model else {})
