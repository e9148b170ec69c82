"""The events of the panel's controls: what was chosen is kept with the conversation at once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from html import escape
from typing import Any

import gradio as gr
from pydantic import ValidationError

from chains.options import PRESETS, ConversationOptions, MemoryKind
from components.chat_options import ChatOptions
from components.chat_screen import Visit
from components.chat_tab import ChatParts
from components.quiet import QUIET
from components.services import Services
from components.shown_errors import Update, shows_errors
from errors import OptionInvalid


class ChatSettings:
    """Handlers over the panel's controls."""

    has_toasts = True

    def __init__(self, services: Services, parts: ChatParts, kept: ChatOptions) -> None:
        self.services = services
        self._parts = parts
        self._kept = kept
        self._memory = parts.panel.memory
        self._sampling = parts.panel.sampling

    def wire(self) -> list[Any]:
        """Connect everything; returns the events after which the prompt may be another."""
        given, memory, sampling = self._parts.conversation_id, self._memory, self._sampling
        newest: dict[str, Any] = {**QUIET, "trigger_mode": "always_last"}
        controls = [given, *memory.inputs, *sampling.inputs]
        chosen = [sampling.preset, *controls]
        shown = [given, *sampling.inputs, self._parts.status]
        preset = sampling.preset.input(self.use_preset, chosen, shown, js=self._within(chosen), **QUIET)
        # Neither the reset of a slider nor what a phone's keyboard or a paste puts into a text is an input to Gradio.
        chosen_from = (memory.kind, memory.uses_notes, memory.mode)
        shown = [given, sampling.preset, memory.window_turns, memory.summary, self._parts.status]
        changed = [
            (control.input if control in chosen_from else control.change)(
                self.keeper_of(name), controls, shown, js=self._within(controls), **newest
            )
            for name, control in zip((*memory.names, *sampling.names), controls[1:], strict=True)
        ]
        summary = memory.summary.change(self.write_summary, [given, memory.summary], [self._parts.status], **newest)
        return [preset, *changed, summary]

    @shows_errors
    async def use_preset(self, request: gr.Request, preset: str, *given: Any) -> AsyncGenerator[Update, None]:
        """Set the sliders as the preset says, keeping the rest."""
        conversation_id, *values = given
        visit = Visit.of(self.services, conversation_id, request)

        def change(before: ConversationOptions) -> ConversationOptions:
            options = self._read(before, values, visit)
            kept = options.sampling.model_dump(include={"max_tokens", "stop", "seed"})
            return options.with_sampling({**PRESETS[preset].chosen(), **kept})

        if preset in PRESETS:
            conversation_id, options, _ = await asyncio.to_thread(self._kept.change, visit, change)
            sampling = self._sampling.of(visit.offered.model_in(options))
            shown = sampling.update(options.sampling)
            del shown[sampling.preset]
            yield {self._parts.conversation_id: conversation_id, self._parts.status: ""} | shown

    def keeper_of(self, name: str) -> Callable[..., AsyncGenerator[Update, None]]:
        """A handler that keeps the option ``name``, as its control shows it."""

        async def keep_option(request: gr.Request, *given: Any) -> AsyncGenerator[Update, None]:
            async with aclosing(self.keep(name, request, *given)) as states:
                async for state in states:
                    yield state

        return keep_option

    @shows_errors
    async def keep(self, name: str, request: gr.Request, *given: Any) -> AsyncGenerator[Update, None]:
        """Keep one option alone: while many controls are being set, the others may not show theirs yet."""
        conversation_id, *values = given
        visit = Visit.of(self.services, conversation_id, request)

        def change(before: ConversationOptions) -> ConversationOptions:
            options = self._read(before, values, visit)
            return _with_option(before, options, name) if conversation_id else options

        kept, options, is_new = await asyncio.to_thread(self._kept.change, visit, change)
        shown = await asyncio.to_thread(self._read, options, values, visit)
        if is_new:
            yield {self._parts.status: ""}
        yield {
            self._parts.conversation_id: kept,
            self._sampling.preset: self._sampling.of(visit.offered.model_in(options)).preset_of(shown.sampling),
            self._memory.window_turns: gr.Slider(visible=shown.memory is MemoryKind.WINDOW),
            self._memory.summary: gr.Textbox(visible=shown.memory is MemoryKind.SUMMARY),
        }

    @shows_errors
    async def write_summary(
        self, conversation_id: str, summary: str | None, request: gr.Request
    ) -> AsyncGenerator[Update, None]:
        """Keep the person's own words for the summary."""
        visit = Visit.of(self.services, conversation_id, request)
        if not conversation_id:
            return
        if await asyncio.to_thread(self._rewrite, visit, summary or ""):
            yield {self._parts.status: ""}

    def _rewrite(self, visit: Visit, summary: str) -> bool:
        """False for the summary that the conversation has: the field changes, too, when one is opened."""
        conversations = self.services.chat.conversations
        before = conversations.shown(visit.owner, visit.conversation_id).conversation.summary
        is_new = before != summary.strip()
        if is_new:
            conversations.write_summary(visit.owner, visit.conversation_id, summary)
        return is_new

    def refused(self, sentence: str) -> Update:
        """Nothing was kept; the sentence says why."""
        return {self._parts.status: f'<span class="refused">{escape(sentence)}</span>'}

    def _read(self, before: ConversationOptions, values: Sequence[Any], visit: Visit) -> ConversationOptions:
        """``before`` with what the controls show. Raises OptionInvalid."""
        num_memory, model = len(self._memory.inputs), visit.offered.model_in(before)
        try:
            sampling = self._sampling.of(model).read(values[num_memory:])
            memory = self._memory.read(values[:num_memory])
            options = ConversationOptions.model_validate({**before.model_dump(), **memory, "sampling": sampling})
        except (ValidationError, TypeError, ValueError) as error:
            raise OptionInvalid from error
        is_own = options.mode == model.settled(ConversationOptions()).mode
        return options.model_copy(update={"mode": None}) if is_own else options

    def _within(self, controls: list[Any]) -> str:
        """JavaScript that keeps what is sent of sliders within their ranges."""
        limits = [self._limits(each) if isinstance(each, gr.Slider) else None for each in controls]
        return f"(...given) => tertulia.within(given, {json.dumps(limits)})"

    def _limits(self, slider: gr.Slider) -> list[Any]:
        is_moving = slider is self._sampling.sliders["max_tokens"]
        return [slider.minimum, slider.maximum, *([slider.elem_id] if is_moving else [])]


def _with_option(before: ConversationOptions, given: ConversationOptions, name: str) -> ConversationOptions:
    """``before`` with the option ``name`` of ``given``."""
    if name in ConversationOptions.model_fields:
        return before.model_copy(update={name: getattr(given, name)})
    sampling = before.sampling.model_copy(update={name: getattr(given.sampling, name)})
    return before.model_copy(update={"sampling": sampling})
