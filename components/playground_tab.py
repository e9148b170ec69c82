"""The Playground as it is laid out: what is looked at and how it is drawn from on the left, on the right what is seen.

The small tabs share the prompt. Those that draw tokens share the settings of drawing, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from components.cloud_view import CloudParts, lay_out_cloud, lay_out_cloud_controls, lay_out_model_choice
from components.context_view import ContextParts, lay_out_context, lay_out_context_controls
from components.ngrams_view import NgramsParts, lay_out_ngrams, lay_out_ngrams_controls
from components.playground_sampling import PlaygroundSampling, lay_out_playground_sampling
from components.prompts_view import PromptsParts, lay_out_prompts, lay_out_prompts_controls
from components.room_parts import bridge, hidden_text, html
from components.samples_view import SamplesParts, lay_out_samples, lay_out_samples_controls
from components.score_view import ScoreParts, lay_out_score, lay_out_score_controls
from components.sweep_view import SweepParts, lay_out_sweep, lay_out_sweep_controls
from components.tokens_view import TokensParts, lay_out_tokens, lay_out_tokens_controls
from components.words import words
from playground.chain import Order
from playground.positions import MAX_CHARACTERS

TEXT, CHAT = "text", "chat"  # a text to go on with, or one message to answer


@dataclass(frozen=True)
class StepParts:
    """What is done at a position, and what came of it. ``share`` leads to it from elsewhere."""

    draw: gr.Button
    greedy: gr.Button
    draw_many: gr.Button
    back: gr.Button
    begin: gr.Button
    seed: gr.Textbox
    picture: gr.HTML
    share: gr.HTML


@dataclass(frozen=True)
class PlaygroundParts:
    """``place`` carries what is looked at (``components.playground_place``), ``copied`` what goes to the clipboard.

    ``next_share`` leads to what is seen from elsewhere: its address, a program, files.
    """

    tabs: gr.Tabs
    prompt: gr.Textbox
    mode: gr.Radio
    look: gr.Button
    stop: gr.Button
    status: gr.HTML
    sampling: PlaygroundSampling
    next_token: gr.HTML
    next_share: gr.HTML
    steps: StepParts
    samples: SamplesParts
    sweep: SweepParts
    tokens: TokensParts
    ngrams: NgramsParts
    prompts: PromptsParts
    context: ContextParts
    score: ScoreParts
    place: gr.Textbox
    copied: gr.Textbox
    bridge: gr.HTML
    cloud: CloudParts

    @property
    def seen(self) -> list[Any]:
        """What shows a position."""
        shares = [self.next_share, self.steps.share]
        return [self.next_token, self.steps.picture, *shares, self.place, self.status]

    @property
    def looking(self) -> list[Any]:
        """What changes while the model reads."""
        return [*self.seen, self.look, self.stop]


def lay_out_playground(models: Sequence[str] = ()) -> PlaygroundParts:
    """Make the room inside the open tab. ``models`` are names: the local one's, and those of services."""
    with gr.Row(elem_id="playground-room"):
        with gr.Column(elem_id="pg-prompt-side", elem_classes="side-controls"):
            choice = lay_out_model_choice(models)
            prompt, mode, look, stop, status = _lay_out_prompt()
            cloud_controls = lay_out_cloud_controls(choice)
            samples_controls = lay_out_samples_controls()
            sweep_controls = lay_out_sweep_controls()
            prompts_controls = lay_out_prompts_controls()
            context_controls = lay_out_context_controls()
            ngrams_controls = lay_out_ngrams_controls()
            tokens_controls, score_controls = lay_out_tokens_controls(), lay_out_score_controls()
        with (
            gr.Column(elem_id="pg-picture"),
            gr.Tabs(elem_id="pg-tabs", elem_classes="side-tabs", overflow_behavior="wrap") as tabs,
        ):
            with gr.Tab(words("app_pg_next"), id="next", render_children=True):
                next_share = _explained("next")
                next_token = _picture("pg-next")
                cloud = lay_out_cloud(cloud_controls)
            with gr.Tab(words("app_pg_steps"), id="steps", render_children=True):
                steps = _lay_out_steps(_explained("steps"))
            with gr.Tab(words("app_pg_samples"), id="samples", render_children=True):
                samples = lay_out_samples(samples_controls)
            with gr.Tab(words("app_pg_sweep"), id="sweep", render_children=True):
                sweep = lay_out_sweep(sweep_controls)
            with gr.Tab(words("app_pg_tokens"), id="tokens", render_children=True):
                tokens = lay_out_tokens(tokens_controls)
            with gr.Tab(words("app_pg_ngrams"), id="ngrams", render_children=True):
                ngrams = lay_out_ngrams(ngrams_controls)
            with gr.Tab(words("app_pg_prompts"), id="prompts", render_children=True):
                prompts = lay_out_prompts(prompts_controls)
            with gr.Tab(words("app_pg_context"), id="context", render_children=True):
                context = lay_out_context(context_controls)
            with gr.Tab(words("app_pg_score"), id="score", render_children=True):
                score = lay_out_score(score_controls)
        sampling = _lay_out_settings()
    place, copied, page = hidden_text("pg-place"), hidden_text("pg-copied"), bridge("playground", "pg-bridge")
    return PlaygroundParts(
        tabs, prompt, mode, look, stop, status, sampling, next_token, next_share, steps, samples, sweep,
        tokens, ngrams, prompts, context, score, place, copied, page, cloud,
    )  # fmt: skip


