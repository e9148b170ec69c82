"""The Samples tab of the Playground as it is laid out; ``samples_picture`` is what it shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from components.panel_parts import explained, length_slider, picture, run_and_stop, seed_field
from components.room_parts import bridge, hidden_text
from components.words import words
from playground.panel_options import SamplesOptions
from playground.samples import MAX_NEW_TOKENS, MAX_SAMPLES


@dataclass(frozen=True)
class SamplesControls:
    """How many texts, how long, and the first one's seed."""

    num: gr.Slider
    max_tokens: gr.Slider
    seed: gr.Textbox
    run: gr.Button
    stop: gr.Button


@dataclass(frozen=True)
class SamplesParts:
    """``place`` carries what is seen (``components.samples_place``), ``bridge`` what is pressed in the picture.

    ``share`` leads to what is seen from elsewhere.
    """

    controls: SamplesControls
    share: gr.HTML
    status: gr.HTML
    picture: gr.HTML
    place: gr.Textbox
    bridge: gr.HTML

    @property
    def seen(self) -> list[Any]:
        """What changes while the model writes."""
        return [self.picture, self.share, self.status, self.place, self.controls.run, self.controls.stop]


def lay_out_samples_controls() -> SamplesControls:
    """Make them here, by the prompt; they are in sight while the tab is chosen."""
    options = SamplesOptions()
    with gr.Column(elem_id="pg-samples-controls", elem_classes="side-controls"):
        run, stop = run_and_stop("samples", words("app_samples_run"))
        num = gr.Slider(
            1,
            MAX_SAMPLES,
            value=options.num_samples,
            step=1,
            label=words("app_samples_num"),
            info=words("app_samples_num_info"),
            elem_id="pg-samples-num",
        )
        max_tokens = length_slider("samples", MAX_NEW_TOKENS, options.max_tokens)
        seed = seed_field("samples", words("app_samples_seed_info"))
    return SamplesControls(num, max_tokens, seed, run, stop)


def lay_out_samples(controls: SamplesControls) -> SamplesParts:
    """Make the rest inside the open tab."""
    share, status = explained(words("fragment_pg_samples"), "samples")
    seen = picture("samples", words("app_samples_empty"))
    place = hidden_text("pg-samples-place")
    return SamplesParts(controls, share, status, seen, place, bridge("samples", "pg-samples-bridge"))
