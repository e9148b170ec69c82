"""The Score tab of the Playground as it is laid out; ``score_picture`` is what it shows."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from components.example_pairs import ExamplePairs, lay_out_pairs
from components.room_parts import html
from components.words import words
from playground.positions import MAX_CHARACTERS

PAIRS = (
    ("The capital of France is Paris.", "The capital of France is Rome."),
    ("The cat sleeps on the sofa.", "The sofa sleeps on the cat."),
    ("La capital de Francia es París.", "La capital de Francia es Roma."),
)


@dataclass(frozen=True)
class ScoreControls:
    """``other`` is a text to compare the prompt with; empty for none."""

    other: gr.Textbox
    score: gr.Button
    stop: gr.Button
    pairs: ExamplePairs


@dataclass(frozen=True)
class ScoreParts:
    """``share`` leads to what is seen from elsewhere."""

    controls: ScoreControls
    share: gr.HTML
    status: gr.HTML
    picture: gr.HTML

    @property
    def other(self) -> gr.Textbox:
        """The text to compare."""
        return self.controls.other


def lay_out_score_controls() -> ScoreControls:
    """Make them here, by the prompt; they are in sight while the tab is chosen."""
    with gr.Column(elem_id="pg-score-controls", elem_classes="side-controls"):
        other = gr.Textbox(
            label=words("app_score_other"),
            info=words("app_score_other_info"),
            elem_id="pg-score-other",
            lines=1,
            max_lines=10,
            max_length=MAX_CHARACTERS,
        )
        score = gr.Button(words("app_score_run"), variant="primary", size="sm", elem_id="pg-score-run")
        stop = gr.Button(words("app_stop"), size="sm", elem_id="pg-score-stop", visible=False)
        return ScoreControls(other, score, stop, lay_out_pairs("pg-score-pairs", "app_score_try", PAIRS))


def lay_out_score(controls: ScoreControls) -> ScoreParts:
    """Make the rest inside the open tab."""
    gr.HTML(words("fragment_pg_score"), elem_classes="pg-about", apply_default_css=False)
    share, status = html("pg-score-share", "pg-share"), html("pg-score-status")
    return ScoreParts(controls, share, status, _picture())


def _picture() -> gr.HTML:
    """Until there is something to see: what to do."""
    return gr.HTML(words("app_score_empty"), elem_id="pg-score", elem_classes="pg-view", apply_default_css=False)
