"""What the Playground's small tabs are laid out of, beside what each has of its own."""

from __future__ import annotations

from typing import Any

import gradio as gr

from components.room_parts import html
from components.words import words


def run_and_stop(panel: str, label: Any) -> tuple[gr.Button, gr.Button]:
    """``stop`` is in sight while the model works, instead of ``run``."""
    run = gr.Button(label, variant="primary", size="sm", elem_id=f"pg-{panel}-run")
    return run, gr.Button(words("app_stop"), size="sm", elem_id=f"pg-{panel}-stop", visible=False)


def length_slider(panel: str, most: int, value: int) -> gr.Slider:
    """How many tokens a text may have."""
    return gr.Slider(
        1,
        most,
        value=value,
        step=1,
        label=words("app_samples_length"),
        info=words("app_samples_length_info"),
        elem_id=f"pg-{panel}-length",
    )


def seed_field(panel: str, info: Any, value: str = "") -> gr.Textbox:
    """Empty for a new one each time."""
    return gr.Textbox(value, label=words("app_setting_seed"), info=info, max_length=10, elem_id=f"pg-{panel}-seed")


def explained(about: Any, panel: str) -> tuple[gr.HTML, gr.HTML]:
    """``about`` the tab; returns the places for what can be taken away, and for how it goes."""
    gr.HTML(about, elem_classes="pg-about", apply_default_css=False)
    return html(f"pg-{panel}-share", "pg-share"), html(f"pg-{panel}-status")


def picture(panel: str, empty: Any) -> gr.HTML:
    """What is seen; ``empty`` until there is something."""
    return gr.HTML(empty, elem_id=f"pg-{panel}", elem_classes="pg-view", apply_default_css=False)
