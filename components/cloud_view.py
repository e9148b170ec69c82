"""The Playground's choice of a model, as it is laid out: those of this machine, and of services where some are offered.

With one of the latter, ``cloud_picture`` takes the place of what the Next token tab shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from components.room_parts import hidden_text, html
from components.words import words
from playground.cloud import MAX_TOKENS


@dataclass(frozen=True)
class ModelChoice:
    """``why`` says what a service's model cannot do; it is empty while a local one is chosen: the stylesheet
    goes by that.

    ``status`` says how far a local model is loaded, ``cancel`` leaves that. ``switched`` changes with the model that
    the tab works with, ``reopened`` when what an address told is to be shown again, by the model it was made with.
    """

    name: gr.Dropdown
    status: gr.HTML
    cancel: gr.Button
    why: gr.HTML
    switched: gr.Textbox
    reopened: gr.Textbox


@dataclass(frozen=True)
class CloudControls:
    """``send`` is the one way in which a prompt leaves this machine."""

    choice: ModelChoice
    max_tokens: gr.Slider
    send: gr.Button
    stop: gr.Button


@dataclass(frozen=True)
class CloudParts:
    """``share`` leads to what is seen from elsewhere."""

    controls: CloudControls
    share: gr.HTML
    status: gr.HTML
    picture: gr.HTML

    @property
    def seen(self) -> list[Any]:
        """What changes while a service is asked."""
        return [self.picture, self.share, self.status, self.controls.send, self.controls.stop]


def lay_out_model_choice(names: Sequence[str]) -> ModelChoice:
    """Make it here, above the prompt. ``names`` are the local models' and those of services.

    Where there is but one there is nothing to choose, and nothing of it is in sight.
    """
    name = gr.Dropdown(
        [(each, each) for each in names],
        value=names[0] if names else None,
        label=words("app_cloud_choice"),
        info=words("app_cloud_choice_info"),
        visible=len(names) > 1,
        allow_custom_value=True,  # models come and go: Gradio's own check would know those of the start alone
        elem_id="pg-model",
    )
    status = html("pg-model-status")
    cancel = gr.Button(words("app_model_cancel"), size="sm", visible=False, elem_id="pg-model-cancel")
    why = html("pg-model-why")
    return ModelChoice(name, status, cancel, why, hidden_text("pg-model-switched"), hidden_text("pg-model-reopened"))


def lay_out_cloud_controls(choice: ModelChoice) -> CloudControls:
    """Make the rest here, below the prompt; it is in sight while a service's model is chosen."""
    with gr.Column(elem_id="pg-cloud-controls", elem_classes="side-controls"):
        max_tokens = gr.Slider(
            1,
            MAX_TOKENS,
            value=1,
            step=1,
            label=words("app_cloud_length"),
            info=words("app_cloud_length_info"),
            elem_id="pg-cloud-length",
        )
        send = gr.Button(words("app_cloud_send"), variant="primary", size="sm", elem_id="pg-cloud-send")
        stop = gr.Button(words("app_stop"), size="sm", elem_id="pg-cloud-stop", visible=False)
    return CloudControls(choice, max_tokens, send, stop)


def lay_out_cloud(controls: CloudControls) -> CloudParts:
    """Make what is seen inside the open tab."""
    with gr.Column(elem_id="pg-cloud"):
        gr.HTML(words("fragment_pg_cloud"), elem_classes="pg-about", apply_default_css=False)
        share, status = html("pg-cloud-share", "pg-share"), html("pg-cloud-status")
        picture = gr.HTML(
            words("app_cloud_empty"), elem_id="pg-cloud-picture", elem_classes="pg-view", apply_default_css=False
        )
    return CloudParts(controls, share, status, picture)
