"""The Context tab of the Playground as it is laid out; ``context_picture`` is what it shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from components.panel_parts import explained, picture, run_and_stop
from components.words import words
from playground.panel_options import ContextOptions
from playground.positions import MAX_CHARACTERS

TALK, STORY = "chat", "text"
# By the names of ContextOptions: least, most, step.
SLIDERS: dict[str, tuple[int, int, int]] = {
    "window_tokens": (64, 2_048, 32),
    "answer_tokens": (16, 512, 16),
    "window_turns": (1, 20, 1),
}


@dataclass(frozen=True)
class ContextControls:
    """``form`` says what ``before``, which comes before the prompt, is; ``sliders`` go by the names of the options."""

    form: gr.Radio
    before: gr.Textbox
    sliders: dict[str, gr.Slider]
    run: gr.Button
    stop: gr.Button
    talk: gr.Button
    story: gr.Button

    @property
    def inputs(self) -> list[Any]:
        """What handlers take beside the prompt."""
        return [self.form, self.before, *self.sliders.values()]

    @property
    def limits(self) -> list[list[float] | None]:
        """For ``tertulia.within``, as ``inputs``."""
        return [None, None, *([slider.minimum, slider.maximum] for slider in self.sliders.values())]


@dataclass(frozen=True)
class ContextParts:
    """``share`` leads to what is seen from elsewhere."""

    controls: ContextControls
    share: gr.HTML
    status: gr.HTML
    picture: gr.HTML

    @property
    def shown(self) -> list[Any]:
        """What changes while the model reads and writes."""
        return [self.picture, self.share, self.status, self.controls.run, self.controls.stop]


def lay_out_context_controls() -> ContextControls:
    """Make them here, by the prompt; they are in sight while the tab is chosen."""
    with gr.Column(elem_id="pg-context-controls", elem_classes="side-controls"):
        forms = [(words(f"app_context_form_{name}"), name) for name in (TALK, STORY)]
        form = gr.Radio(forms, value=TALK, label=words("app_context_form"), elem_id="pg-context-form")
        before = gr.Textbox(
            label=words("app_context_before"),
            info=words("app_context_before_info"),
            elem_id="pg-context-before",
            lines=3,
            max_lines=6,
            max_length=MAX_CHARACTERS,
        )
        run, stop = run_and_stop("context", words("app_context_run"))
        gr.HTML(words("app_context_try"), elem_classes="tx-try", apply_default_css=False)
        with gr.Row(elem_id="pg-context-examples", elem_classes="tx-pairs"):
            talk = gr.Button(words("app_context_try_talk"), size="sm", elem_id="pg-context-talk")
            story = gr.Button(words("app_context_try_story"), size="sm", elem_id="pg-context-story")
        sliders = {name: _slider(name) for name in SLIDERS}
        return ContextControls(form, before, sliders, run, stop, talk, story)


def lay_out_context(controls: ContextControls) -> ContextParts:
    """Make the rest inside the open tab."""
    share, status = explained(words("fragment_pg_context"), "context")
    return ContextParts(controls, share, status, picture("context", words("app_context_empty")))


def _slider(name: str) -> gr.Slider:
    least, most, step = SLIDERS[name]
    word = name.split("_")[name == "window_turns"]  # window, answer, turns
    return gr.Slider(
        least,
        most,
        value=getattr(ContextOptions(), name),
        step=step,
        label=words(f"app_context_{word}"),
        info=words(f"app_context_{word}_info"),
        elem_id=f"pg-context-{word}",
    )
