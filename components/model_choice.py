"""Which model answers: the control that every room has, over the models that one visitor can choose from now."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from html import escape
from typing import Any

import gradio as gr

from chains.model_shelf import Models
from chains.options import ConversationOptions
from chains.room_model import RoomModel
from components.local_text import LocalText
from components.model_labels import Choices, labelled
from components.room_parts import html
from components.words import words
from errors import ModelError, ModelUnknown


@dataclass(frozen=True)
class Offered:
    """Models by their names, the usual one first. What is read in a thread reads them here, as they were."""

    models: Mapping[str, RoomModel] = field(default_factory=dict)

    @classmethod
    def to(cls, owner: str, models: Models) -> Offered:
        """What ``owner`` can choose from."""
        found = {}
        for name in models.names(owner):
            with suppress(ModelError):  # gone since it was named
                found[name] = models.get(name, owner)
        return cls(found)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.models)

    @property
    def usual(self) -> RoomModel:
        return next(iter(self.models.values()))

    @property
    def has_services(self) -> bool:
        """Some of them are told what is asked over the network."""
        return any(model.is_of_service for model in self.models.values())

    @property
    def always_hides(self) -> bool:
        """No service is told personal data, whatever is chosen."""
        return self.has_services and all(model.hides_personal for model in self.models.values() if model.is_of_service)

    def name_in(self, options: ConversationOptions) -> str:
        """The name of the model that ``options`` mean, also of one that is gone."""
        return options.model or self.usual.name

    def is_gone(self, options: ConversationOptions) -> bool:
        return self.name_in(options) not in self.models

    def model_in(self, options: ConversationOptions) -> RoomModel:
        """The model that ``options`` mean; the usual one for what is shown in the place of one that is gone."""
        return self.models.get(options.model, self.usual)

    def kept_as(self, name: str) -> str:
        """How options name it: the usual one by no name. Raises ModelUnknown."""
        if name not in self.models:
            raise ModelUnknown(model=name)
        return "" if name == self.usual.name else name


@dataclass(frozen=True)
class ModelChoice:
    """``note`` says what there is to know of the model, or how far it is loaded; ``cancel`` leaves that.

    ``hides``: services are not told personal data.
    """

    name: gr.Dropdown
    note: gr.HTML
    cancel: gr.Button
    hides: gr.Checkbox

    @property
    def shown(self) -> list[Any]:
        """What ``update`` changes."""
        return [self.name, self.note, self.cancel, self.hides]

    def update(self, options: ConversationOptions, offered: Offered, text: LocalText) -> dict[Any, Any]:
        """Show what ``options`` mean, among what is offered now."""
        return {
            self.name: gr.Dropdown(choices=choices(offered), value=offered.name_in(options)),
            self.note: _note(options, offered, text),
            self.cancel: gr.Button(visible=False),
            self.hides: hiding_shown(options.hides_personal, offered, text),
        }


def choices(offered: Offered) -> Choices:
    """What can be chosen."""
    return labelled(offered.names)


def _note(options: ConversationOptions, offered: Offered, text: LocalText) -> str:
    if offered.is_gone(options):
        gone = text.catalogue.error(text.language, ModelUnknown(model=offered.name_in(options)))
        return f'<p class="refused" role="alert">{escape(gone)}</p>'
    model = offered.model_in(options)
    said = [text.html("app_model_window", count=text.count(model.context_tokens))]
    if not model.has_chat_template:
        said.append(text.html("app_model_base"))
    if model.defaults.temperature is None:
        said.append(text.html("app_model_service"))
    return f'<p class="hint">{" ".join(said)}</p>'


def lay_out_model_choice(models: Models, prefix: str) -> ModelChoice:
    """Make it here; ``prefix`` is what the ids of its parts begin with."""
    offered = Offered.to("", models)
    name = gr.Dropdown(
        choices(offered),
        value=offered.usual.name,
        label=words("app_model_choice"),
        info=words("app_model_choice_info"),
        allow_custom_value=True,  # otherwise Gradio refuses, in English, a conversation whose model is gone
        elem_id=f"{prefix}model-choice",
        elem_classes="model-choice",
    )
    note = html(f"{prefix}model-note", "model-note")
    cancel = gr.Button(
        words("app_model_cancel"),
        size="sm",
        visible=False,
        elem_id=f"{prefix}model-cancel",
        elem_classes="model-cancel",
    )
    return ModelChoice(name, note, cancel, lay_out_hiding(f"{prefix}hides-personal"))


def lay_out_hiding(elem_id: str) -> gr.Checkbox:
    """The box that has personal data hidden from services; it comes with the page where there are any."""
    return gr.Checkbox(
        value=False,
        label=words("app_hide_personal"),
        info=words("app_hide_personal_info"),
        visible=False,
        elem_id=elem_id,
        elem_classes="hides-personal",
    )


def hiding_shown(is_chosen: bool, offered: Offered, text: LocalText) -> gr.Checkbox:
    """That box, among the models of ``offered``."""
    always = offered.always_hides
    info = text.say("app_hide_personal_always" if always else "app_hide_personal_info")
    return gr.Checkbox(value=is_chosen or always, info=info, interactive=not always, visible=offered.has_services)
