"""The events of the Playground's Context tab: what is left of a conversation in a window of a chosen size."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any, Literal, cast

import gradio as gr
from pydantic import ValidationError

from components.context_examples import STORIES, TALKS, ContextExample
from components.context_picture import context_view
from components.context_view import STORY, TALK
from components.panel_events import PanelEvents, RunParts, note, restored
from components.playground_screen import PlaygroundVisit
from components.playground_tab import PlaygroundParts
from components.quiet import QUIET
from components.services import Services
from components.shown_errors import Update, shows_errors
from components.visitors import is_a_turn
from errors import OptionInvalid
from playground.context import ContextQuestion, ContextView, ContextWindows
from playground.context_table import context_table
from playground.panel_options import ContextOptions
from playground.positions import MAX_CHARACTERS
from safety.surrogates import without_surrogates


class ContextEvents(PanelEvents):
    """The model writes a summary where one is due; everything else is counted."""

    def __init__(self, services: Services, parts: PlaygroundParts) -> None:
        super().__init__(services, parts)
        self._context = parts.context
        controls = parts.context.controls
        self._run = RunParts(controls.run, controls.stop, parts.context.status)

    def wire(self) -> None:
        """Connect everything."""
        parts, controls, shown = self._parts, self._context.controls, self._context.shown
        given = [parts.prompt, *controls.inputs]
        within = f"(...given) => tertulia.within(given, {json.dumps([None, *controls.limits])})"
        newest: dict[str, Any] = {"js": within, "trigger_mode": "always_last", **QUIET}
        moved = [slider.release for slider in controls.sliders.values()]
        asked = [gr.on([controls.run.click, controls.form.input], self.run, given, shown, **newest)]
        asked.append(gr.on(moved, self.run, given, shown, cancels=asked, **newest))
        filled = [*shown, parts.prompt, controls.form, controls.before]
        for button, example in ((controls.talk, self.talk), (controls.story, self.story)):
            asked.append(button.click(example, given, filled, cancels=asked, **newest))
        restoring = [*shown, *controls.inputs]
        asked.append(parts.bridge.input(self.restore, None, restoring, cancels=asked, **QUIET))
        stopped = [self._context.status, controls.run, controls.stop]
        controls.stop.click(self.stop, None, stopped, cancels=asked, **QUIET)

    @shows_errors
    async def run(self, request: gr.Request, prompt: str | None, *given: Any) -> AsyncGenerator[Update, None]:
        """Show what the model sees of what was written."""
        visit = self._visit(request)
        async for update in self._seen(visit, _question(visit, prompt, given)):
            yield update

    @shows_errors
    @is_a_turn
    async def talk(self, request: gr.Request, prompt: str | None, *given: Any) -> AsyncGenerator[Update, None]:
        """A long conversation."""
        async for update in self._example(request, TALKS, given):
            yield update

    @shows_errors
    @is_a_turn
    async def story(self, request: gr.Request, prompt: str | None, *given: Any) -> AsyncGenerator[Update, None]:
        """A long text."""
        async for update in self._example(request, STORIES, given):
            yield update

    @shows_errors
    async def restore(self, request: gr.Request, event: gr.EventData) -> AsyncGenerator[Update, None]:
        """Somebody came in by the address of what was seen."""
        visit, experiment = self._visit(request), restored(event, "context")
        if experiment is None:
            return
        options = experiment.options if isinstance(experiment.options, ContextOptions) else ContextOptions()
        controls = self._context.controls
        sliders = {slider: getattr(options, name) for name, slider in controls.sliders.items()}
        yield {controls.form: TALK if experiment.is_chat else STORY, controls.before: options.conversation, **sliders}
        async for update in self._seen(visit, ContextQuestion(experiment.text, experiment.is_chat, options)):
            yield update

    @shows_errors
    async def stop(self, request: gr.Request) -> AsyncGenerator[Update, None]:
        """No summary is written; what is seen without one stays."""
        yield self._run.at_rest(self._visit(request).text.html("app_context_stopped"))

    def refused(self, sentence: str) -> Update:
        """What was shown before stays."""
        return self._run.refused(sentence)

    async def _example(
        self, request: gr.Request, examples: dict[str, ContextExample], given: Sequence[Any]
    ) -> AsyncGenerator[Update, None]:
        visit, controls = self._visit(request), self._context.controls
        example = examples[visit.text.language]
        form = TALK if example.is_chat else STORY
        yield {self._parts.prompt: example.question, controls.form: form, controls.before: example.conversation}
        asked = _question(visit, example.question, (form, example.conversation, *given[2:]))
        async for update in self._seen(visit, asked):
            yield update

    async def _seen(self, visit: PlaygroundVisit, asked: ContextQuestion) -> AsyncGenerator[Update, None]:
        missing = _missing(asked)
        if missing:
            said = note(visit.text.html(missing))
            yield {self._context.picture: said, self._context.share: "", **self._run.at_rest()}
            return
        yield self._run.working(visit.text.html("app_context_counting"))
        async with aclosing(ContextWindows(visit.local.model).views(visit.owner, asked)) as views:
            async for view in views:
                yield await self._drawn(visit, asked, view)

    async def _drawn(self, visit: PlaygroundVisit, asked: ContextQuestion, view: ContextView) -> Update:
        picture = await asyncio.to_thread(context_view, view, visit.text)
        if view.num_summarized is not None:
            counts = {"count": visit.text.count(view.num_summarized), "all": visit.text.count(len(view.turns))}
            summing = visit.text.html("app_context_summing", **counts)
            return {self._context.picture: picture, self._context.share: "", **self._run.working(summing)}
        told: dict[str, Any] = {"text": asked.text, "is_chat": asked.is_chat, "options": asked.options}
        share = await self._share(visit, await self._experiment(visit, "context", **told), context_table(view))
        is_smaller = view.window_tokens < asked.options.window_tokens
        said = visit.text.html("app_context_smaller") if is_smaller else ""
        return {self._context.picture: picture, self._context.share: share, **self._run.at_rest(said)}


def _missing(asked: ContextQuestion) -> str:
    """The key of the sentence that says what is to be written first; empty when nothing is."""
    has_before, has_question = bool(asked.options.conversation.strip()), bool(asked.text.strip())
    if not has_before and not has_question:
        return "app_context_empty"
    return "app_context_no_question" if asked.is_chat and not has_question else ""


def _question(visit: PlaygroundVisit, prompt: str | None, given: Sequence[Any]) -> ContextQuestion:
    """What the controls hold. Raises OptionInvalid for what none can hold."""
    form, before, *sliders = given
    try:
        window, answer, turns = (round(float(value)) for value in sliders)
        options = ContextOptions(
            conversation=(before or "")[:MAX_CHARACTERS],
            window_tokens=window,
            answer_tokens=answer,
            window_turns=turns,
            language=cast("Literal['en', 'es']", visit.text.language),
        )
    except (ValidationError, TypeError, ValueError, OverflowError) as error:
        raise OptionInvalid(name="context", value=str(sliders)[:40]) from error
    return ContextQuestion(without_surrogates(prompt or "")[:MAX_CHARACTERS], form != STORY, options)
