"""The controls of how tokens are chosen: built once, for every room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from chains.options import PRESETS, SamplingChoice
from chains.room_model import RoomModel
from components.words import words

OWN = "own"  # not one of the presets
SLIDERS: dict[str, tuple[float, float, float]] = {  # least, most, step
    "temperature": (0.0, 2.0, 0.05),
    "top_p": (0.05, 1.0, 0.01),
    "top_k": (0, 200, 1),
    "min_p": (0.0, 0.5, 0.01),
    "max_tokens": (1, 2048, 1),
    "repeat_penalty": (0.8, 2.0, 0.05),
    "presence_penalty": (-2.0, 2.0, 0.1),
    "frequency_penalty": (-2.0, 2.0, 0.1),
}
WHOLE = {"top_k", "max_tokens"}
USUAL = PRESETS["balanced"]
OFF = {"presence_penalty": 0.0, "frequency_penalty": 0.0}  # what a slider shows where nothing was chosen


@dataclass(frozen=True)
class SamplingControls:
    """``defaults`` is what holds where nothing was chosen; a slider's reset goes back to it.

    ``max_tokens`` is the most an answer may have.
    """

    defaults: SamplingChoice
    preset: gr.Radio
    sliders: dict[str, gr.Slider]
    stop: gr.Textbox
    seed: gr.Textbox
    max_tokens: int

    @property
    def names(self) -> list[str]:
        """The options of SamplingChoice behind ``inputs``."""
        return [*self.sliders, "stop", "seed"]

    @property
    def inputs(self) -> list[Any]:
        """What handlers take, in the order that ``read`` expects."""
        return [*self.sliders.values(), self.stop, self.seed]

    def of(self, model: RoomModel) -> SamplingControls:
        """The same for another model: its defaults, as far as they are known, and the length of its window."""
        defaults = SamplingChoice(**self.defaults.chosen() | model.defaults.chosen())
        return replace(self, defaults=defaults, max_tokens=_longest(model))

    def read(self, values: Sequence[Any]) -> SamplingChoice:
        """The choice that the controls show; what equals a default is no choice. Raises pydantic's ValidationError."""
        *numbers, stop, seed = values
        chosen: dict[str, Any] = {}
        for name, number in zip(self.sliders, numbers, strict=True):
            value = round(number) if name in WHOLE else round(float(number), 4)
            if value != self._shown(self.defaults)[name]:
                chosen[name] = value
        strings = tuple(line.replace("\\n", "\n") for line in str(stop or "").splitlines() if line)
        return SamplingChoice(**chosen, stop=strings, seed=int(seed) if str(seed or "").strip().isdecimal() else None)

    def update(self, choice: SamplingChoice) -> dict[Any, Any]:
        """Show ``choice``."""
        shown = self._shown(choice)
        stop = "\n".join(text.replace("\n", "\\n") for text in choice.stop)
        seed = "" if choice.seed is None else str(choice.seed)
        # A template or a file may go further than a slider, and Gradio refuses whatever it is sent with such a value.
        sliders = {
            slider: min(max(shown[name], slider.minimum), slider.maximum) for name, slider in self.sliders.items()
        }
        longest = gr.Slider(value=shown["max_tokens"], maximum=self.max_tokens)
        sliders[self.sliders["max_tokens"]] = longest
        return {**sliders, self.stop: stop, self.seed: seed, self.preset: self.preset_of(choice)}

    def preset_of(self, choice: SamplingChoice) -> str:
        """The preset that ``choice`` is, or OWN."""
        shown = self._shown(choice)
        for name, preset in PRESETS.items():
            if all(shown[key] == value for key, value in preset.chosen().items()):
                return name
        return OWN

    def _shown(self, choice: SamplingChoice) -> dict[str, Any]:
        shown = {**OFF, **self.defaults.chosen(), **choice.chosen()}
        return shown | {"max_tokens": min(shown.get("max_tokens", self.max_tokens), self.max_tokens)}


def _longest(model: RoomModel) -> int:
    return min(int(SLIDERS["max_tokens"][1]), model.context_tokens // 2)


def lay_out_sampling(model: RoomModel) -> SamplingControls:
    """Make the controls here, for ``model`` to begin with."""
    # A service may not tell its defaults.
    defaults, max_tokens = SamplingChoice(**USUAL.chosen() | model.defaults.chosen()), _longest(model)
    shown = {**OFF, **defaults.chosen(), "max_tokens": min(defaults.max_tokens or max_tokens, max_tokens)}
    presets = [(words(f"app_preset_{name}"), name) for name in (*PRESETS, OWN)]
    preset = gr.Radio(
        presets, label=words("app_preset"), info=words("app_preset_info"), elem_id="preset", value="balanced"
    )
    sliders = {}
    for name, (least, most, step) in SLIDERS.items():
        sliders[name] = gr.Slider(
            least,
            max_tokens if name == "max_tokens" else most,
            value=shown[name],
            step=step,
            label=words(f"app_setting_{name}"),
            info=words(f"app_setting_{name}_info"),
            elem_id=f"setting-{name.replace('_', '-')}",
        )
    stop = gr.Textbox(
        "", label=words("app_setting_stop"), info=words("app_setting_stop_info"), lines=2, elem_id="setting-stop"
    )
    seed = gr.Textbox(
        "", label=words("app_setting_seed"), info=words("app_setting_seed_info"), max_length=10, elem_id="setting-seed"
    )
    return SamplingControls(defaults, preset, sliders, stop, seed, max_tokens)
