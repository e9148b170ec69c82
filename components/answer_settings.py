"""How an answer is made of documents: the controls in the panel's last tab, kept with the conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr
from pydantic import ValidationError

from chains.options import SamplingChoice
from chains.room_model import RoomModel
from components.words import words
from errors import OptionInvalid
from rag.answers import FAITHFUL
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
    """``defaults`` hold where nothing was chosen; a slider's reset goes back to them."""

    defaults: SamplingChoice
    sliders: Mapping[str, gr.Slider]

    @property
    def inputs(self) -> list[gr.Slider]:
        """What handlers take, in the order of the names."""
        return list(self.sliders.values())

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
        return {slider: min(max(shown[name], slider.minimum), slider.maximum) for name, slider in self.sliders.items()}

    def is_shown(self, name: str, value: Any, options: DocumentOptions) -> bool:
        """Whether ``value`` is what the control shows of ``options`` anyway."""
        return isinstance(value, int | float) and abs(float(value) - self._shown(options)[name]) < 1e-6

    def _shown(self, options: DocumentOptions) -> dict[str, Any]:
        return {**self.defaults.chosen(), **options.model_dump(), **options.sampling.chosen()}


def lay_out_answer_settings(model: RoomModel) -> AnswerSettings:
    """Make the controls here. ``model`` is the one that answers."""
    defaults = SamplingChoice(**model.defaults.chosen() | FAITHFUL.chosen())
    max_tokens = model.context_tokens // 2
    shown = {**defaults.chosen(), **DocumentOptions().model_dump()}
    sliders = {}
    for name, (least, most, step) in SLIDERS.items():
        highest = min(most, max_tokens) if name == "max_tokens" else most
        sliders[name] = gr.Slider(
            least,
            highest,
            value=min(shown[name], highest),
            step=step,
            label=words(f"app_setting_{name}"),
            info=words(f"app_setting_{name}_info"),
            elem_id=f"answer-{name.replace('_', '-')}",
        )
    return AnswerSettings(defaults, sliders)
