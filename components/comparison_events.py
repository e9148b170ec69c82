"""The events of the Compare tab of the Models room."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from html import escape
from typing import Any

import gradio as gr

from chains.compared_answer import Contender
from chains.comparison import LEAST_CONTENDERS, MAX_CHARACTERS, MOST_CONTENDERS, Comparison, Question
from components.comparison_contenders import Chosen, count_of
from components.comparison_panel import ComparisonParts
from components.comparison_screen import ComparisonScreen
from components.page_action import PageAction
from components.panel_events import Stops, note
from components.playground_screen import PlaygroundVisit
from components.quiet import QUIET
from components.services import Services
from components.shown_errors import Update, shows_errors
from components.steadily import steadily
from components.visitors import is_a_turn
from errors import OptionInvalid
from safety.surrogates import without_surrogates

SECONDS_A_FRAME = 0.2
TIE, NONE_GOOD = "tie", "none"


class ComparisonEvents:
    """Handlers over ``parts``; each asks the cookie who is there, and comparisons of others do not exist."""

    has_toasts = False

    def __init__(self, services: Services, parts: ComparisonParts) -> None:
        self.services = services
        self._parts = parts
        self._room = services.models.comparing
        self._stops = Stops()

    def wire(self) -> None:
        """Connect everything."""
        parts, contenders = self._parts, self._parts.contenders
        newest: dict[str, Any] = {**QUIET, "trigger_mode": "always_last"}
        models = [one.model for one in contenders.controls]
        livelier = contenders.controls[1].numbers["temperature"]
        looked = [*models, livelier, parts.examples, parts.only_blind, parts.board, parts.status]
        parts.tab.select(self.look, [parts.only_blind, parts.vote, *contenders.inputs], looked, **newest)
        parts.only_blind.input(self.count, parts.only_blind, [parts.board, parts.only_blind, parts.status], **newest)
        changed = [*contenders.outputs, parts.status]
        contenders.add.click(self.add, contenders.inputs, changed, **QUIET)
        for place, one in enumerate(contenders.controls):
            one.remove.click(self._remover(place), contenders.inputs, changed, **QUIET)
        asked = [parts.question, parts.is_blind, *contenders.inputs]
        parts.run.click(self.compare, asked, parts.running, trigger_mode="once", **QUIET)
        parts.stop.click(self.stop, None, [parts.status, parts.run, parts.stop], **QUIET)
        voting = [*parts.voting, parts.only_blind]
        parts.bridge.select(self.act, parts.only_blind, voting, trigger_mode="multiple", **QUIET)

    # --- what is shown -----------------------------------------------------------------------------------------------

    @shows_errors
    async def look(
        self, request: gr.Request, only_blind: bool | None, seen: str | None, *given: Any
    ) -> AsyncGenerator[Update, None]:
        """Offer the models that are there now; what was chosen and asked stays."""
        visit = self._visit(request)
        screen = self._screen(visit)
        names = await asyncio.to_thread(self.services.models.shelf.names, visit.owner)
        board = await asyncio.to_thread(screen.board, is_blind_only=bool(only_blind))
        yield {
            **self._parts.contenders.offer(names, given),
            **({} if seen else screen.examples()),
            **board,
        }

    @shows_errors
    async def count(self, request: gr.Request, only_blind: bool | None) -> AsyncGenerator[Update, None]:
        """The leaderboard by all votes, or by the blind ones."""
        screen = self._screen(self._visit(request))
        yield await asyncio.to_thread(screen.board, is_blind_only=bool(only_blind))

    @shows_errors
    async def add(self, request: gr.Request, *given: Any) -> AsyncGenerator[Update, None]:
        """One more takes part."""
        self._visit(request)
        yield self._parts.contenders.update(min(count_of(given) + 1, MOST_CONTENDERS))

    def _remover(self, place: int) -> Callable[..., AsyncGenerator[Update, None]]:
        async def remove(request: gr.Request, *given: Any) -> AsyncGenerator[Update, None]:
            async with aclosing(self.remove(place, request, *given)) as updates:
                async for update in updates:
                    yield update

        return remove

    @shows_errors
    async def remove(self, place: int, request: gr.Request, *given: Any) -> AsyncGenerator[Update, None]:
        """The one at ``place`` takes part no more; those after it move up."""
        self._visit(request)
        contenders = self._parts.contenders
        rows = contenders.rows(given)
        count = max(count_of(given) - 1, LEAST_CONTENDERS)
        rows.append([rows[place][0], *[""] * (len(rows[place]) - 1)])  # for when one is added again
        del rows[place]
        yield contenders.update(count, rows)

    # --- a comparison ------------------------------------------------------------------------------------------------

    @shows_errors
    @is_a_turn
    async def compare(
        self, request: gr.Request, question: str | None, is_blind: bool | None, *given: Any
    ) -> AsyncGenerator[Update, None]:
        """Ask all of them, and show their answers as they grow."""
        visit = self._visit(request)
        asked = Question(without_surrogates(question or "")[: MAX_CHARACTERS + 1], visit.text.language)
        chosen = self._parts.contenders.read(given)
        contenders = await asyncio.to_thread(self._contenders, visit.owner, chosen)
        comparison = self._room.comparer.ask(visit.owner, asked, contenders, is_blind=bool(is_blind))
        self._room.shelf.keep(comparison)
        async with aclosing(self._run(visit, comparison)) as updates:
            async for update in updates:
                yield update

    @shows_errors
    async def stop(self, request: gr.Request) -> AsyncGenerator[Update, None]:
        """Have nobody write any more; what they wrote is shown by whoever listens to them."""
        visit = self._visit(request)
        running = self._stops.running(visit)
        if running is None:
            yield self._screen(visit).buttons.at_rest()
            return
        yield {self._parts.status: note(visit.text.html("app_md_cmp_stopping"))}
        running.set()

    async def _run(self, visit: PlaygroundVisit, comparison: Comparison) -> AsyncGenerator[Update, None]:
        screen = self._screen(visit)
        shown = screen.begun(comparison)
        try:
            with self._stops.of_run(visit) as stop:
                yield shown
                async with aclosing(_frames(comparison, stop)) as frames:
                    async for _ in frames:
                        news = screen.growing(comparison)
                        yield {part: value for part, value in news.items() if shown.get(part) != value}
                        shown |= news
        except Exception:
            yield screen.buttons.at_rest()
            raise
        yield screen.ended(comparison)

    # --- votes -------------------------------------------------------------------------------------------------------

    @shows_errors
    async def act(
        self, request: gr.Request, event: gr.EventData, only_blind: bool | None
    ) -> AsyncGenerator[Update, None]:
        """What the page's own script asks for; what it never asks for does nothing."""
        action, visit = PageAction(event), self._visit(request)
        screen = self._screen(visit)
        if action.name == "example":
            yield {self._parts.question: action.text("text")[:MAX_CHARACTERS]}
        if action.name == "vote":
            comparison = self._room.shelf.get(visit.owner, action.text("comparison"))
            vote = comparison.vote(_winner(action.text("choice")), is_none_good=action.text("choice") == NONE_GOOD)
            await asyncio.to_thread(self._room.votes.add, visit.owner, vote)
            self._room.shelf.reveal(comparison)
            board = await asyncio.to_thread(screen.board, is_blind_only=bool(only_blind))
            yield screen.voted(comparison, vote) | board
        if action.name == "forget":
            await asyncio.to_thread(self._room.votes.delete_all, visit.owner)
            yield await asyncio.to_thread(screen.board, is_blind_only=bool(only_blind))

    def refused(self, sentence: str) -> Update:
        """What was shown before stays."""
        return {self._parts.status: f'<p class="refused" role="alert">{escape(sentence)}</p>'}

    # --- what was given ----------------------------------------------------------------------------------------------

    def _contenders(self, owner: str, chosen: Sequence[Chosen]) -> list[Contender]:
        """Raises ModelUnknown, ModelKeyMissing or ModelPackageMissing."""
        shelf = self.services.models.shelf
        return [Contender(shelf.get(one.model, owner), one.sampling) for one in chosen]

    def _visit(self, request: gr.Request) -> PlaygroundVisit:
        """Raises SessionMissing."""
        return PlaygroundVisit.of(self.services, request)

    def _screen(self, visit: PlaygroundVisit) -> ComparisonScreen:
        return ComparisonScreen(self._room, self._parts, visit)


async def _frames(comparison: Comparison, stop: asyncio.Event) -> AsyncGenerator[None, None]:
    """Now and then while its answers grow, until all have ended or ``stop`` is set."""
    clock, shown_at = asyncio.get_running_loop().time, 0.0
    async with aclosing(steadily(comparison.run(), SECONDS_A_FRAME)) as states:
        async for state in states:
            if stop.is_set():
                return
            if state is None or clock() - shown_at >= SECONDS_A_FRAME:
                yield
                shown_at = clock()


def _winner(choice: str) -> int | None:
    """The place that was chosen, None for a tie. Raises OptionInvalid."""
    if choice in (TIE, NONE_GOOD):
        return None
    if not choice.isdecimal() or len(choice) > 1:
        raise OptionInvalid(name="vote", value=choice[:40])
    return int(choice)
