"""What the Evaluate tab of the Models room shows, as updates of its components."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape

import gradio as gr

from chains.evaluation.history import EvaluationResult, result_of, results_with
from chains.templates import TemplateSpec
from components.local_text import LocalText
from components.model_evaluation_form import Offered, askers_form, questions_form
from components.model_evaluation_history import history_view
from components.model_evaluation_list import evaluations_view
from components.model_evaluation_outcomes import outcomes_view
from components.model_evaluation_panel import ModelEvaluationParts
from components.model_evaluation_view import result_view
from components.services import Services
from components.shown_errors import Update
from errors import EvaluationNotFound, OptionInvalid, TemplateInvalid
from storage.evaluations import EvaluationStatus, StoredEvaluation

MOST_DRAWN_LIVE = 2_000  # outcomes: of larger ones, the results are drawn when they end


@dataclass(frozen=True)
class Place:
    """Which evaluation is open, "" none, and the number of the variant that the others are held against.

    ``stamp`` tells what of it is drawn.
    """

    id: str = ""
    baseline: int = 0
    stamp: str = ""

    @classmethod
    def from_text(cls, text: str | None) -> Place:
        """What ``to_text`` made, or what somebody else made of it: ids are checked where they are used."""
        name, baseline, stamp = [*(text or "").split(" "), "", ""][:3]
        return cls(name, int(baseline) if baseline.isdecimal() and len(baseline) < 4 else 0, stamp)

    def to_text(self) -> str:
        return f"{self.id} {self.baseline} {self.stamp}"


class ModelEvaluationScreen:
    """Updates for ``owner``. All is asked anew: somebody else's tab, or the time, may have changed it."""

    def __init__(self, services: Services, parts: ModelEvaluationParts, owner: str, text: LocalText) -> None:
        self._services = services
        self._room = services.models.evaluating
        self._parts = parts
        self._owner = owner
        self._text = text

    @property
    def language(self) -> str:
        return self._text.language

    def form(self) -> Update:
        """What there is to choose from. Blocks briefly."""
        models = self._services.models.shelf.names(self._owner)
        offered = Offered(self._room.library.listed(), models, self._templates())
        return {
            self._parts.questions: questions_form(offered.sets, self._text),
            self._parts.askers: askers_form(offered, self._text),
        }

    def _templates(self) -> Sequence[TemplateSpec]:
        shelf = self._services.chat.templates
        found = [*shelf.built_in(self._text.language)]
        for kept in shelf.own(self._owner):
            try:
                found.append(TemplateSpec.model_validate({**kept.content, "id": kept.id}))
            except TemplateInvalid:  # kept by an older version, which took what this one refuses
                continue
        return [one for one in found if one.asks_question]

    async def standing(self, place: Place, *, is_tick: bool = False) -> Update:
        """The list, and what is open: the newest one where nothing was, or where that is gone.

        With ``is_tick`` only what may have changed by itself.
        """
        found = await self._room.runner.standing(self._owner)
        by_id = {one.evaluation.id: one for one in found}
        if place.id not in by_id:
            place = Place(found[0].evaluation.id if found else "")
        is_going = any(one.evaluation.status is EvaluationStatus.GOING for one in found)
        sets = {one.id: one for one in self._room.library.listed()}
        parts = self._parts
        update: Update = {
            parts.listed: evaluations_view(found, place.id, sets, self._text),
            parts.timer: gr.Timer(active=is_going),
        }
        if not place.id:
            return update | {parts.result: "", parts.history: "", parts.outcomes: "", parts.place: ""}
        stamp = _stamp(by_id[place.id].evaluation)
        if is_tick and stamp == place.stamp:
            return update
        update[parts.place] = replace(place, stamp=stamp).to_text()
        return update | await asyncio.to_thread(self._opened, place)

    def _opened(self, place: Place) -> Update:
        try:
            result = result_of(self._room.store, self._owner, place.id)
        except EvaluationNotFound:  # deleted since it was listed
            return {self._parts.result: "", self._parts.history: ""}
        results: Sequence[EvaluationResult] = ()
        if result.evaluation.status is not EvaluationStatus.GOING:
            results = results_with(self._room.store, self._owner, result.plan.task_set.fingerprint)
        return {
            self._parts.result: result_view(result, place.baseline, self._text),
            self._parts.history: history_view(results, place.id, self._text),
        }

    def outcomes(self, evaluation_id: str, number: int | None) -> Update:
        """Question by question. Blocks. Raises EvaluationNotFound or OptionInvalid."""
        result = result_of(self._room.store, self._owner, evaluation_id)
        if number is None or not 0 <= number < len(result.rows) or result.plan.task_set.is_text:
            raise OptionInvalid(name="variant", value=str(number))
        return {self._parts.outcomes: outcomes_view(result, number, self._text)}

    def say(self, key: str, **values: object) -> Update:
        """One sentence about what was asked for."""
        return {self._parts.status: f"<p>{self._text.html(key, **values)}</p>"}

    def warn(self, key: str, **values: object) -> Update:
        """The same of what cannot be done."""
        return {self._parts.status: refusal(self._text.say(key, **values))}


def refusal(sentence: str) -> str:
    """As HTML."""
    return f'<p class="refused" role="alert">{escape(sentence)}</p>'


def _stamp(one: StoredEvaluation) -> str:
    """Another one when its results are to be drawn anew."""
    is_large = one.status is EvaluationStatus.GOING and one.num_outcomes > MOST_DRAWN_LIVE
    return f"{one.status}{'' if is_large else one.num_done}"
