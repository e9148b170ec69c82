"""The line on top of the page; its still part is ``assets/fragments/header.html``."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import gradio as gr

from components.catalogue import Catalogue
from components.language import language_of
from components.services import Services
from models.status import ModelState, ModelStatus

STATES = {
    ModelState.STARTING: "app_model_starting",
    ModelState.READY: "app_model_ready",
    ModelState.UNAVAILABLE: "app_model_unavailable",
}


def model_chip(status: ModelStatus, catalogue: Catalogue, language: str) -> str:
    """The model's name, state and speed as HTML, a way to the Models room; the name is of a file of others: escaped."""
    state = catalogue.text(language, STATES[status.state])
    parts = [f'<b class="name">{escape(status.name)}</b>', f'<span class="state">{escape(state)}</span>']
    if status.tokens_per_second:
        speed = catalogue.text(language, "app_speed", speed=f"{status.tokens_per_second:.0f}")
        parts.append(f'<span class="speed">{escape(speed)}</span>')
    hint = escape(catalogue.text(language, "app_model_hint"))
    return (
        f'<button type="button" class="chip {status.state}" data-action="models" title="{hint}"><i class="dot"></i>'
        f"{''.join(parts)}</button>"
    )


def chip_refresher(services: Services) -> Callable[[gr.Request], str]:
    """A handler that returns the chip as it is now."""

    def refresh(request: gr.Request) -> str:
        return model_chip(services.model_status(), services.catalogue, language_of(request))

    return refresh
