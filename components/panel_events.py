"""What the Playground's small tabs do alike: who asks, a model that reads and can be stopped, what is taken away."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from components.page_action import PageAction
from components.playground_screen import PlaygroundVisit
from components.playground_share import share_view
from components.playground_tab import PlaygroundParts
from components.services import Services
from components.shown_errors import Update
from errors import PermalinkInvalid
from playground.exports import Result, to_csv, to_json
from playground.permalinks import Experiment, Panel, from_fragment


@dataclass(frozen=True)
class RunParts:
    """``stop`` is in sight while the model works for the tab, else ``run``; ``status`` says how it goes."""

    run: gr.Button
    stop: gr.Button
    status: gr.HTML

    def working(self, sentence: str) -> Update:
        """``sentence`` may be escaped text only."""
        return {self.status: note(sentence), self.run: gr.Button(visible=False), self.stop: gr.Button(visible=True)}

    def at_rest(self, sentence: str = "") -> Update:
        """The model works no more; why, where that is not plain to see."""
        said = note(sentence) if sentence else ""
        return {self.status: said, self.run: gr.Button(visible=True), self.stop: gr.Button(visible=False)}

    def refused(self, sentence: str) -> Update:
        """What was shown before stays; ``sentence`` says why there is nothing new."""
        return self.at_rest() | {self.status: refusal(sentence)}


class Stops:
    """What tells a run to end by itself, so that what it wrote is shown whole: one for each tab of a browser."""

    def __init__(self) -> None:
        self._by_tab: dict[tuple[str, str], asyncio.Event] = {}

    @contextmanager
    def of_run(self, visit: PlaygroundVisit) -> Iterator[asyncio.Event]:
        """Set when the run of this tab that began last is to end."""
        key, stop = (visit.owner, visit.session), asyncio.Event()
        self._by_tab[key] = stop
        try:
            yield stop
        finally:
            if self._by_tab.get(key) is stop:
                del self._by_tab[key]

    def running(self, visit: PlaygroundVisit) -> asyncio.Event | None:
        """To stop it; None when nothing runs."""
        return self._by_tab.get((visit.owner, visit.session))


class PanelEvents:
    """For the handlers of a small tab; its sentences are in the tab, not in a toast."""

    has_toasts = False

    def __init__(self, services: Services, parts: PlaygroundParts) -> None:
        self.services = services
        self._parts = parts
        self._room = services.playground

    def _visit(self, request: gr.Request) -> PlaygroundVisit:
        """Raises SessionMissing."""
        return PlaygroundVisit.of(self.services, request)

    async def _experiment(self, visit: PlaygroundVisit, panel: Panel, **told: Any) -> Experiment:
        """That of ``panel``, made here and now; ``told`` are its other fields."""
        model = await visit.playground.model()
        return Experiment(panel=panel, model=model.facts.name, fingerprint=model.fingerprint, **told)

    async def _share(self, visit: PlaygroundVisit, experiment: Experiment, result: Result) -> str:
        """Have the files of ``result`` ready; how to get at them, and at the experiment."""

        def keep() -> str:
            csv, json = to_csv(result), to_json(experiment, result)
            self._room.exports.keep(visit.owner, visit.session, experiment.panel, csv, json)
            return share_view(experiment, visit.session, visit.text)

        return await asyncio.to_thread(keep)


def restored(event: gr.EventData, panel: Panel) -> Experiment | None:
    """The experiment of the address somebody came in by, if it is one of ``panel``.

    That an address is none is told where the controls are.
    """
    action = PageAction(event)
    if action.name != "restore":
        return None
    try:
        experiment = from_fragment(action.text("link"))
    except PermalinkInvalid:
        return None
    return experiment if experiment.panel == panel else None


def note(sentence: str) -> str:
    """``sentence`` is escaped already."""
    return f'<p class="pg-note" role="status">{sentence}</p>'


def refusal(sentence: str) -> str:
    """Of any text."""
    return f'<p class="refused" role="alert">{escape(sentence)}</p>'
