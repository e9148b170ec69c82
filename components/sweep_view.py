"""The Sweep tab of the Playground as it is laid out; ``sweep_picture`` is what it shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from components.panel_parts import explained, length_slider, picture, run_and_stop, seed_field
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
        max_tokens = length_slider("sweep", MAX_NEW_TOKENS, options.max_tokens)
        seed = seed_field("sweep", words("app_sweep_seed_info"))
        run, stop = run_and_stop("sweep", words("app_sweep_run"))
    return SweepControls(rows, columns, max_tokens, seed, run, stop)


def lay_out_sweep(controls: SweepControls) -> SweepParts:
    """Make the rest inside the open tab."""
    share, status = explained(words("fragment_pg_sweep"), "sweep")
    return SweepParts(controls, share, status, picture("sweep", words("app_sweep_empty")))


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
