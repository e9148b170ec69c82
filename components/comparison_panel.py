"""The Compare tab of the Models room: one question, several models side by side, a vote, a leaderboard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, cast

import gradio as gr

from chains.comparison import MAX_CHARACTERS, MOST_CONTENDERS
from components.comparison_contenders import ContendersParts, card_classes, lay_out_contenders
from components.room_parts import MATH, bridge, hidden_text, html
from components.words import words

UNSEEN: Literal["hidden"] = "hidden"  # what is not even laid out would miss what is told of it meanwhile


@dataclass(frozen=True)
class ColumnParts:
    """One of the answers: ``head`` says whose it is and how far, ``figures`` what it took."""

    column: gr.Column
    head: gr.HTML
    text: gr.Markdown
    figures: gr.HTML

    @property
    def shown(self) -> list[Any]:
        return [self.column, self.head, self.text, self.figures]


@dataclass(frozen=True)
class ComparisonParts:
    """``vote`` is where the best answer is chosen, ``board`` what all votes come to.

    ``bridge`` carries what the page's own script reports.
    """

    tab: gr.Tab
    question: gr.Textbox
    contenders: ContendersParts
    is_blind: gr.Checkbox
    run: gr.Button
    stop: gr.Button
    status: gr.HTML
    examples: gr.HTML
    columns: tuple[ColumnParts, ...]
    vote: gr.HTML
    only_blind: gr.Checkbox
    board: gr.HTML
    bridge: gr.HTML

    @property
    def running(self) -> list[Any]:
        """What changes while the models write."""
        shown = [part for column in self.columns for part in column.shown]
        return [self.status, self.run, self.stop, self.examples, *shown, self.vote]

    @property
    def voting(self) -> list[Any]:
        """What a vote changes."""
        shown = [part for column in self.columns for part in (column.head, column.figures)]
        return [self.question, self.status, *shown, self.vote, self.board]


def lay_out_comparison(tab: gr.Tab) -> ComparisonParts:
    """Make it inside the open ``tab``."""
    with gr.Column(elem_id="md-compare", elem_classes="side-controls"):
        gr.HTML(words("app_md_cmp_about"), elem_id="md-cmp-about", apply_default_css=False)
        question = gr.Textbox(
            label=words("app_md_cmp_question"),
            placeholder=words("app_md_cmp_question_placeholder"),
            lines=2,
            max_lines=8,
            max_length=MAX_CHARACTERS,
            elem_id="md-cmp-question",
        )
        controls = lay_out_contenders()
        with gr.Row(elem_id="md-cmp-deeds"):
            run = gr.Button(words("app_md_cmp_run"), variant="primary", size="sm", elem_id="md-cmp-run")
            stop = gr.Button(words("app_stop"), size="sm", elem_id="md-cmp-stop", visible=False)
            add = gr.Button(words("app_md_cmp_add"), size="sm", elem_id="md-cmp-add")
            is_blind = gr.Checkbox(
                value=False,
                label=words("app_md_cmp_blind"),
                info=words("app_md_cmp_blind_info"),
                elem_id="md-cmp-blind",
            )
        contenders = ContendersParts(controls, hidden_text("md-cmp-count"), add)
        status, examples = html("md-cmp-status", "room-status"), html("md-cmp-examples")
        with gr.Row(elem_id="md-cmp-answers"):
            columns = tuple(_lay_out_column(place) for place in range(MOST_CONTENDERS))
        vote = html("md-cmp-vote")
        only_blind = gr.Checkbox(
            value=False, label=words("app_md_cmp_only_blind"), elem_id="md-cmp-only-blind", visible=UNSEEN
        )
        board = html("md-cmp-board")
    return ComparisonParts(
        tab, question, contenders, is_blind, run, stop, status, examples, columns, vote, only_blind, board,
        bridge("comparison", "md-compare-bridge"),
    )  # fmt: skip


def _lay_out_column(place: int) -> ColumnParts:
    with gr.Column(elem_id=f"md-cmp-answer-{place}", elem_classes=card_classes("cmp-answer", is_seen=False)) as column:
        head = html(f"md-cmp-head-{place}")
        text = gr.Markdown(
            "",
            elem_id=f"md-cmp-text-{place}",
            sanitize_html=True,
            container=False,
            show_label=False,
            latex_delimiters=cast("Any", MATH),
        )
        figures = html(f"md-cmp-figures-{place}")
    return ColumnParts(column, head, text, figures)
