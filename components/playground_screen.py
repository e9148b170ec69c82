"""What the Next token and Step by step tabs show of a position, and the files of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import gradio as gr

from components.language import language_of
from components.local_text import LocalText
from components.next_token_view import next_token_view
from components.playground_place import Place
from components.playground_sampling import seed_of
from components.playground_share import share_view
from components.playground_tab import PlaygroundParts
from components.services import PlaygroundRoom, Services
from components.shown_errors import Update
from components.step_view import Steps, step_view
from errors import OptionInvalid
from playground.chain import Order
from playground.experiments import Playground
from playground.exports import Result, to_csv, to_json
from playground.local_playgrounds import LocalPlayground
from playground.next_token import ChainSettings
from playground.permalinks import Experiment, Panel
from playground.views import Histogram, LoadedModel

NUM_SHOWN = 15  # candidates


@dataclass(frozen=True)
class PlaygroundVisit:
    """Who asks, from which tab of their browser, in which language.

    ``local`` is the model that the tab works with; it stays the same however long a call takes.
    """

    owner: str
    session: str
    text: LocalText
    room: PlaygroundRoom

    @classmethod
    def of(cls, services: Services, request: gr.Request) -> PlaygroundVisit:
        """Raises SessionMissing."""
        text = LocalText(services.catalogue, language_of(request))
        owner = services.owners.owner_of(request)
        return cls(owner, request.session_hash or "", text, services.playground)

    @cached_property
    def local(self) -> LocalPlayground:
        """Raises ModelUnknown for a model that was deleted meanwhile."""
        return self.room.local.of(self.owner, self.session)

    @property
    def playground(self) -> Playground:
        """Of that model."""
        return self.local.playground


class PlaygroundScreen:
    """``parts`` as one visitor sees them."""

    def __init__(self, services: Services, parts: PlaygroundParts, visit: PlaygroundVisit) -> None:
        self._room = services.playground
        self._parts = parts
        self._visit = visit

    async def at(self, place: Place, settings: ChainSettings, histogram: Histogram | None = None) -> Update:
        """Both tabs at ``place``. The model is asked only where it was not looked at before."""
        owner, position = self._visit.owner, place.position
        playground = self._visit.playground
        view = await playground.view(owner, position, settings, NUM_SHOWN, place.chosen)
        path, model = await playground.path(owner, position), await playground.model()
        take = partial(self._taken, self._experiment(place, settings, model))
        return await asyncio.to_thread(self._drawn, place, Steps(view, path, histogram), take)

    def reading(self) -> Update:
        """The model reads."""
        parts = self._parts
        said = f'<p class="pg-note" role="status">{self._visit.text.html("app_pg_reading")}</p>'
        return {parts.status: said, parts.look: gr.Button(visible=False), parts.stop: gr.Button(visible=True)}

    def _drawn(self, place: Place, steps: Steps, take: Callable[[Panel, Result], str]) -> Update:
        parts, text = self._parts, self._visit.text
        return {
            parts.next_token: next_token_view(steps.view, steps.path, text),
            parts.steps.picture: step_view(steps, text),
            parts.next_share: take("next", steps.view),
            parts.steps.share: take("steps", steps.path),
            parts.place: place.to_text(),
            parts.status: "",
        }

    def _taken(self, experiment: Experiment, panel: Panel, result: Result) -> str:
        """Have the files ready; how to get at them."""
        experiment = experiment.model_copy(update={"panel": panel})
        csv, json = to_csv(result), to_json(experiment, result)
        self._room.exports.keep(self._visit.owner, self._visit.session, panel, csv, json)
        return share_view(experiment, self._visit.session, self._visit.text, has_files=bool(csv))

    def _experiment(self, place: Place, settings: ChainSettings, model: LoadedModel) -> Experiment:
        position = place.position
        return Experiment(
            panel="next",
            model=model.facts.name,
            fingerprint=model.fingerprint,
            text=position.prompt.text,
            is_chat=position.prompt.is_chat,
            path=position.path,
            chosen=place.chosen,
            sampling=settings.sampling,
            order=settings.order,
        )


def settings_inputs(parts: PlaygroundParts) -> list[Any]:
    """What ``settings_from`` expects."""
    return [*parts.sampling.inputs, parts.sampling.order, parts.steps.seed]


def settings_from(parts: PlaygroundParts, values: Sequence[Any]) -> ChainSettings:
    """The settings that the controls show. Raises OptionInvalid."""
    *sliders, order, seed = values
    try:
        chosen = Order(order)
    except ValueError as error:
        raise OptionInvalid(name="order", value=str(order)[:40]) from error
    sampling = parts.sampling.read(sliders)
    return ChainSettings(sampling.model_copy(update={"seed": seed_of(seed)}), chosen)


def at_rest(parts: PlaygroundParts) -> Update:
    """The model reads no more."""
    return {parts.look: gr.Button(visible=True), parts.stop: gr.Button(visible=False)}
