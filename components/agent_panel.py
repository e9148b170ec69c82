"""The right side of the Agent room: what is behind an answer, and how the next one is to be worked out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr
from pydantic import ValidationError

from agents.options import AgentOptions, Strategy
from chains.model_shelf import Models
from components.conversation_list import AGENT
from components.fallback_controls import FallbackControls, lay_out_fallbacks
from components.memory_controls import RecallControls, lay_out_recall
from components.model_choice import ModelChoice, lay_out_model_choice
from components.room_parts import html
from components.words import words
from errors import OptionInvalid

SLIDERS: dict[str, tuple[int, int, int]] = {"max_calls": (1, 12, 1), "max_seconds": (10, 300, 5)}  # least, most, step


@dataclass(frozen=True)
class AgentPanel:
    """``chosen`` says which strategy that means here, and why."""

    glass: gr.HTML
    model: ModelChoice
    fallback: FallbackControls
    strategy: gr.Radio
    chosen: gr.HTML
    asks_before: gr.Checkbox
    sliders: Mapping[str, gr.Slider]
    recall: RecallControls

    @property
    def inputs(self) -> dict[str, Any]:
        """The control of each option of AgentOptions that has one of its own, by the option's name."""
        recall = self.recall
        memory = {"memory": recall.kind, "window_turns": recall.window_turns, "uses_notes": recall.uses_notes}
        return {"strategy": self.strategy, "asks_before": self.asks_before, **self.sliders, **memory}

    @property
    def shown(self) -> list[Any]:
        """What belongs to one conversation."""
        models = [*self.model.shown, *self.fallback.shown]
        return [self.glass, self.chosen, *models, *self.inputs.values(), self.recall.summary]

    def read(self, name: str, value: Any, options: AgentOptions) -> AgentOptions:
        """``options`` with one of them as its control shows it. Raises OptionInvalid for what none can show."""
        try:
            chosen = round(float(value)) if isinstance(self.inputs[name], gr.Slider) else value
            return AgentOptions.model_validate({**options.model_dump(), name: chosen})
        except (TypeError, ValueError, OverflowError, ValidationError) as error:
            raise OptionInvalid from error

    def update(self, options: AgentOptions, summary: str) -> dict[Any, Any]:
        """Show ``options``, but for the model."""
        sliders = {}
        for name, slider in self.sliders.items():  # Gradio refuses whatever comes with a value outside of the range
            sliders[slider] = min(max(getattr(options, name), slider.minimum), slider.maximum)
        return {
            self.strategy: str(options.strategy),
            self.asks_before: options.asks_before,
            **sliders,
            **self.recall.recall(options, summary),
        }


def lay_out_agent_panel(models: Models) -> AgentPanel:
    """Make it inside the open column."""
    gr.HTML(
        words("fragment_agent_panel"), elem_id="agent-panel-head", elem_classes="side-head", apply_default_css=False
    )
    with gr.Tabs(elem_id="agent-panel-tabs", elem_classes="side-tabs", overflow_behavior="wrap"):
        with gr.Tab(words("app_panel_glass"), id="glass", render_children=True):
            glass = html("agent-glass")
        with gr.Tab(words("app_agent_panel_model"), id="model", render_children=True):
            model = lay_out_model_choice(models, AGENT)
            strategy, chosen = _lay_out_strategy()
            fallback = lay_out_fallbacks(AGENT)
        with gr.Tab(words("app_agent_panel_limits"), id="limits", render_children=True):
            asks_before = gr.Checkbox(
                False, label=words("app_agent_asks_before"), info=words("app_agent_asks_before_info")
            )
            sliders = _lay_out_limits()
        with gr.Tab(words("app_panel_memory"), id="memory", render_children=True):
            recall = lay_out_recall(AGENT)
    return AgentPanel(glass, model, fallback, strategy, chosen, asks_before, sliders, recall)


def _lay_out_strategy() -> tuple[gr.Radio, gr.HTML]:
    strategy = gr.Radio(
        [(words(f"app_strategy_{name}"), str(name)) for name in Strategy],
        value=str(Strategy.AUTO),
        label=words("app_agent_strategy"),
        info=words("app_agent_strategy_info"),
        elem_id="agent-strategy",
    )
    return strategy, html("agent-chosen", "hint")


def _lay_out_limits() -> dict[str, gr.Slider]:
    usual = AgentOptions().model_dump()
    return {
        name: gr.Slider(
            least,
            most,
            value=usual[name],
            step=step,
            label=words(f"app_agent_{name}"),
            info=words(f"app_agent_{name}_info"),
            elem_id=f"agent-{name.replace('_', '-')}",
        )
        for name, (least, most, step) in SLIDERS.items()
    }
