"""The Playground's controls of how a token is chosen: those of the chat, and what only this room has."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
from pydantic import ValidationError

from components.words import words
from errors import OptionInvalid
from models.sampling import SEED_LIMIT, SamplingParams

# By the names of SamplingParams: least, most, step. The first ones always show, the others are folded.
FIRST: dict[str, tuple[float, float, float]] = {
    "temperature": (0.0, 3.0, 0.05),
    "top_k": (0, 200, 1),
    "top_p": (0.05, 1.0, 0.01),
    "min_p": (0.0, 1.0, 0.01),
}
MORE: dict[str, tuple[float, float, float]] = {
    "typical_p": (0.05, 1.0, 0.01),
    "repeat_penalty": (0.8, 2.0, 0.05),
    "presence_penalty": (-2.0, 2.0, 0.1),
    "frequency_penalty": (-2.0, 2.0, 0.1),
    "xtc_probability": (0.0, 1.0, 0.05),
    "xtc_threshold": (0.0, 0.5, 0.01),
}
WHOLE = {"top_k"}
MOST_MIN_P = 1 - 1e-7  # the engine's option is below 1; this, too, leaves only the likeliest token
MAX_SEED_DIGITS = 10


@dataclass(frozen=True)
class PlaygroundSampling:
    """``order`` is the one in which the stages follow each other."""

    sliders: dict[str, gr.Slider]
    order: gr.Radio

    @property
    def inputs(self) -> list[Any]:
        """What handlers take, in the order that ``read`` expects."""
        return [*self.sliders.values()]

    @property
    def limits(self) -> list[list[float]]:
        """For ``tertulia.within``: Gradio refuses whatever it is sent beyond these."""
        return [[slider.minimum, slider.maximum] for slider in self.sliders.values()]

    def read(self, values: Sequence[Any]) -> SamplingParams:
        """What the sliders show. Raises OptionInvalid for what none can show."""
        try:
            shown = {name: round(float(value), 4) for name, value in zip(self.sliders, values, strict=True)}
            whole = {name: round(shown[name]) for name in WHOLE}
            return SamplingParams(**{**shown, **whole, "min_p": min(shown["min_p"], MOST_MIN_P)})
        except (ValidationError, TypeError, ValueError, OverflowError) as error:
            raise OptionInvalid(name="sampling", value=str(values)[:40]) from error

    def update(self, sampling: SamplingParams) -> dict[Any, Any]:
        """Show ``sampling``, as near as the sliders can."""
        return {
            slider: min(max(round(getattr(sampling, name), 4), slider.minimum), slider.maximum)
            for name, slider in self.sliders.items()
        }


def lay_out_playground_sampling(orders: Sequence[str]) -> PlaygroundSampling:
    """Make the controls here. ``orders`` are the names of orders, the engine's first."""
    defaults = SamplingParams()
    sliders = {name: _slider(name, defaults) for name in FIRST}
    order = gr.Radio(
        [(words(f"app_pg_order_{name}"), name) for name in orders],
        value=orders[0],
        label=words("app_pg_order"),
        info=words("app_pg_order_info"),
        elem_id="pg-order",
    )
    with gr.Accordion(words("app_pg_more"), open=False, elem_id="pg-more"):
        sliders |= {name: _slider(name, defaults) for name in MORE}
    return PlaygroundSampling(sliders, order)


def seed_of(text: str | None) -> int | None:
    """The seed that was typed, None for none. Raises OptionInvalid."""
    typed = (text or "").strip()
    if not typed:
        return None
    if not typed.isdecimal() or len(typed) > MAX_SEED_DIGITS or int(typed) >= SEED_LIMIT:
        raise OptionInvalid(name="seed", value=typed[:40])
    return int(typed)


def within(num_before: int, sampling: PlaygroundSampling, num_after: int) -> str:
    """JavaScript that keeps what is sent of the sliders within their ranges; others stand around them."""
    limits = [*[None] * num_before, *sampling.limits, *[None] * num_after]
    return f"(...given) => tertulia.within(given, {json.dumps(limits)})"


def _slider(name: str, defaults: SamplingParams) -> gr.Slider:
    least, most, step = (FIRST | MORE)[name]
    return gr.Slider(
        least,
        most,
        value=getattr(defaults, name),
        step=step,
        label=words(f"app_setting_{name}"),
        info=words(f"app_setting_{name}_info"),
        elem_id=f"pg-{name.replace('_', '-')}",
    )
