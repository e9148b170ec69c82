"""What the Evaluate tab shows, as updates of its components."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import gradio as gr

from components.evaluate_panel import EvaluateParts
from components.evaluation_view import progress_view, questions_view, rated_view, results_view, variant_name
from components.local_text import LocalText
from components.services import Services
from components.shown_errors import Update
from components.shown_line import shown_line
from rag.evaluation import EvaluationRow, Variant
from rag.evaluation_runs import EvaluationState
from rag.modes import ROOM
from storage.triples import Triple


@dataclass(frozen=True)
class Visit:
    """Who is looking, at which collection ("" the owner's first)."""

    owner: str
    collection_id: str
    language: str


class EvaluationScreen:
    """Updates for one visit. What reads the stores blocks briefly, and raises CollectionNotFound."""

    def __init__(self, services: Services, parts: EvaluateParts, visit: Visit) -> None:
        self._services = services
        self._room = services.documents.measuring
        self._parts = parts
        self._visit = visit
        self._text = LocalText(services.catalogue, visit.language)

    @property
    def owner(self) -> str:
        return self._visit.owner

    @cached_property
    def collection_id(self) -> str:
        library, visit = self._services.documents.library, self._visit
        if not visit.collection_id:
            return library.collections(visit.owner)[0].id
        return library.collection(visit.owner, visit.collection_id).id

    def triples(self) -> tuple[Triple, ...]:
        return self._room.triples.listed(self.owner, self.collection_id)

    def whole(self) -> Update:
        """Everything that is kept for the collection."""
        rated = [
            one
            for one in self._room.ratings.listed(self.owner, ROOM)
            if one.options.get("collection_id") == self.collection_id
        ]
        rows = self._room.results.of(self.owner, self.collection_id)
        return {
            **self.questions(),
            **self.results(rows),
            self._parts.rated: rated_view(rated, self._services.catalogue, self._visit.language),
            self._parts.status: "",
        }

    def questions(self) -> Update:
        view = questions_view(self.triples(), self.collection_id, self._services.catalogue, self._visit.language)
        return {self._parts.questions: view}

    def results(self, rows: Sequence[EvaluationRow]) -> Update:
        """What was measured so far."""
        view = results_view(rows, self.collection_id, self._services.catalogue, self._visit.language)
        return {self._parts.results: view}

    def measured(self, state: EvaluationState, variants: Sequence[Variant]) -> Update:
        """How far the variant is that is being measured."""
        progress = state.progress
        if progress is None:
            return {}
        where = (progress.variant + 1, len(variants), variant_name(variants[progress.variant], self._text))
        return {self._parts.status: progress_view(progress, where, state.seconds_left, self._text)}

    def measuring(self) -> Update:
        """It begins, and can be stopped."""
        busy = {self._parts.run: gr.Button(visible=False), self._parts.stop: gr.Button(visible=True)}
        return busy | self.say("app_evaluate_beginning")

    def proposing(self, done: int, total: int) -> Update:
        """How far the model is with its questions."""
        label = self._text.html("app_evaluate_proposing", done=done, total=total)
        progress = f'<p><progress max="{total}" value="{done}" aria-label="{label}"></progress> {label}</p>'
        parts = self._parts
        return {
            parts.status: progress,
            parts.propose: gr.Button(visible=False),
            parts.stop_proposing: gr.Button(visible=True),
        }

    def rest(self) -> Update:
        """Nothing is under way."""
        return proposed(self._parts) | ended(self._parts)

    def say(self, key: str, **values: object) -> Update:
        """One sentence about what was asked for."""
        return {self._parts.status: f"<p>{shown_line(self._text.say(key, **values))}</p>"}


def proposed(parts: EvaluateParts) -> Update:
    """The model proposes nothing more."""
    return {parts.propose: gr.Button(visible=True), parts.stop_proposing: gr.Button(visible=False)}


def ended(parts: EvaluateParts) -> Update:
    """Nothing is measured any more."""
    return {parts.run: gr.Button(visible=True), parts.stop: gr.Button(visible=False)}
