"""The events of the Playground's Samples tab: several texts written side by side, and going on from a token of one."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import gradio as gr
from pydantic import ValidationError

from components.page_action import PageAction
from components.panel_events import PanelEvents, RunParts, Stops, note, restored
from components.playground_sampling import seed_of
from components.playground_screen import PlaygroundVisit
from components.playground_tab import CHAT, PlaygroundParts
from components.quiet import QUIET
from components.samples_picture import SamplesPicture
from components.samples_place import SamplesPlace, samples_place_from
from components.services import Services
from components.shown_errors import Update, shows_errors
from components.steadily import steadily
from components.visitors import is_a_turn
from errors import OptionInvalid
from models.sampling import SEED_LIMIT
from playground.panel_options import SamplesOptions
from playground.positions import MAX_CHARACTERS, Position, PromptText
from playground.samples import SampleExperiment, Samples, SamplesAsked, samples_table
from safety.surrogates import without_surrogates

SECONDS_A_FRAME = 0.25


class SamplesEvents(PanelEvents):
    """What runs is known by its tab of the browser, so that it can be stopped and still be shown whole."""

    def __init__(self, services: Services, parts: PlaygroundParts) -> None:
        super().__init__(services, parts)
        self._samples = parts.samples
        controls = self._samples.controls
        self._running = RunParts(controls.run, controls.stop, self._samples.status)
        self._stops = Stops()

    def wire(self) -> None:
        """Connect everything."""
        parts, samples = self._parts, self._samples
        controls, shown = samples.controls, self._samples.seen
        given = [parts.prompt, parts.mode, samples.place, *self._chosen]
        kept: dict[str, Any] = {"js": self._within, **QUIET}
        run = gr.on([controls.run.click, controls.seed.submit], self.run, given, shown, trigger_mode="once", **kept)
        go_on = samples.bridge.submit(self.go_on, given, shown, cancels=[run], **kept)
        samples.bridge.click(self.begin, given, shown, cancels=[run, go_on], **kept)
        restoring = [*shown, controls.num, controls.max_tokens, controls.seed]
        parts.bridge.input(self.restore, None, restoring, cancels=[run, go_on], **QUIET)
        controls.stop.click(self.stop, None, [samples.status, controls.run, controls.stop], **QUIET)

    @shows_errors
    @is_a_turn
    async def run(
        self, request: gr.Request, prompt: str, mode: str, place: str, *given: Any
    ) -> AsyncGenerator[Update, None]:
        """Write the texts. As long as the prompt is the same, they go on from the token that was chosen."""
        visit, here = self._visit(request), samples_place_from(place)
        position = Position(PromptText(without_surrogates(prompt or "")[:MAX_CHARACTERS], mode == CHAT))
        if here is not None and here.position.prompt == position.prompt:
            position = here.position
        async for update in self._run(visit, self._asked(position, given)):
            yield update

    @shows_errors
    @is_a_turn
    async def go_on(
        self, request: gr.Request, event: gr.EventData, prompt: str, mode: str, place: str, *given: Any
    ) -> AsyncGenerator[Update, None]:
        """From a token that was pressed in one of the texts, or from another one in its place."""
        action, visit, here = PageAction(event), self._visit(request), samples_place_from(place)
        if action.name != "token" or here is None:
            return
        position = here.at(action.number("message"), action.number("token"), action.number("other"))
        async for update in self._run(visit, self._asked(position, given)):
            yield update

    @shows_errors
    @is_a_turn
    async def begin(
        self, request: gr.Request, event: gr.EventData, prompt: str, mode: str, place: str, *given: Any
    ) -> AsyncGenerator[Update, None]:
        """From the prompt again."""
        action, visit, here = PageAction(event), self._visit(request), samples_place_from(place)
        if action.name != "begin" or here is None:
            return
        async for update in self._run(visit, self._asked(replace(here.position, path=()), given)):
            yield update

    @shows_errors
    async def restore(self, request: gr.Request, event: gr.EventData) -> AsyncGenerator[Update, None]:
        """Somebody came in by the address of samples."""
        visit, experiment = self._visit(request), restored(event, "samples")
        if experiment is None:
            return
        model = await visit.playground.model()
        here = experiment.on(model)
        options = here.options if isinstance(here.options, SamplesOptions) else SamplesOptions()
        controls, seed = self._samples.controls, here.sampling.seed
        yield {
            controls.num: options.num_samples,
            controls.max_tokens: options.max_tokens,
            controls.seed: "" if seed is None else str(seed),
        }
        asked = SamplesAsked(here.position, here.sampling, options.num_samples, options.max_tokens)
        written = () if experiment.differs_from(model) else options.texts
        async for update in self._run(visit, asked, written):
            yield update

    @shows_errors
    async def stop(self, request: gr.Request) -> AsyncGenerator[Update, None]:
        """Have the model write no more; what it wrote is shown by whoever listens to it."""
        visit = self._visit(request)
        running = self._stops.running(visit)
        if running is None:
            yield self._running.at_rest()
            return
        yield {self._samples.status: note(visit.text.html("app_samples_stopping"))}
        running.set()

    def refused(self, sentence: str) -> Update:
        """What was shown before stays."""
        return self._running.refused(sentence)

    # --- a run -------------------------------------------------------------------------------------------------------

    async def _run(
        self, visit: PlaygroundVisit, asked: SamplesAsked, written: Sequence[Sequence[int]] = ()
    ) -> AsyncGenerator[Update, None]:
        """Of texts that were ``written`` already, only the numbers are asked for."""
        experiment, owner = SampleExperiment(visit.playground, visit.local.sampler), visit.owner
        is_known = any(written) and await experiment.can_replay(asked, written)
        states = experiment.replay(owner, asked, written) if is_known else experiment.run(owner, asked)
        with self._stops.of_run(visit) as stop:
            yield self._running.working(visit.text.html("app_samples_reading"))
            latest = None
            async for latest in self._latest(states, stop):
                yield await self._growing(visit, latest)
            if latest is not None:
                yield await self._whole(visit, latest)

    async def _latest(
        self, coming: AsyncGenerator[Samples, None], stop: asyncio.Event
    ) -> AsyncGenerator[Samples, None]:
        """What is there, now and then; the last time when all of it is, or when ``stop`` was set."""
        clock, shown_at = asyncio.get_running_loop().time, 0.0
        latest: Samples | None = None
        async with aclosing(steadily(coming, SECONDS_A_FRAME)) as states:
            async for state in states:
                latest = state or latest
                if stop.is_set():
                    break
                if latest is not None and (state is None or clock() - shown_at >= SECONDS_A_FRAME):
                    yield latest
                    shown_at = clock()
        if latest is not None:
            yield latest

    async def _growing(self, visit: PlaygroundVisit, samples: Samples) -> Update:
        picture = await asyncio.to_thread(SamplesPicture(samples, frozenset(), visit.text).growing)
        return {self._samples.picture: picture, self._samples.status: note(_progress(samples, visit))}

    async def _whole(self, visit: PlaygroundVisit, samples: Samples) -> Update:
        asked, place = samples.asked, SamplesPlace.of(samples)
        written = place.texts if samples.is_whole else ()
        vocabulary = await visit.playground.vocabulary()
        picture = await asyncio.to_thread(SamplesPicture(samples, vocabulary.control_ids, visit.text).whole)
        experiment = await self._experiment(
            visit,
            "samples",
            text=asked.position.prompt.text,
            is_chat=asked.position.prompt.is_chat,
            path=asked.position.path,
            sampling=asked.sampling,
            options=SamplesOptions(num_samples=asked.num, max_tokens=asked.max_tokens, texts=written),
        )
        share = await self._share(visit, experiment, samples_table(samples))
        said = "" if samples.is_whole else visit.text.html("app_samples_stopped")
        told: Update = {self._samples.picture: picture, self._samples.share: share}
        told[self._samples.place] = place.to_text()
        return told | self._running.at_rest(said)

    # --- what the controls hold --------------------------------------------------------------------------------------

    @property
    def _chosen(self) -> list[Any]:
        controls = self._samples.controls
        return [*self._parts.sampling.inputs, controls.num, controls.max_tokens, controls.seed]

    @property
    def _within(self) -> str:
        """JavaScript: Gradio refuses what is sent beyond a slider's ends."""
        controls = self._samples.controls
        own = [[slider.minimum, slider.maximum] for slider in (controls.num, controls.max_tokens)]
        limits = [None, None, None, *self._parts.sampling.limits, *own, None]
        return f"(...given) => tertulia.within(given, {json.dumps(limits)})"

    def _asked(self, position: Position, given: Sequence[Any]) -> SamplesAsked:
        """Raises OptionInvalid. Where no seed was chosen there is one from here on."""
        *sliders, num, max_tokens, typed = given
        seed = seed_of(typed)
        seed = secrets.randbelow(SEED_LIMIT) if seed is None else seed
        sampling = self._parts.sampling.read(sliders).model_copy(update={"seed": seed})
        try:
            options = SamplesOptions(num_samples=num, max_tokens=max_tokens)
        except ValidationError as error:
            raise OptionInvalid(name="samples", value=str(given)[:40]) from error
        return SamplesAsked(position, sampling, options.num_samples, options.max_tokens)


def _progress(samples: Samples, visit: PlaygroundVisit) -> str:
    num_done = sum(text.ended is not None for text in samples.texts)
    num_waiting = sum(text.place is not None for text in samples.texts)
    key = "app_samples_waiting" if num_waiting else "app_samples_writing"
    return visit.text.html(key, done=num_done, total=len(samples.texts), waiting=num_waiting)
