"""The events of the Playground's N-grams tab: counting in a text, and asking the model for the same beginning."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import gradio as gr
from pydantic import ValidationError

from components.ngrams_picture import NgramsPicture
from components.panel_events import PanelEvents, RunParts, Stops, note, restored
from components.playground_sampling import seed_of
from components.playground_screen import PlaygroundVisit
from components.playground_tab import PlaygroundParts
from components.quiet import QUIET
from components.services import Services
from components.shown_errors import Update, shows_errors
from components.steadily import steadily
from errors import OptionInvalid
from models.sampling import SEED_LIMIT
from playground.ngram_comparison import (
    Beginning,
    Counting,
    ModelHalf,
    ModelHalves,
    NgramComparison,
    NgramHalf,
    comparison_table,
    plain_sampling,
    written_by_model,
)
from playground.panel_options import NgramsOptions
from playground.positions import MAX_CHARACTERS
from playground.training_texts import book, document_text
from safety.surrogates import without_surrogates
from storage.document_records import Document, DocumentStatus

SECONDS_A_FRAME = 0.25
MAX_DOCUMENTS = 200  # in the list
READABLE = {DocumentStatus.READY, DocumentStatus.INDEXING}
BOOK = "(source) => tertulia.ngramsBook(source)"


@dataclass(frozen=True)
class Asked:
    """What the controls hold."""

    beginning: Beginning
    options: NgramsOptions


class NgramsEvents(PanelEvents):
    """What the model said stays known for a while: other n-grams beside it need no pass of the model.

    What runs is known by its tab of the browser, so that it can be stopped and no late word of it is shown.
    """

    def __init__(self, services: Services, parts: PlaygroundParts) -> None:
        super().__init__(services, parts)
        self._ngrams = parts.ngrams
        controls = self._ngrams.controls
        self._running = RunParts(controls.run, controls.stop, self._ngrams.status)
        self._halves = ModelHalves()
        self._stops = Stops()

    def wire(self) -> None:
        """Connect everything."""
        parts, controls, seen = self._parts, self._ngrams.controls, self._ngrams.seen
        given = [parts.prompt, *controls.inputs]
        kept: dict[str, Any] = {"js": controls.within, **QUIET}
        runs = [gr.on([controls.run.click, controls.seed.submit], self.run, given, seen, trigger_mode="once", **kept)]
        stopped = [self._ngrams.status, controls.run, controls.stop]
        sources = [controls.document, controls.none, *stopped]
        for filled in controls.wire_examples(parts.prompt):
            shown = filled.then(self.choose, [controls.source, controls.document], sources, **QUIET)
            runs.append(shown.then(self.run, given, seen, **kept))
        moved = [controls.n.input, controls.k.input]
        gr.on(moved, self.recount, given, self._ngrams.seen, trigger_mode="always_last", cancels=runs, **kept)
        parts.tabs.select(
            None, [controls.source], [controls.source], js=BOOK, api_visibility="private", show_progress="hidden"
        )
        controls.source.input(self.choose, [controls.source, controls.document], sources, **QUIET)
        restoring = [*seen, parts.prompt, *controls.inputs, controls.none]
        runs.append(parts.bridge.input(self.restore, None, restoring, cancels=list(runs), **QUIET))
        controls.stop.click(self.stop, None, stopped, **QUIET)

    # --- handlers ----------------------------------------------------------------------------------------------------

    @shows_errors
    async def run(self, request: gr.Request, prompt: str, *given: Any) -> AsyncGenerator[Update, None]:
        """Count, and let both go on."""
        async with aclosing(self._run(self._visit(request), _asked(prompt, given))) as updates:
            async for update in updates:
                yield update

    @shows_errors
    async def recount(self, request: gr.Request, prompt: str, *given: Any) -> AsyncGenerator[Update, None]:
        """The same by another n or k. The model is not asked: what it said is shown again where it is still known."""
        visit, asked = self._visit(request), _asked(prompt, given)
        counting, ngrams = await self._counted(visit.owner, asked)
        half = await self._known(visit, asked)
        found = await asyncio.to_thread(counting.compare, ngrams, half or ModelHalf())
        update = await self._drawn(visit, asked, found)
        share = await self._shared(visit, asked, found) if half else ""
        yield update | {self._ngrams.share: share} | self._running.at_rest()

    @shows_errors
    async def choose(
        self, request: gr.Request, source: str | None, document_id: str | None
    ) -> AsyncGenerator[Update, None]:
        """Show what the source asks for; the owner's documents are looked up when they are needed."""
        yield await self._chosen(self._visit(request), source or "", document_id or "")

    @shows_errors
    async def restore(self, request: gr.Request, event: gr.EventData) -> AsyncGenerator[Update, None]:
        """Somebody came in by the address of a comparison."""
        visit, experiment = self._visit(request), restored(event, "ngrams")
        if experiment is None:
            return
        options = experiment.options if isinstance(experiment.options, NgramsOptions) else NgramsOptions()
        asked = Asked(Beginning(experiment.text, experiment.sampling.seed or 0), options)
        controls = self._ngrams.controls
        yield {
            controls.source: options.source,
            controls.n: options.n,
            controls.k: options.k,
            controls.num_words: options.num_words,
            controls.seed: str(asked.beginning.seed),
            controls.own: options.training_text,
            **await self._chosen(visit, options.source, options.document_id),
        }
        async with aclosing(self._run(visit, asked)) as updates:
            async for update in updates:
                yield update

    @shows_errors
    async def stop(self, request: gr.Request) -> AsyncGenerator[Update, None]:
        """Have the model write no more; what it wrote is shown by whoever listens to it."""
        visit = self._visit(request)
        running = self._stops.running(visit)
        if running is None:
            yield self._running.at_rest()
            return
        yield {self._ngrams.status: note(visit.text.html("app_ngrams_stopping"))}
        running.set()

    def refused(self, sentence: str) -> Update:
        """What was shown before stays."""
        return self._running.refused(sentence)

    # --- a run -------------------------------------------------------------------------------------------------------

    async def _run(self, visit: PlaygroundVisit, asked: Asked) -> AsyncGenerator[Update, None]:
        with self._stops.of_run(visit) as stop:
            yield self._running.working(visit.text.html("app_ngrams_counting")) | {self._ngrams.share: ""}
            counting, ngrams = await self._counted(visit.owner, asked)
            half = await self._known(visit, asked)
            if half is None:
                async with aclosing(self._listening(visit, asked, stop)) as halves:
                    async for half in halves:
                        found = await asyncio.to_thread(counting.compare, ngrams, half)
                        said = visit.text.html("app_ngrams_writing" if half.words else "app_ngrams_reading")
                        drawn = await self._drawn(visit, asked, found, is_running=True)
                        yield drawn | {self._ngrams.status: note(said)}
        found = await asyncio.to_thread(counting.compare, ngrams, half or ModelHalf())
        share, drawn = await self._shared(visit, asked, found), await self._drawn(visit, asked, found)
        said = visit.text.html("app_ngrams_stopped") if stop.is_set() else ""
        yield drawn | {self._ngrams.share: share} | self._running.at_rest(said)

    async def _listening(
        self, visit: PlaygroundVisit, asked: Asked, stop: asyncio.Event
    ) -> AsyncGenerator[ModelHalf, None]:
        """The model's half as it grows, now and then; a whole one is kept. ``stop`` ends it."""
        clock, shown_at, latest = asyncio.get_running_loop().time, 0.0, ModelHalf()
        yield latest
        async with aclosing(steadily(self._heard(visit, asked), SECONDS_A_FRAME)) as halves:
            async for half in halves:
                latest = half or latest
                if stop.is_set():
                    break
                if half is None or clock() - shown_at >= SECONDS_A_FRAME:
                    yield latest
                    shown_at = clock()
            else:
                await self._keep(visit, asked, latest)
        yield latest

    async def _heard(self, visit: PlaygroundVisit, asked: Asked) -> AsyncGenerator[ModelHalf, None]:
        """The model's next words, then its text, longer and longer."""
        words = await visit.playground.next_words(visit.owner, asked.beginning.prompt)
        yield ModelHalf(words)
        written = written_by_model(visit.local.sampler, visit.owner, asked.beginning, asked.options.num_words)
        async with aclosing(written) as states:
            async for tokens in states:
                yield ModelHalf(words, tokens)

    async def _counted(self, owner: str, asked: Asked) -> tuple[Counting, NgramHalf]:
        options = asked.options

        def count() -> tuple[Counting, NgramHalf]:
            counting = Counting(self._training(owner, options), options)
            return counting, counting.go_on(asked.beginning)

        return await asyncio.to_thread(count)

    def _training(self, owner: str, options: NgramsOptions) -> str:
        """Blocks. Raises DocumentNotFound, also for a document that is another's."""
        if options.source == "own":
            return options.training_text
        if options.source == "document":
            pages = self.services.documents.reading.passages
            return document_text(pages, owner, options.document_id) if options.document_id else ""
        return book(options.source)

    # --- what the model said -----------------------------------------------------------------------------------------

    async def _known(self, visit: PlaygroundVisit, asked: Asked) -> ModelHalf | None:
        model = await visit.playground.model()
        return self._halves.get(visit.owner, model.fingerprint, asked.beginning, asked.options.num_words)

    async def _keep(self, visit: PlaygroundVisit, asked: Asked, half: ModelHalf) -> None:
        model = await visit.playground.model()
        self._halves.keep(visit.owner, model.fingerprint, asked.beginning, asked.options.num_words, half)

    # --- the screen --------------------------------------------------------------------------------------------------

    async def _drawn(
        self, visit: PlaygroundVisit, asked: Asked, found: NgramComparison, *, is_running: bool = False
    ) -> Update:
        picture = NgramsPicture(found, asked.beginning.text, visit.text, is_running=is_running)
        return {self._ngrams.picture: await asyncio.to_thread(picture.html)}

    async def _shared(self, visit: PlaygroundVisit, asked: Asked, found: NgramComparison) -> str:
        sampling = plain_sampling(asked.beginning.seed, asked.options.num_words)
        experiment = await self._experiment(
            visit, "ngrams", text=asked.beginning.text, sampling=sampling, options=asked.options
        )
        return await self._share(visit, experiment, comparison_table(found))

    async def _chosen(self, visit: PlaygroundVisit, source: str, document_id: str) -> Update:
        """The stylesheet shows what belongs to the source; the documents are looked up only where they are shown."""
        if source != "document":
            return {}
        controls = self._ngrams.controls
        documents = await asyncio.to_thread(self._documents, visit.owner)
        ids = [document.id for document in documents]
        choices = [(without_surrogates(document.name), document.id) for document in documents]
        value = document_id if document_id in ids else next(iter(ids), None)
        return {
            controls.document: gr.Dropdown(choices=choices, value=value),
            controls.none: "" if documents else note(visit.text.html("app_ngrams_no_document")),
        }

    def _documents(self, owner: str) -> tuple[Document, ...]:
        """Those of the owner whose text can be read. Blocks."""
        library = self.services.documents.library
        found = (one for group in library.collections(owner) for one in library.documents(owner, group.id))
        return tuple(one for one in found if one.status in READABLE)[:MAX_DOCUMENTS]


def _asked(prompt: str | None, given: Sequence[Any]) -> Asked:
    """Raises OptionInvalid. Where no seed was chosen there is one from here on."""
    source, own, document_id, n, k, num_words, typed = given
    seed = seed_of(typed)
    try:
        options = NgramsOptions(
            n=n,
            k=round(float(k), 2),
            source=source,
            training_text=(own or "")[:MAX_CHARACTERS] if source == "own" else "",
            document_id=(document_id or "") if source == "document" else "",
            num_words=num_words,
        )
    except (ValidationError, TypeError, ValueError) as error:
        raise OptionInvalid(name="ngrams", value=str(given)[:40]) from error
    text = without_surrogates(prompt or "")[:MAX_CHARACTERS]
    return Asked(Beginning(text, secrets.randbelow(SEED_LIMIT) if seed is None else seed), options)
