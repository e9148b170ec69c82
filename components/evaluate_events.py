"""The events of the Evaluate tab."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from components.evaluate_panel import MOST_VARIANTS, NUM_PROPOSED, EvaluateParts
from components.evaluation_screen import EvaluationScreen, Visit, ended, proposed
from components.language import language_of
from components.page_action import PageAction
from components.quiet import QUIET
from components.services import MeasuringRoom, Services
from components.shown_errors import Update, shows_errors
from components.visitors import Count, asker_of, is_a_turn
from errors import NothingToSearch, TriplesTooLarge
from models.embedding.shelf import costs_the_operator
from rag.evaluation import EvaluationTask
from rag.evaluation_files import (
    MAX_ANSWER_CHARACTERS,
    MAX_MEGABYTES,
    MAX_QUESTION_CHARACTERS,
    MAX_SOURCE_CHARACTERS,
    MAX_TRIPLES,
    triples_from,
)
from rag.evaluation_runs import evaluated
from rag.triple_proposals import worth_asking
from safety.surrogates import without_surrogates
from storage.document_records import Passage
from storage.triples import Triple

WITHIN = f"(id, num) => [id, ...tertulia.within([num], [{list(NUM_PROPOSED)}])]"


class EvaluateEvents:
    """Handlers over ``parts``; each asks the cookie who is there, and what is another's does not exist."""

    has_toasts = False

    def __init__(self, services: Services, parts: EvaluateParts) -> None:
        self.services = services
        self._parts = parts
        self._running: set[str] = set()  # owners for whom something is measured: one thing at a time for each

    def wire(self, collection_id: gr.Textbox) -> None:
        """Connect everything; the questions are those of the collection that is open."""
        parts, given = self._parts, [collection_id]
        newest: dict[str, Any] = {**QUIET, "trigger_mode": "always_last"}
        proposing = parts.propose.click(self.propose, [*given, parts.num_proposed], parts.proposing, js=WITHIN, **QUIET)
        running = parts.run.click(self.run, [*given, *parts.variants.inputs], parts.running, **QUIET)
        no_proposals = [parts.propose, parts.stop_proposing, parts.status]
        parts.stop_proposing.click(self.stop_proposing, None, no_proposals, cancels=[proposing], **QUIET)
        parts.stop.click(self.stop, None, [parts.run, parts.stop, parts.status], cancels=[running], **QUIET)
        parts.tab.select(self.look, given, parts.shown, **newest)
        moved = [*parts.shown, *self._deeds]
        collection_id.change(self.follow, given, moved, cancels=[proposing, running], **newest)
        parts.add.click(self.add, [*given, *parts.written], [*parts.written, parts.questions, parts.status], **QUIET)
        parts.upload.upload(self.read, [*given, parts.upload], [parts.questions, parts.status], **QUIET)
        parts.bridge.select(self.act, given, [parts.questions, parts.status], trigger_mode="multiple", **QUIET)

    @property
    def _deeds(self) -> list[Any]:
        parts = self._parts
        return [parts.propose, parts.stop_proposing, parts.run, parts.stop]

    # --- questions ---------------------------------------------------------------------------------------------------

    @shows_errors
    async def look(self, collection_id: str | None, request: gr.Request) -> AsyncGenerator[Update, None]:
        """Show what is kept for the collection."""
        screen = self._screen(collection_id, request)
        yield await asyncio.to_thread(screen.whole)

    @shows_errors
    async def follow(self, collection_id: str | None, request: gr.Request) -> AsyncGenerator[Update, None]:
        """Another collection is open, and what was under way in the last one was stopped."""
        screen = self._screen(collection_id, request)
        yield await asyncio.to_thread(screen.whole) | screen.rest()

    @shows_errors
    async def add(
        self, collection_id: str | None, question: str, answer: str, source: str, request: gr.Request
    ) -> AsyncGenerator[Update, None]:
        """Keep a question that a person wrote."""
        screen = self._screen(collection_id, request)
        written = (
            without_surrogates(text or "").strip()[:most]
            for text, most in (
                (question, MAX_QUESTION_CHARACTERS), (answer, MAX_ANSWER_CHARACTERS), (source, MAX_SOURCE_CHARACTERS),
            )
        )  # fmt: skip
        triple = Triple(*written)
        if not triple.question or not (triple.answer or triple.source_text):
            yield screen.say("app_evaluate_incomplete")
            return
        await asyncio.to_thread(self._keep, screen, [triple])
        fields = dict.fromkeys(self._parts.written, "")
        yield fields | await asyncio.to_thread(screen.questions) | screen.say("app_evaluate_added", count=1)

    @shows_errors
    async def read(
        self, collection_id: str | None, path: str | None, request: gr.Request
    ) -> AsyncGenerator[Update, None]:
        """Keep the questions of a file, all or none; Gradio's copy is gone afterwards."""
        screen = self._screen(collection_id, request)
        if path is None:
            return
        self.services.visitors.take(Count.UPLOAD, asker_of(self.services, request))
        triples = await asyncio.to_thread(_read, Path(path))
        await asyncio.to_thread(self._keep, screen, triples)
        said = screen.say("app_evaluate_added", count=len(triples))
        yield await asyncio.to_thread(screen.questions) | said

    def _keep(self, screen: EvaluationScreen, triples: Sequence[Triple]) -> None:
        owner, collection_id = screen.owner, screen.collection_id
        if len(self._room.triples.listed(owner, collection_id)) + len(triples) > MAX_TRIPLES:
            raise TriplesTooLarge(megabytes=MAX_MEGABYTES, limit=MAX_TRIPLES)
        self._room.triples.add(owner, collection_id, *triples)

    @shows_errors
    async def act(
        self, collection_id: str | None, request: gr.Request, event: gr.EventData
    ) -> AsyncGenerator[Update, None]:
        """What the page's own script asks for; what it never asks for does nothing."""
        action, screen = PageAction(event), self._screen(collection_id, request)

        def delete() -> Update:
            ids = [one.id for one in screen.triples()] if action.name == "clear" else [action.text("id")]
            self._room.triples.delete(screen.owner, screen.collection_id, ids)
            return screen.questions()

        if action.name in ("delete", "clear"):
            yield await asyncio.to_thread(delete) | {self._parts.status: ""}

    # --- the model's work --------------------------------------------------------------------------------------------

    @shows_errors
    @is_a_turn
    async def propose(
        self, collection_id: str | None, num: float | None, request: gr.Request
    ) -> AsyncGenerator[Update, None]:
        """Have the model ask about passages; each question is kept as it comes."""
        screen = self._screen(collection_id, request)
        num = min(max(int(num or 1), NUM_PROPOSED[0]), NUM_PROPOSED[1])

        def choose() -> tuple[Passage, ...]:
            found = self.services.documents.reading.passages.passages(screen.owner, screen.collection_id)
            return worth_asking(tuple(found), num)

        passages = await asyncio.to_thread(choose)
        if not passages:
            raise NothingToSearch
        async with aclosing(_ending(self._proposed(screen, passages), proposed(self._parts))) as updates:
            async for update in updates:
                yield update

    async def _proposed(self, screen: EvaluationScreen, passages: Sequence[Passage]) -> AsyncGenerator[Update, None]:
        yield screen.proposing(0, len(passages))
        number, num_kept = 0, 0
        async with aclosing(self._room.propose(screen.owner, passages)) as proposals:
            async for triple in proposals:
                number += 1
                if triple is not None:
                    await asyncio.to_thread(self._keep, screen, [triple])
                    num_kept += 1
                yield await asyncio.to_thread(screen.questions) | screen.proposing(number, len(passages))
        yield proposed(self._parts) | screen.say("app_evaluate_proposed", count=num_kept, total=len(passages))

    @shows_errors
    @is_a_turn
    async def run(self, request: gr.Request, collection_id: str | None, *values: Any) -> AsyncGenerator[Update, None]:
        """Measure every combination of what is ticked; rows come as they are done."""
        screen = self._screen(collection_id, request)
        variants = self._parts.variants.read(values, self._embedders(screen.owner))
        triples = await asyncio.to_thread(screen.triples)
        problem = _problem(len(triples), len(variants), screen.owner in self._running)
        if problem:
            yield screen.say(problem, count=len(variants), limit=MOST_VARIANTS)
            return
        task = EvaluationTask(screen.owner, screen.collection_id, triples, variants)
        async with aclosing(_ending(self._measured(screen, task), ended(self._parts))) as updates:
            async for update in updates:
                yield update

    def _embedders(self, owner: str) -> tuple[str, ...]:
        """Names of those that ``owner`` may use."""
        is_lent, names = self.services.visitors.lends(owner), self.services.documents.embedders
        return tuple(name for name in names if is_lent or not costs_the_operator(name))

    async def _measured(self, screen: EvaluationScreen, task: EvaluationTask) -> AsyncGenerator[Update, None]:
        self._running.add(task.owner)
        try:
            yield screen.measuring()
            async with aclosing(evaluated(self._room.evaluation, task)) as states:
                async for state in states:
                    if state.progress is None:
                        await asyncio.to_thread(self._room.results.put, task.owner, task.collection_id, state.rows)
                        yield screen.results(state.rows)
                    else:
                        yield screen.measured(state, task.variants)
        finally:
            self._running.discard(task.owner)
        yield ended(self._parts) | screen.say("app_evaluate_done", count=len(task.variants))

    @shows_errors
    async def stop_proposing(self, request: gr.Request) -> AsyncGenerator[Update, None]:
        """What was proposed stays."""
        self.services.owners.owner_of(request)
        yield proposed(self._parts) | {self._parts.status: ""}

    @shows_errors
    async def stop(self, request: gr.Request) -> AsyncGenerator[Update, None]:
        """What was measured stays."""
        self.services.owners.owner_of(request)
        yield ended(self._parts) | {self._parts.status: ""}

    def refused(self, sentence: str) -> Update:
        """What is shown stays."""
        return {self._parts.status: f'<p class="refused" role="alert">{escape(sentence)}</p>'}

    @property
    def _room(self) -> MeasuringRoom:
        return self.services.documents.measuring

    def _screen(self, collection_id: str | None, request: gr.Request) -> EvaluationScreen:
        """Raises CollectionNotFound, when something is asked of it."""
        owner = self.services.owners.owner_of(request)
        visit = Visit(owner, collection_id or "", language_of(request))
        return EvaluationScreen(self.services, self._parts, visit)


async def _ending(updates: AsyncGenerator[Update, None], end: Update) -> AsyncGenerator[Update, None]:
    """``updates``, and ``end`` when they fail: its button can then be pressed again."""
    try:
        async with aclosing(updates) as states:
            async for update in states:
                yield update
    except Exception:
        yield end
        raise


def _read(path: Path) -> tuple[Triple, ...]:
    try:
        if path.stat().st_size > MAX_MEGABYTES * 1_000_000:
            raise TriplesTooLarge(megabytes=MAX_MEGABYTES, limit=MAX_TRIPLES)
        return triples_from(path.read_bytes())
    finally:
        path.unlink(missing_ok=True)


def _problem(num_triples: int, num_variants: int, is_running: bool) -> str | None:
    """The key of what keeps it from being run."""
    if not num_triples:
        return "app_evaluate_no_questions"
    if not num_variants:
        return "app_evaluate_no_variants"
    if num_variants > MOST_VARIANTS:
        return "app_evaluate_many_variants"
    return "app_evaluate_busy" if is_running else None
