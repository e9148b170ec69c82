"""The N-grams tab of the Playground as it is laid out; ``ngrams_picture`` is what it shows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.events import Dependency

from components.panel_parts import explained, picture, run_and_stop, seed_field
from components.room_parts import html
from components.words import words
from playground.ngrams import MAX_ADDED, MAX_ORDER, MAX_WRITTEN
from playground.panel_options import NgramsOptions
from playground.positions import MAX_CHARACTERS

SOURCES = ("quijote", "alice", "own", "document")
EXAMPLES = (  # a beginning, where it is counted, n
    ("En un lugar de la", "quijote", 3),
    ("Alice was", "alice", 2),
    ("don Quijote de la Mancha se", "quijote", 5),
)
SEED = "42"


@dataclass(frozen=True)
class NgramsControls:
    """``source`` says where is counted: the stylesheet shows ``own`` and ``document`` when they are chosen.

    ``none`` says so where there are no documents.
    """

    source: gr.Radio
    own: gr.Textbox
    document: gr.Dropdown
    none: gr.HTML
    n: gr.Slider
    k: gr.Slider
    num_words: gr.Slider
    seed: gr.Textbox
    run: gr.Button
    stop: gr.Button
    examples: Sequence[gr.Button]

    @property
    def inputs(self) -> list[Any]:
        """What handlers take, in this order."""
        return [self.source, self.own, self.document, self.n, self.k, self.num_words, self.seed]

    @property
    def within(self) -> str:
        """JavaScript that keeps what is sent of the sliders within their ranges; the prompt stands before all."""
        sliders = (self.n, self.k, self.num_words)
        limits = [None, None, None, None, *([slider.minimum, slider.maximum] for slider in sliders), None]
        return f"(...given) => tertulia.within(given, {json.dumps(limits)})"

    def wire_examples(self, prompt: gr.Textbox) -> list[Dependency]:
        """Have each button fill in what it is about, which needs no server; returns these events."""
        return [
            button.click(None, None, [prompt, self.source, self.n], js=f"() => {json.dumps(example)}")
            for button, example in zip(self.examples, EXAMPLES, strict=True)
        ]


@dataclass(frozen=True)
class NgramsParts:
    """``share`` leads to what is seen from elsewhere."""

    controls: NgramsControls
    share: gr.HTML
    status: gr.HTML
    picture: gr.HTML

    @property
    def seen(self) -> list[Any]:
        """What changes while something is compared."""
        return [self.picture, self.share, self.status, self.controls.run, self.controls.stop]


def lay_out_ngrams_controls() -> NgramsControls:
    """Make them here, by the prompt; they are in sight while the tab is chosen."""
    with gr.Column(elem_id="pg-ngrams-controls", elem_classes="side-controls"):
        run, stop = run_and_stop("ngrams", words("app_ngrams_run"))
        gr.HTML(words("app_ngrams_try"), elem_classes="tx-try", apply_default_css=False)
        with gr.Row(elem_id="pg-ngrams-examples", elem_classes="tx-pairs"):
            examples = [gr.Button(f"{prompt}… (n = {n})", size="sm") for prompt, _, n in EXAMPLES]
        source, own, document, none = _lay_out_source()
        n, k, num_words, seed = _lay_out_numbers()
    return NgramsControls(source, own, document, none, n, k, num_words, seed, run, stop, examples)


def lay_out_ngrams(controls: NgramsControls) -> NgramsParts:
    """Make the rest inside the open tab."""
    share, status = explained(words("fragment_pg_ngrams"), "ngrams")
    return NgramsParts(controls, share, status, picture("ngrams", words("app_ngrams_empty")))


def _lay_out_source() -> tuple[gr.Radio, gr.Textbox, gr.Dropdown, gr.HTML]:
    source = gr.Radio(
        [(words(f"app_ngrams_source_{name}"), name) for name in SOURCES],
        value=NgramsOptions().source,
        label=words("app_ngrams_source"),
        info=words("app_ngrams_source_info"),
        elem_id="pg-ngrams-source",
    )
    own = gr.Textbox(
        "",
        label=words("app_ngrams_own"),
        elem_id="pg-ngrams-own",
        lines=4,
        max_lines=12,
        max_length=MAX_CHARACTERS,
    )
    document = gr.Dropdown(
        [],
        value=None,
        label=words("app_ngrams_document"),
        allow_custom_value=True,  # otherwise Gradio refuses, in English, what came in after the page was made
        elem_id="pg-ngrams-document",
    )
    return source, own, document, html("pg-ngrams-none")


def _lay_out_numbers() -> tuple[gr.Slider, gr.Slider, gr.Slider, gr.Textbox]:
    options = NgramsOptions()
    ranges = {
        "n": (1, MAX_ORDER, options.n, 1),
        "k": (0, MAX_ADDED, options.k, 0.01),
        "num_words": (5, MAX_WRITTEN, options.num_words, 5),
    }
    n, k, num_words = (
        gr.Slider(
            least,
            most,
            value=value,
            step=step,
            label=words(f"app_ngrams_{name}"),
            info=words(f"app_ngrams_{name}_info"),
            elem_id=f"pg-ngrams-{name.replace('_', '-')}",
        )
        for name, (least, most, value, step) in ranges.items()
    )
    seed = seed_field("ngrams", words("app_ngrams_seed_info"), SEED)
    return n, k, num_words, seed
