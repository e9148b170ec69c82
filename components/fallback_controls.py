"""What is done when the model does not answer: one fold, for Chat and Agent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr
from pydantic import ValidationError

from chains.options import ConversationOptions
from components.model_choice import Offered, choices
from components.quiet import QUIET
from components.words import words
from errors import ModelUnknown, OptionInvalid

MAX_FALLBACKS = 3
MAX_RETRIES = 4


@dataclass(frozen=True)
class FallbackControls:
    """``fallbacks`` are other models, asked in the order in which they were chosen."""

    fallbacks: gr.Dropdown
    retries: gr.Slider

    def wire(self, keeper_of: Callable[[str], Callable[..., Any]], beside: list[Any], shown: list[Any]) -> None:
        """Have each option kept by its keeper, which is given what the control shows, and then ``beside``."""
        newest: dict[str, Any] = {**QUIET, "trigger_mode": "always_last"}
        self.fallbacks.input(keeper_of("fallbacks"), [self.fallbacks, *beside], shown, **newest)
        within = f"(value, ...rest) => [...tertulia.within([value], [[0, {MAX_RETRIES}]]), ...rest]"
        self.retries.change(keeper_of("retries"), [self.retries, *beside], shown, js=within, **newest)

    @property
    def shown(self) -> list[Any]:
        """What ``update`` changes."""
        return [self.fallbacks, self.retries]

    def update(self, options: ConversationOptions, offered: Offered) -> dict[Any, Any]:
        """Show what ``options`` mean, among what is offered now."""
        kept = list(options.fallbacks[:MAX_FALLBACKS])
        return {self.fallbacks: gr.Dropdown(choices=choices(offered), value=kept), self.retries: options.retries}


def with_fallback(name: str, value: Any, options: ConversationOptions, offered: Offered) -> dict[str, Any]:
    """The option ``name`` as its control shows it, to change ``options`` with.

    Raises ModelUnknown for what is neither offered nor chosen already, or OptionInvalid for what no control can show.
    """
    try:
        if name == "retries":
            kept: Any = round(float(value))
        else:
            kept = tuple(dict.fromkeys(str(one) for one in value or ()))[:MAX_FALLBACKS]
        changed = ConversationOptions.model_validate({name: kept})
    except (TypeError, ValueError, OverflowError, ValidationError) as error:
        raise OptionInvalid from error
    known = (*offered.names, *options.fallbacks)
    if unknown := next((one for one in changed.fallbacks if one not in known), None):
        raise ModelUnknown(model=unknown)
    return {name: getattr(changed, name)}


def lay_out_fallbacks(prefix: str) -> FallbackControls:
    """Make it here, folded; ``prefix`` is what the ids of its parts begin with. Its models come with the page."""
    with gr.Accordion(words("app_fallback"), open=False, elem_id=f"{prefix}fallback", elem_classes="fallback-fold"):
        fallbacks = gr.Dropdown(
            [],
            multiselect=True,
            max_choices=MAX_FALLBACKS,
            label=words("app_fallback_models"),
            info=words("app_fallback_models_info"),
            allow_custom_value=True,  # as with the model itself: one that is gone must be shown
            elem_id=f"{prefix}fallback-models",
            elem_classes="model-choice",
        )
        retries = gr.Slider(
            0,
            MAX_RETRIES,
            value=ConversationOptions().retries,
            step=1,
            label=words("app_fallback_retries"),
            info=words("app_fallback_retries_info"),
            elem_id=f"{prefix}fallback-retries",
        )
    return FallbackControls(fallbacks, retries)
