"""The events of the Playground's Tokens and Score tabs: what is done with whole texts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from components.panel_events import PanelEvents, RunParts, note, refusal, restored
from components.playground_screen import PlaygroundVisit
from components.playground_tab import PlaygroundParts
from components.quiet import QUIET
from components.score_picture import comparison_view, score_view
from components.services import Services
from components.shown_errors import Update, shows_errors
from components.tokens_picture import tokens_view
from components.visitors import is_a_turn
from playground.exports import Result
from playground.views import TextTokens
from safety.surrogates import without_surrogates

SEEN = "async (prompt, other) => [prompt, other, String(await tertulia.seesTokens())]"


@dataclass(frozen=True)
class Texts:
    """What was written in the prompt and in the field beside it; the second is empty when there is none."""

    first: str
    second: str

    @classmethod
    def of(cls, first: str | None, second: str | None) -> Texts:
        texts = [without_surrogates(given or "") for given in (first, second)]
        return cls(texts[0], texts[1] if texts[1].strip() else "")


class TextEvents:
    """Both tabs."""

    def __init__(self, services: Services, parts: PlaygroundParts) -> None:
        self.tokens = TokensEvents(services, parts)
        self.score = ScoreEvents(services, parts)

    def wire(self) -> None:
        """Connect everything."""
        self.tokens.wire()
        self.score.wire()


class TokensEvents(PanelEvents):
    """The prompt is split while it is written, as that needs no pass of the model."""

    def wire(self) -> None:
        """Connect everything."""
        parts, tokens = self._parts, self._parts.tokens
        gr.on(
            [parts.tabs.select, parts.prompt.change, tokens.other.change, parts.cloud.controls.choice.switched.change],
            self.split,
            [parts.prompt, tokens.other, tokens.seen],
            [tokens.picture, tokens.share, tokens.status],
            js=SEEN,
            trigger_mode="always_last",
            **QUIET,
        )
        tokens.controls.pairs.wire(parts.prompt, tokens.other)

    @shows_errors
    async def split(
        self, first: str | None, second: str | None, seen: str | None, request: gr.Request
    ) -> AsyncGenerator[Update, None]:
        """Show the tokens of one text, or of two side by side; nothing while nobody looks."""
        visit, texts, parts = self._visit(request), Texts.of(first, second), self._parts.tokens
        if seen != "true":
            return
        if not texts.first and not texts.second:
            yield {parts.picture: note(visit.text.html("app_tokens_empty")), parts.status: "", parts.share: ""}
            return
        playground = visit.playground
        result: Result
        shown: Sequence[TextTokens]
        if texts.second:
            result = shown = await playground.compare(texts.first, texts.second)
        else:
            result = one = await playground.tokens(texts.first)
            shown = (one,)
        window = (await playground.model()).facts.context_tokens
        view = await asyncio.to_thread(tokens_view, shown, window, visit.text)
        experiment = await self._experiment(visit, "tokens", text=texts.first, other_text=texts.second)
        share = await self._share(visit, experiment, result)
        yield {parts.picture: view, parts.status: "", parts.share: share}

    def refused(self, sentence: str) -> Update:
        """What was shown before stays."""
        return {self._parts.tokens.status: refusal(sentence)}


class ScoreEvents(PanelEvents):
    """The model reads the texts only when it is asked to."""

    def wire(self) -> None:
        """Connect everything."""
        parts, score = self._parts, self._parts.score
        texts = [parts.prompt, score.other]
        run, stop = score.controls.score, score.controls.stop
        shown = [score.picture, score.share, score.status, run, stop]
        asked: list[Any] = [gr.on([run.click, score.other.submit], self.score, texts, shown, **QUIET)]
        for filled in score.controls.pairs.wire(parts.prompt, score.other):
            asked.append(filled.then(self.score, texts, shown, **QUIET))
        asked.append(parts.bridge.input(self.restore, None, shown, **QUIET))
        stop.click(self.stop, None, [score.status, run, stop], cancels=asked, **QUIET)

    @shows_errors
    @is_a_turn
    async def score(self, first: str | None, second: str | None, request: gr.Request) -> AsyncGenerator[Update, None]:
        """Tell how likely the prompt is, or which of two texts is likelier."""
        async for update in self._scored(self._visit(request), Texts.of(first, second)):
            yield update

    @shows_errors
    async def restore(self, request: gr.Request, event: gr.EventData) -> AsyncGenerator[Update, None]:
        """Somebody came in by the address of what was scored."""
        visit, experiment = self._visit(request), restored(event, "score")
        if experiment is not None:
            async for update in self._scored(visit, Texts.of(experiment.text, experiment.other_text)):
                yield update

    async def _scored(self, visit: PlaygroundVisit, texts: Texts) -> AsyncGenerator[Update, None]:
        parts = self._parts.score
        if not texts.first:
            yield {parts.picture: note(visit.text.html("app_score_empty")), parts.status: "", parts.share: ""}
            return
        yield self._run.working(visit.text.html("app_score_reading"))
        playground = visit.playground
        result: Result
        if texts.second:
            result = compared = await playground.compare_scores(visit.owner, texts.first, texts.second)
            view = await asyncio.to_thread(comparison_view, compared, visit.text)
        else:
            result = scored = await playground.score(visit.owner, texts.first)
            view = await asyncio.to_thread(score_view, scored, visit.text)
        experiment = await self._experiment(visit, "score", text=texts.first, other_text=texts.second)
        share = await self._share(visit, experiment, result)
        yield {parts.picture: view, parts.share: share, **self._run.at_rest()}

    @shows_errors
    async def stop(self, request: gr.Request) -> AsyncGenerator[Update, None]:
        """The reading was stopped; what was shown before stays."""
        yield self._run.at_rest(self._visit(request).text.html("app_score_stopped"))

    def refused(self, sentence: str) -> Update:
        """What was shown before stays."""
        return self._run.refused(sentence)

    @property
    def _run(self) -> RunParts:
        score = self._parts.score
        return RunParts(score.controls.score, score.controls.stop, score.status)
