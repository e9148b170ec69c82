"""The Sweep tab of the Playground as it is laid out; ``sweep_picture`` is what it shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from components.room_parts import html
from components.sweep_values import LONGEST, RANGES, typed_values
from components.words import words
from playground.panel_options import SweepOptions
from playground.samples import MAX_NEW_TOKENS
from playground.sweep_axes import SweepAxis


@dataclass(frozen=True)
class AxisParts:
    """A setting, and the values that it takes in turn."""

    setting: gr.Dropdown
    values: gr.Textbox


@dataclass(frozen=True)
class SweepControls:
    """What is varied, how long the texts are, and the seed of all of them."""

    rows: AxisParts
    columns: AxisParts
    max_tokens: gr.Slider
    seed: gr.Textbox
    run: gr.Button
    stop: gr.Button

    @property
    def chosen(self) -> list[Any]:
        """What handlers take, after the sliders of the room."""
        axes = [self.rows.setting, self.rows.values, self.columns.setting, self.columns.values]
        return [*axes, self.max_tokens, self.seed]


@dataclass(frozen=True)
class SweepParts:
    """``share`` leads to what is seen from elsewhere."""

    controls: SweepControls
    share: gr.HTML
    status: gr.HTML
    picture: gr.HTML

    @property
    def seen(self) -> list[Any]:
        """What changes while the model writes."""
        return [self.picture, self.share, self.status, self.controls.run, self.controls.stop]


def lay_out_sweep_controls() -> SweepControls:
    """Make them here, by the prompt; they are in sight while the tab is chosen."""
    options = SweepOptions()
    with gr.Column(elem_id="pg-sweep-controls", elem_classes="side-controls"):
        rows, columns = _lay_out_axis("rows", options.rows), _lay_out_axis("columns", options.columns)
        max_tokens = gr.Slider(
            1,
            MAX_NEW_TOKENS,
            value=options.max_tokens,
            step=1,
            label=words("app_samples_length"),
            info=words("app_samples_length_info"),
            elem_id="pg-sweep-length",
        )
        seed = gr.Textbox(
            "",
            label=words("app_setting_seed"),
            info=words("app_sweep_seed_info"),
            max_length=10,
            elem_id="pg-sweep-seed",
        )
        run = gr.Button(words("app_sweep_run"), variant="primary", size="sm", elem_id="pg-sweep-run")
        stop = gr.Button(words("app_stop"), size="sm", elem_id="pg-sweep-stop", visible=False)
    return SweepControls(rows, columns, max_tokens, seed, run, stop)


def lay_out_sweep(controls: SweepControls) -> SweepParts:
    """Make the rest inside the open tab."""
    gr.HTML(words("fragment_pg_sweep"), elem_classes="pg-about", apply_default_css=False)
    share, status = html("pg-sweep-share", "pg-share"), html("pg-sweep-status")
    picture = gr.HTML(words("app_sweep_empty"), elem_id="pg-sweep", elem_classes="pg-view", apply_default_css=False)
    return SweepParts(controls, share, status, picture)


def _lay_out_axis(name: str, axis: SweepAxis) -> AxisParts:
    with gr.Row(elem_classes="sw-axis"):
        setting = gr.Dropdown(
            [(words(f"app_setting_{each}"), each) for each in RANGES],
            value=axis.setting,
            label=words(f"app_sweep_{name}"),
            filterable=False,
            elem_id=f"pg-sweep-{name}",
        )
        values = gr.Textbox(
            typed_values(axis),
            label=words("app_sweep_values"),
            max_length=LONGEST,
            elem_id=f"pg-sweep-{name}-values",
        )
    return AxisParts(setting, values)
