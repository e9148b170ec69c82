"""What the Compare tab shows, as updates of its components."""

from __future__ import annotations

import gradio as gr

from chains.comparison import Comparison
from chains.leaderboard import leaderboard
from components.comparison_contenders import card_classes
from components.comparison_panel import UNSEEN, ComparisonParts
from components.comparison_view import (
    AnswersView,
    examples_view,
    progress_sentence,
    taken_view,
    vote_view,
    voted_view,
)
from components.leaderboard_view import leaderboard_view
from components.models_room import ComparingRoom
from components.panel_events import RunParts, note
from components.playground_screen import PlaygroundVisit
from components.shown_errors import Update
from safety.shown_text import clean_markdown
from storage.votes import Vote


class ComparisonScreen:
    """Updates for one visit."""

    def __init__(self, room: ComparingRoom, parts: ComparisonParts, visit: PlaygroundVisit) -> None:
        self._room = room
        self._parts = parts
        self._visit = visit
        self._text = visit.text
        self.buttons = RunParts(parts.run, parts.stop, parts.status)

    def begun(self, comparison: Comparison) -> Update:
        """Nothing is written yet."""
        num, columns = len(comparison.answers), self._parts.columns
        shown: Update = {}
        for place, one in enumerate(columns):
            shown[one.column] = gr.Column(elem_classes=card_classes("cmp-answer", is_seen=place < num))
        told = self.buttons.working(self._text.html("app_md_cmp_begun"))
        return {**told, **shown, self._parts.examples: "", self._parts.vote: "", **self.answers(comparison)}

    def answers(self, comparison: Comparison, vote: Vote | None = None) -> Update:
        """Each as it stands."""
        view = AnswersView(comparison, self._text, is_open=self._room.shelf.is_open(comparison), vote=vote)
        shown: Update = {}
        for place, (column, answer) in enumerate(zip(self._parts.columns, comparison.answers, strict=False)):
            shown[column.head] = view.head(place, answer)
            shown[column.text] = clean_markdown(answer.text)
            shown[column.figures] = view.figures(answer)
        return shown

    def growing(self, comparison: Comparison) -> Update:
        """While they are written."""
        return {self._parts.status: note(progress_sentence(comparison, self._text)), **self.answers(comparison)}

    def ended(self, comparison: Comparison) -> Update:
        """Nobody writes any more: time to vote."""
        taken = taken_view(comparison, self._text) if self._room.shelf.is_open(comparison) else ""
        voting = vote_view(comparison, self._text)
        return {**self.answers(comparison), self._parts.vote: voting + taken, **self.buttons.at_rest()}

    def voted(self, comparison: Comparison, vote: Vote) -> Update:
        """Now everybody's name is told, and what their answers took."""
        named = self.answers(comparison, vote)
        heads = {part: named[part] for one in self._parts.columns for part in (one.head, one.figures) if part in named}
        told = voted_view(comparison, vote, self._text) + taken_view(comparison, self._text)
        return {**heads, self._parts.vote: told, self._parts.status: ""}

    def examples(self) -> Update:
        """Before anything was asked."""
        return {self._parts.examples: examples_view(self._text)}

    def board(self, *, is_blind_only: bool) -> Update:
        """What all votes of the visitor come to. Blocks."""
        votes = self._room.votes.listed(self._visit.owner)
        standings = leaderboard(votes, is_blind_only=is_blind_only)
        view = leaderboard_view(standings, self._text, is_blind_only=is_blind_only)
        has_both = len({vote.is_blind for vote in votes}) > 1
        shown = gr.Checkbox(visible=True if has_both or is_blind_only else UNSEEN)
        return {self._parts.board: view, self._parts.only_blind: shown}
