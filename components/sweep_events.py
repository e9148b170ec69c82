"""The events of the Playground's Sweep tab: a grid of texts written side by side."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any

import gradio as gr
from pydantic import ValidationError

from components.panel_events import PanelEvents, RunParts, note, restored
from components.playground_sampling import seed_of
from components.playground_screen import PlaygroundVisit
from components.playground_tab import CHAT, PlaygroundParts
from components.quiet import QUIET
from components.services import Services
from components.shown_errors import Update, shows_errors
from components.steadily import steadily
from components.sweep_picture import sweep_view
from components.sweep_values import SUGGESTED, axis_of, typed_values
from components.visitors import is_a_turn
from errors import OptionInvalid
from models.sampling import SEED_LIMIT
from playground.panel_options import SweepOptions
from playground.positions import MAX_CHARACTERS, Position, PromptText
from playground.sweep import Sweep, SweepAsked, SweepExperiment, sweep_table
from safety.surrogates import without_surrogates

SECONDS_A_FRAME = 0.25
SUGGEST = f"(setting) => ({json.dumps(SUGGESTED)})[setting] ?? ''"


class SweepEvents(PanelEvents):
    """Nothing is written before it is asked for."""

    def __init__(self, services: Services, parts: PlaygroundParts) -> None:
        super().__init__(services, parts)
        self._sweep = parts.sweep
        controls = self._sweep.controls
        self._running = RunParts(controls.run, controls.stop, self._sweep.status)

    def wire(self) -> None:
        """Connect everything."""
        parts, sweep, controls = self._parts, self._sweep, self._sweep.controls
        given = [parts.prompt, parts.mode, *parts.sampling.inputs, *controls.chosen]
        asks = [controls.run.click, controls.rows.values.submit, controls.columns.values.submit, controls.seed.submit]
        kept: dict[str, Any] = {"js": self._within, "trigger_mode": "once", **QUIET}
        run = gr.on(asks, self.run, given, sweep.seen, **kept)
        restoring = parts.bridge.input(self.restore, None, [*sweep.seen, *controls.chosen], cancels=[run], **QUIET)
        ended = [sweep.status, controls.run, controls.stop]
        controls.stop.click(self.stop, None, ended, cancels=[run, restoring], **QUIET)
        for axis in (controls.rows, controls.columns):
            axis.setting.input(None, [axis.setting], [axis.values], js=SUGGEST, api_visibility="private")

    @shows_errors
    @is_a_turn
    async def run(
        self, request: gr.Request, prompt: str | None, mode: str | None, *given: Any
    ) -> AsyncGenerator[Update, None]:
        """Write a text for each pair of values."""
        visit = self._visit(request)
        position = Position(PromptText(without_surrogates(prompt or "")[:MAX_CHARACTERS], mode == CHAT))
        async with aclosing(self._run(visit, self._asked(position, given))) as updates:
            async for update in updates:
                yield update

    @shows_errors
    async def restore(self, request: gr.Request, event: gr.EventData) -> AsyncGenerator[Update, None]:
        """Somebody came in by the address of a sweep."""
        visit, experiment = self._visit(request), restored(event, "sweep")
        if experiment is None:
            return
        here = experiment.on(await visit.playground.model())
        options = here.options if isinstance(here.options, SweepOptions) else SweepOptions()
        controls, seed = self._sweep.controls, here.sampling.seed
        yield {
            controls.rows.setting: options.rows.setting,
            controls.rows.values: typed_values(options.rows),
            controls.columns.setting: options.columns.setting,
            controls.columns.values: typed_values(options.columns),
            controls.max_tokens: options.max_tokens,
            controls.seed: "" if seed is None else str(seed),
        }
        asked = SweepAsked(here.position, here.sampling, options.rows, options.columns, options.max_tokens)
        async with aclosing(self._run(visit, asked)) as updates:
            async for update in updates:
                yield update

    @shows_errors
    async def stop(self, request: gr.Request) -> AsyncGenerator[Update, None]:
        """The writing was stopped; what was written stays."""
        yield self._running.at_rest(self._visit(request).text.html("app_sweep_stopped"))

    def refused(self, sentence: str) -> Update:
        """What was shown before stays."""
        return self._running.refused(sentence)

    # --- a run -------------------------------------------------------------------------------------------------------

    async def _run(self, visit: PlaygroundVisit, asked: SweepAsked) -> AsyncGenerator[Update, None]:
        experiment = SweepExperiment(visit.playground, visit.local.sampler)
        clock, shown_at = asyncio.get_running_loop().time, 0.0
        latest: Sweep | None = None
        yield self._running.working(visit.text.html("app_sweep_reading"))
        async with aclosing(steadily(experiment.run(visit.owner, asked), SECONDS_A_FRAME)) as states:
            async for state in states:
                latest = state or latest
                if latest is not None and (state is None or clock() - shown_at >= SECONDS_A_FRAME):
                    yield await self._growing(visit, latest)
                    shown_at = clock()
        if latest is not None:
            yield await self._whole(visit, latest)

    async def _growing(self, visit: PlaygroundVisit, sweep: Sweep) -> Update:
        """What could be taken away before is another grid's."""
        picture = await asyncio.to_thread(sweep_view, sweep, visit.text)
        counts = {"done": sweep.num_ended, "total": len(sweep.texts), "waiting": sweep.num_queued}
        key = "app_sweep_waiting" if sweep.num_queued else "app_sweep_writing"
        said = note(visit.text.html(key, **counts))
        return {self._sweep.picture: picture, self._sweep.status: said, self._sweep.share: ""}

    async def _whole(self, visit: PlaygroundVisit, sweep: Sweep) -> Update:
        asked = sweep.asked
        picture = await asyncio.to_thread(sweep_view, sweep, visit.text)
        experiment = await self._experiment(
            visit,
            "sweep",
            text=asked.position.prompt.text,
            is_chat=asked.position.prompt.is_chat,
            path=asked.position.path,
            sampling=asked.sampling,
            options=SweepOptions(rows=asked.rows, columns=asked.columns, max_tokens=asked.max_tokens),
        )
        share = await self._share(visit, experiment, sweep_table(sweep))
        return {self._sweep.picture: picture, self._sweep.share: share} | self._running.at_rest()

    # --- what the controls hold --------------------------------------------------------------------------------------

    @property
    def _within(self) -> str:
        """JavaScript: Gradio refuses what is sent beyond a slider's ends."""
        length = self._sweep.controls.max_tokens
        limits = [None, None, *self._parts.sampling.limits, *[None] * 4, [length.minimum, length.maximum], None]
        return f"(...given) => tertulia.within(given, {json.dumps(limits)})"

    def _asked(self, position: Position, given: Sequence[Any]) -> SweepAsked:
        """Raises OptionInvalid or SweepValuesInvalid. Where no seed was chosen there is one from here on."""
        *sliders, rows, row_values, columns, column_values, max_tokens, typed = given
        seed = seed_of(typed)
        seed = secrets.randbelow(SEED_LIMIT) if seed is None else seed
        sampling = self._parts.sampling.read(sliders).model_copy(update={"seed": seed})
        axes = axis_of(rows, row_values), axis_of(columns, column_values)
        try:
            options = SweepOptions(rows=axes[0], columns=axes[1], max_tokens=max_tokens)
        except ValidationError as error:
            raise OptionInvalid(name="sweep", value=str(max_tokens)[:40]) from error
        return SweepAsked(position, sampling, options.rows, options.columns, options.max_tokens)
