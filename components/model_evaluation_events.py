"""The events of the Evaluate tab of the Models room."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from chains.evaluation.files import MAX_MEGABYTES, task_set_from
from chains.evaluation.plans import EvaluationPlan
from chains.evaluation.task_sets import MAX_ITEMS, TaskSet
from components.language import language_of
from components.local_text import LocalText
from components.model_evaluation_choice import ChosenEvaluation, UploadedSets
from components.model_evaluation_form import MAX_NAME_CHARACTERS, uploaded_note
from components.model_evaluation_panel import ModelEvaluationParts
from components.model_evaluation_screen import ModelEvaluationScreen, Place, refusal
from components.page_action import PageAction
from components.quiet import QUIET
from components.services import Services
from components.shown_errors import Update, shows_errors
from components.visitors import Count, asker_of
from errors import TaskSetTooLarge
from safety.surrogates import without_surrogates

Deed = Callable[[], Coroutine[Any, Any, Update]]


class ModelEvaluationEvents:
    """Handlers over ``parts``; each asks the cookie who is there, and what is another's does not exist."""

    has_toasts = False

    def __init__(self, services: Services, parts: ModelEvaluationParts) -> None:
        self.services = services
        self._parts = parts
        self._room = services.models.evaluating
        self._uploads = UploadedSets()

    def wire(self) -> None:
        """Connect everything."""
        parts, given = self._parts, [self._parts.place]
        newest: dict[str, Any] = {**QUIET, "trigger_mode": "always_last"}
        parts.tab.select(self.look, given, parts.shown, **newest)
        parts.timer.tick(self.tick, given, parts.shown, **QUIET)
        parts.upload.upload(self.read, [parts.upload], [parts.uploaded, parts.status], **QUIET)
        parts.bridge.select(self.act, given, parts.shown, trigger_mode="multiple", **QUIET)

    @shows_errors
    async def look(self, place: str | None, request: gr.Request) -> AsyncGenerator[Update, None]:
        """Show what there is to choose from, and how everything stands."""
        screen = self._screen(request)
        yield await asyncio.to_thread(screen.form)
        yield await screen.standing(Place.from_text(place))

    @shows_errors
    async def tick(self, place: str | None, request: gr.Request) -> AsyncGenerator[Update, None]:
        """Show how far it is by now."""
        yield await self._screen(request).standing(Place.from_text(place), is_tick=True)

    @shows_errors
    async def read(self, path: str | None, request: gr.Request) -> AsyncGenerator[Update, None]:
        """Take a file of questions, all or none; Gradio's copy is gone afterwards."""
        owner, text = self._owner(request), self._text(request)
        if path is None:
            return
        self.services.visitors.take(Count.UPLOAD, asker_of(self.services, request))
        task_set = await asyncio.to_thread(_task_set, Path(path))
        key = self._uploads.keep(owner, task_set)
        yield {self._parts.uploaded: uploaded_note(key, task_set, text), self._parts.status: ""}

    @shows_errors
    async def act(self, place: str | None, request: gr.Request, event: gr.EventData) -> AsyncGenerator[Update, None]:
        """What the page's own script asks for; what it never asks for does nothing."""
        action, screen, owner = PageAction(event), self._screen(request), self._owner(request)
        here, an_id, number = Place.from_text(place), action.text("id"), action.number("variant")
        deeds: dict[str, Deed] = {
            "start": partial(self._start, owner, action, screen),
            "stop": partial(self._done, screen, here, self._room.runner.stop, owner, an_id),
            "resume": partial(self._done, screen, here, self._room.runner.resume, owner, an_id),
            "delete": partial(self._done, screen, here, self._room.runner.delete, owner, an_id),
            "open": partial(self._open, screen, owner, Place(an_id)),
            "baseline": partial(self._open, screen, owner, Place(an_id, number or 0)),
            "outcomes": partial(asyncio.to_thread, screen.outcomes, an_id, number),
        }
        if action.name in deeds:
            yield {self._parts.status: ""} | await deeds[action.name]()

    async def _start(self, owner: str, action: PageAction, screen: ModelEvaluationScreen) -> Update:
        chosen = ChosenEvaluation(action, owner, self._room.library, self._uploads)
        if chosen.problem:
            return screen.warn(chosen.problem)
        plan = await asyncio.to_thread(self._plan, owner, chosen, screen.language)
        started = await self._room.runner.start(owner, plan)
        said = screen.say("app_md_ev_begun", count=plan.num_outcomes)
        return await screen.standing(Place(started.id)) | {self._parts.outcomes: ""} | said

    def _plan(self, owner: str, chosen: ChosenEvaluation, language: str) -> EvaluationPlan:
        return chosen.plan(partial(self.services.chat.templates.get, owner, language))

    async def _done(
        self,
        screen: ModelEvaluationScreen,
        place: Place,
        deed: Callable[[str, str], Coroutine[Any, Any, object]],
        owner: str,
        an_id: str,
    ) -> Update:
        await deed(owner, an_id)
        return await screen.standing(place)

    async def _open(self, screen: ModelEvaluationScreen, owner: str, place: Place) -> Update:
        await asyncio.to_thread(self._room.store.get, owner, place.id)
        return {self._parts.outcomes: ""} | await screen.standing(place)

    def refused(self, sentence: str) -> Update:
        """What was shown before stays."""
        return {self._parts.status: refusal(sentence)}

    def _owner(self, request: gr.Request) -> str:
        return self.services.owners.owner_of(request)

    def _text(self, request: gr.Request) -> LocalText:
        return LocalText(self.services.catalogue, language_of(request))

    def _screen(self, request: gr.Request) -> ModelEvaluationScreen:
        return ModelEvaluationScreen(self.services, self._parts, self._owner(request), self._text(request))


def _task_set(path: Path) -> TaskSet:
    try:
        if path.stat().st_size > MAX_MEGABYTES * 1_000_000:
            raise TaskSetTooLarge(megabytes=MAX_MEGABYTES, limit=MAX_ITEMS)
        name = " ".join(without_surrogates(path.stem).split())[:MAX_NAME_CHARACTERS]
        return task_set_from(path.read_bytes(), name or path.suffix)
    finally:
        path.unlink(missing_ok=True)
