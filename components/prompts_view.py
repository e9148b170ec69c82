"""The Prompts tab of the Playground as it is laid out; ``prompts_picture`` is what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
from pydantic import ValidationError

from components.panel_parts import explained, picture, run_and_stop, seed_field
from components.prompts_examples import EXAMPLES
from components.words import words
from errors import OptionInvalid
from playground.panel_options import MAX_PROMPTS, PromptsOptions
from playground.prompt_calls import examples_from, examples_text
from safety.surrogates import without_surrogates

MAX_NEW_TOKENS = 200


@dataclass(frozen=True)
class ShotFields:
    """Zero-, one- and few-shot: ``examples`` are written one a line, ``labels`` stand before questions and answers."""

    instruction: gr.Textbox
    examples: gr.Textbox
    labels: tuple[gr.Textbox, gr.Textbox]


@dataclass(frozen=True)
class PromptsControls:
    """``compare`` says which of the other fields count. ``tries`` fill them, a button for each comparison."""

    compare: gr.Radio
    shots: ShotFields
    templates: tuple[gr.Textbox, ...]
    steps: tuple[gr.Textbox, ...]
    max_tokens: gr.Slider
    seed: gr.Textbox
    run: gr.Button
    stop: gr.Button
    tries: dict[str, gr.Button]

    @property
    def fields(self) -> list[Any]:
        """What ``read`` expects, in its order."""
        shots = self.shots
        texts = [shots.instruction, shots.examples, *shots.labels, *self.templates, *self.steps]
        return [self.compare, *texts, self.max_tokens]

    def read(self, values: Sequence[Any], labels: tuple[str, str]) -> PromptsOptions:
        """What the fields that count hold; ``labels`` where none are written.

        Raises ExampleMisread, and OptionInvalid for what no field can hold.
        """
        compare, *texts, max_tokens = values
        instruction, examples, *rest = (without_surrogates(str(text or "")) for text in texts)
        told: dict[str, Any] = {"compare": compare}
        if compare == "shots":
            shown = (given.strip() or usual for given, usual in zip(rest[:2], labels, strict=True))
            told |= {"instruction": instruction.strip(), "examples": examples_from(examples), "labels": tuple(shown)}
        if compare == "templates":
            told["templates"] = tuple(rest[2 : 2 + MAX_PROMPTS])
        if compare == "chain":
            told["steps"] = tuple(rest[2 + MAX_PROMPTS :])
        if compare != "lengths":
            told["max_tokens"] = max_tokens
        try:
            return PromptsOptions(**told)
        except ValidationError as error:
            raise OptionInvalid(name="prompts", value=str(compare)[:40]) from error

    def values(self, options: PromptsOptions) -> list[Any]:
        """What the fields that count are to hold; None for the others."""
        texts: list[Any] = [None] * (4 + 2 * MAX_PROMPTS)
        if options.compare == "shots":
            texts[:4] = [options.instruction, examples_text(options.examples), *options.labels]
        if options.compare == "templates":
            texts[4 : 4 + MAX_PROMPTS] = _filled(options.templates)
        if options.compare == "chain":
            texts[4 + MAX_PROMPTS :] = _filled(options.steps)
        return [options.compare, *texts, None if options.compare == "lengths" else options.max_tokens]

    def update(self, options: PromptsOptions, seed: int | None) -> dict[Any, Any]:
        """Show ``options``; fields that do not count stay as they are."""
        pairs = zip(self.fields, self.values(options), strict=True)
        shown = {field: value for field, value in pairs if value is not None}
        return shown | {self.seed: "" if seed is None else str(seed)}


@dataclass(frozen=True)
class PromptsParts:
    """``share`` leads to what is seen from elsewhere."""

    controls: PromptsControls
    share: gr.HTML
    status: gr.HTML
    picture: gr.HTML


def lay_out_prompts_controls() -> PromptsControls:
    """Make them here, by the prompt; they are in sight while the tab is chosen."""
    with gr.Column(elem_id="pg-prompts-controls", elem_classes="side-controls"):
        choices = [(words(f"app_prompts_{name}"), name) for name in EXAMPLES]
        compare = gr.Radio(choices, value="shots", label=words("app_prompts_compare"), elem_id="pg-prompts-compare")
        run, stop = run_and_stop("prompts", words("app_prompts_run"))
        gr.HTML(words("app_prompts_try"), elem_classes="tx-try", apply_default_css=False)
        with gr.Row(elem_id="pg-prompts-tries", elem_classes="tx-pairs"):
            tries = {name: gr.Button(words(f"app_prompts_try_{name}"), size="sm") for name in EXAMPLES}
        shots, templates, steps = _lay_out_shots(), _lay_out_texts("template"), _lay_out_texts("step")
        most = gr.Slider(
            1, MAX_NEW_TOKENS, value=40, step=1, label=words("app_prompts_max_tokens"), elem_id="pg-prompts-max-tokens"
        )
        seed = seed_field("prompts", words("app_prompts_seed_info"), "42")
    return PromptsControls(compare, shots, templates, steps, most, seed, run, stop, tries)


def lay_out_prompts(controls: PromptsControls) -> PromptsParts:
    """Make the rest inside the open tab."""
    share, status = explained(words("fragment_pg_prompts"), "prompts")
    return PromptsParts(controls, share, status, picture("prompts", words("app_prompts_empty")))


def _lay_out_shots() -> ShotFields:
    with gr.Column(elem_id="pg-prompts-shots", elem_classes="pm-fields"):
        instruction = _text("instruction")
        examples = _text("examples", has_info=True)
        with gr.Row(elem_id="pg-prompts-labels"):
            ask, answer = _text("label_question", max_length=40), _text("label_answer", max_length=40)
    return ShotFields(instruction, examples, (ask, answer))


def _lay_out_texts(name: str) -> tuple[gr.Textbox, ...]:
    with gr.Column(elem_id=f"pg-prompts-{name}s", elem_classes="pm-fields"):
        texts = tuple(_text(f"{name}_{number}") for number in range(1, 1 + MAX_PROMPTS))
        gr.HTML(words("fragment_pg_prompts_names"), elem_classes="tx-try", apply_default_css=False)
    return texts


def _text(name: str, *, has_info: bool = False, max_length: int = 4_000) -> gr.Textbox:
    return gr.Textbox(
        label=words(f"app_prompts_{name}"),
        info=words(f"app_prompts_{name}_info") if has_info else None,
        elem_id=f"pg-prompts-{name.replace('_', '-')}",
        lines=1,
        max_lines=8 if max_length > 40 else 1,
        max_length=max_length,
    )


def _filled(texts: tuple[str, ...]) -> list[str]:
    return [*texts, *[""] * (MAX_PROMPTS - len(texts))]
