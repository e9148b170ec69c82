"""The events of the Playground's Tokens and Score tabs: what is done with whole texts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from components.page_action import PageAction
from components.playground_screen import PlaygroundVisit
from components.playground_share import share_view
from components.playground_tab import PlaygroundParts
from components.quiet import QUIET
from components.score_picture import comparison_view, score_view
from components.services import Services
from components.shown_errors import Update, shows_errors
from components.tokens_picture import tokens_view
from errors import PermalinkInvalid
from playground.exports import Result, to_csv, to_json
from playground.permalinks import Experiment, Panel, from_fragment
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


class _TextsOfOne:
    """What both tabs do alike."""

    has_toasts = False

    def __init__(self, services: Services, parts: PlaygroundParts) -> None:
        self.services = services
        self._parts = parts
        self._room = services.playground

    def _visit(self, request: gr.Request) -> PlaygroundVisit:
        return PlaygroundVisit.of(self.services, request)

    async def _share(self, panel: Panel, visit: PlaygroundVisit, texts: Texts, result: Result) -> str:
        """Have the files of ``result`` ready; how to get at them, and at the experiment."""
        model = await self._room.playground.model()
        experiment = Experiment(
            panel=panel,
            model=model.facts.name,
            fingerprint=model.fingerprint,
            text=texts.first,
            other_text=texts.second,
        )

        def keep() -> str:
            csv, json = to_csv(result), to_json(experiment, result)
            self._room.exports.keep(visit.owner, visit.session, panel, csv, json)
            return share_view(experiment, visit.session, visit.text)

        return await asyncio.to_thread(keep)


class TokensEvents(_TextsOfOne):
    """The prompt is split while it is written, as that needs no pass of the model."""

    def wire(self) -> None:
        """Connect everything."""
        parts, tokens = self._parts, self._parts.tokens
        gr.on(
            [parts.tabs.select, parts.prompt.change, tokens.other.change],
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
            yield {parts.picture: _note(visit.text.html("app_tokens_empty")), parts.status: "", parts.share: ""}
            return
        playground = self._room.playground
        result: Result
        shown: Sequence[TextTokens]
        if texts.second:
            result = shown = await playground.compare(texts.first, texts.second)
        else:
            result = one = await playground.tokens(texts.first)
            shown = (one,)
        window = (await playground.model()).facts.context_tokens
        view = await asyncio.to_thread(tokens_view, shown, window, visit.text)
        share = await self._share("tokens", visit, texts, result)
        yield {parts.picture: view, parts.status: "", parts.share: share}

    def refused(self, sentence: str) -> Update:
        """What was shown before stays."""
        return {self._parts.tokens.status: _refusal(sentence)}


class ScoreEvents(_TextsOfOne):
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
    async def score(self, first: str | None, second: str | None, request: gr.Request) -> AsyncGenerator[Update, None]:
        """Tell how likely the prompt is, or which of two texts is likelier."""
        async for update in self._scored(self._visit(request), Texts.of(first, second)):
            yield update

    @shows_errors
    async def restore(self, request: gr.Request, event: gr.EventData) -> AsyncGenerator[Update, None]:
        """Somebody came in by the address of what was scored."""
        action, visit = PageAction(event), self._visit(request)
        if action.name != "restore":
            return
        experiment = experiment_of(action.text("link"))
        if experiment is not None and experiment.panel == "score":
            async for update in self._scored(visit, Texts.of(experiment.text, experiment.other_text)):
                yield update

    async def _scored(self, visit: PlaygroundVisit, texts: Texts) -> AsyncGenerator[Update, None]:
        parts = self._parts.score
        if not texts.first:
            yield {parts.picture: _note(visit.text.html("app_score_empty")), parts.status: "", parts.share: ""}
            return
        reading, controls = _note(visit.text.html("app_score_reading")), parts.controls
        yield {parts.status: reading, controls.score: gr.Button(visible=False), controls.stop: gr.Button(visible=True)}
        playground = self._room.playground
        result: Result
        if texts.second:
            result = compared = await playground.compare_scores(visit.owner, texts.first, texts.second)
            view = await asyncio.to_thread(comparison_view, compared, visit.text)
        else:
            result = scored = await playground.score(visit.owner, texts.first)
            view = await asyncio.to_thread(score_view, scored, visit.text)
        share = await self._share("score", visit, texts, result)
        yield {parts.picture: view, parts.share: share, parts.status: "", **self._at_rest()}

    @shows_errors
    async def stop(self, request: gr.Request) -> AsyncGenerator[Update, None]:
        """The reading was stopped; what was shown before stays."""
        text = self._visit(request).text
        yield {self._parts.score.status: _note(text.html("app_score_stopped")), **self._at_rest()}

    def refused(self, sentence: str) -> Update:
        """What was shown before stays."""
        return {self._parts.score.status: _refusal(sentence), **self._at_rest()}

    def _at_rest(self) -> Update:
        controls = self._parts.score.controls
        return {controls.score: gr.Button(visible=True), controls.stop: gr.Button(visible=False)}


def experiment_of(link: str) -> Experiment | None:
    """That of an address; None when it is none, which is told where the controls are."""
    try:
        return from_fragment(link)
    except PermalinkInvalid:
        return None


def _note(sentence: str) -> str:
    return f'<p class="pg-note">{sentence}</p>'


def _refusal(sentence: str) -> str:
    return f'<p class="refused" role="alert">{escape(sentence)}</p>'
