"""How an answer is made of documents: the controls in the panel's last tab, kept with the conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr
from pydantic import ValidationError

from chains.options import SamplingChoice
from chains.room_model import RoomModel
from components.words import words
from errors import OptionInvalid
from rag.answers import FAITHFUL, faithful
from rag.modes import DocumentOptions

SLIDERS: dict[str, tuple[float, float, float]] = {  # least, most, step
    "num_passages": (1, 12, 1),
    "threshold": (0.0, 1.0, 0.01),
    "diversity": (0.0, 1.0, 0.01),
    "temperature": (0.0, 1.5, 0.05),
    "max_tokens": (16, 1024, 16),
}
WHOLE = ("num_passages", "max_tokens")


@dataclass(frozen=True)
class AnswerSettings:
    """``defaults`` hold where nothing was chosen; a slider's reset goes back to them.

    ``max_tokens`` is the most an answer may have.
    """

    defaults: SamplingChoice
    sliders: Mapping[str, gr.Slider]
    max_tokens: int

    @property
    def inputs(self) -> list[gr.Slider]:
        """What handlers take, in the order of the names."""
        return list(self.sliders.values())

    def of(self, model: RoomModel) -> AnswerSettings:
        """The same for another model: its defaults, as far as they are known, and the length of its window."""
        defaults = SamplingChoice(**self.defaults.chosen() | faithful(model).chosen())
        return replace(self, defaults=defaults, max_tokens=_longest(model))

    def read(self, name: str, value: Any, options: DocumentOptions) -> DocumentOptions:
        """``options`` with one of them as its control shows it. Raises OptionInvalid for what no control can show."""
        try:
            number = round(float(value)) if name in WHOLE else round(float(value), 4)
            if name in DocumentOptions.model_fields:
                return DocumentOptions.model_validate({**options.model_dump(), name: number})
            chosen = None if number == self._shown(DocumentOptions())[name] else number
            sampling = SamplingChoice.model_validate({**options.sampling.model_dump(), name: chosen})
            return options.model_copy(update={"sampling": sampling})
        except (TypeError, ValueError, OverflowError, ValidationError) as error:
            raise OptionInvalid from error

    def update(self, options: DocumentOptions) -> dict[Any, Any]:
        """Show ``options``."""
        shown = self._shown(options)
        # Gradio refuses whatever it is sent with a value outside of a slider's range.
        update: dict[Any, Any] = {
            slider: min(max(shown[name], slider.minimum), slider.maximum) for name, slider in self.sliders.items()
        }
        longest = gr.Slider(value=max(shown["max_tokens"], SLIDERS["max_tokens"][0]), maximum=self.max_tokens)
        return update | {self.sliders["max_tokens"]: longest}

    def is_shown(self, name: str, value: Any, options: DocumentOptions) -> bool:
        """Whether ``value`` is what the control shows of ``options`` anyway."""
        return isinstance(value, int | float) and abs(float(value) - self._shown(options)[name]) < 1e-6

    def _shown(self, options: DocumentOptions) -> dict[str, Any]:
        shown = {**self.defaults.chosen(), **options.model_dump(), **options.sampling.chosen()}
        return shown | {"max_tokens": min(shown["max_tokens"], self.max_tokens)}


def lay_out_answer_settings(model: RoomModel) -> AnswerSettings:
    """Make the controls here, for ``model`` to begin with."""
    # A service may not tell its defaults.
    defaults, max_tokens = SamplingChoice(**FAITHFUL.chosen() | faithful(model).chosen()), _longest(model)
    shown = {**defaults.chosen(), **DocumentOptions().model_dump()}
    sliders = {}
    for name, (least, most, step) in SLIDERS.items():
        highest = max_tokens if name == "max_tokens" else most
        sliders[name] = gr.Slider(
            least,
            highest,
            value=min(shown[name], highest),
            step=step,
            label=words(f"app_setting_{name}"),
            info=words(f"app_setting_{name}_info"),
            elem_id=f"answer-{name.replace('_', '-')}",
        )
    return AnswerSettings(defaults, sliders, max_tokens)


def _longest(model: RoomModel) -> int:
    return min(int(SLIDERS["max_tokens"][1]), model.context_tokens // 2)