def _lay_out_settings() -> PlaygroundSampling:
    with gr.Column(elem_id="pg-sampling", elem_classes="side-controls"):
        gr.HTML(words("fragment_pg_settings"), apply_default_css=False)
        with gr.Column(elem_id="pg-settings"):
            return lay_out_playground_sampling([order.value for order in Order])


def _lay_out_prompt() -> tuple[gr.Textbox, gr.Radio, gr.Button, gr.Button, gr.HTML]:
    prompt = gr.Textbox(
        label=words("app_pg_prompt"),
        info=words("app_pg_prompt_info"),
        elem_id="pg-prompt",
        lines=1,
        max_lines=10,
        max_length=MAX_CHARACTERS,
    )
    modes = [(words("app_pg_mode_text"), TEXT), (words("app_pg_mode_chat"), CHAT)]
    mode = gr.Radio(modes, value=TEXT, label=words("app_pg_mode"), info=words("app_pg_mode_info"), elem_id="pg-mode")
    look = gr.Button(words("app_pg_look"), variant="primary", size="sm", elem_id="pg-look")
    stop = gr.Button(words("app_pg_stop"), size="sm", elem_id="pg-stop", visible=False)
    return prompt, mode, look, stop, html("pg-status")


def _lay_out_steps(share: gr.HTML) -> StepParts:
    with gr.Row(elem_id="pg-acts", elem_classes="side-controls"):
        draw, greedy, draw_many, back, begin = (
            gr.Button(words(f"app_pg_{name}"), size="sm", elem_id=f"pg-{name.replace('_', '-')}")
            for name in ("draw", "greedy", "draw_many", "back", "begin")
        )
        seed = gr.Textbox(
            "", label=words("app_setting_seed"), info=words("app_setting_seed_info"), max_length=10, elem_id="pg-seed"
        )
    return StepParts(draw, greedy, draw_many, back, begin, seed, _picture("pg-steps"), share)


def _explained(panel: str) -> gr.HTML:
    """What one is looking at, and where the lesson is; returns the place for what can be taken away."""
    gr.HTML(words(f"fragment_pg_{panel}"), elem_classes="pg-about", apply_default_css=False)
    return html(f"pg-{panel}-share", "pg-share")


def _picture(elem_id: str) -> gr.HTML:
    """Until something is looked at: what to begin with."""
    return gr.HTML(words("fragment_playground"), elem_id=elem_id, elem_classes="pg-view", apply_default_css=False)
