"""Who is compared: two to four models, each with its settings, as they are laid out and read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
from pydantic import ValidationError

from chains.comparison import LEAST_CONTENDERS, MOST_CONTENDERS
from chains.options import SamplingChoice
from components.model_labels import labelled
from components.words import words
from errors import OptionInvalid
from safety.surrogates import without_surrogates

FIRST = ("temperature",)
MORE = ("top_p", "top_k", "min_p", "repeat_penalty", "max_tokens", "seed")
MAX_SHOWN = 200  # characters; no name of a model is longer
LIVELY = "1.2"  # the second one's temperature where there is but one model


@dataclass(frozen=True)
class Chosen:
    """A model by its name, and what was chosen for it."""

    model: str
    sampling: SamplingChoice


@dataclass(frozen=True)
class ContenderControls:
    """``numbers`` by the names of SamplingChoice, as text: an empty one leaves it to the model."""

    card: gr.Column
    model: gr.Dropdown
    numbers: dict[str, gr.Textbox]
    remove: gr.Button

    @property
    def inputs(self) -> list[Any]:
        return [self.model, *self.numbers.values()]

    def read(self, values: Sequence[str]) -> Chosen:
        """What they show. Raises OptionInvalid for what cannot be."""
        model, *numbers = values
        typed = zip(self.numbers, (number.strip().replace(",", ".") for number in numbers), strict=True)
        given = {name: number for name, number in typed if number}
        try:
            return Chosen(model, SamplingChoice.model_validate(given))
        except ValidationError as error:
            name = str(error.errors()[0]["loc"][0])
            raise OptionInvalid(name=name, value=str(given.get(name))[:40]) from error


@dataclass(frozen=True)
class ContendersParts:
    """All four, of whom the first ``count`` take part."""

    controls: tuple[ContenderControls, ...]
    count: gr.Textbox
    add: gr.Button

    @property
    def inputs(self) -> list[Any]:
        """What ``read`` expects."""
        return [self.count, *(part for one in self.controls for part in one.inputs)]

    @property
    def outputs(self) -> list[Any]:
        """What ``update`` changes."""
        buttons = [part for one in self.controls for part in (one.card, one.remove)]
        return [*self.inputs, *buttons, self.add]

    def read(self, given: Sequence[Any]) -> tuple[Chosen, ...]:
        """Those that take part. Raises OptionInvalid."""
        return tuple(
            one.read(values) for one, values in zip(self.controls, self.rows(given)[: count_of(given)], strict=False)
        )

    def rows(self, given: Sequence[Any]) -> list[list[str]]:
        """The values of each, whether it takes part or not; as text, for they are shown again."""
        values = ["" if value is None else without_surrogates(str(value)[:MAX_SHOWN]) for value in given[1:]]
        width = len(self.controls[0].inputs)
        return [values[start : start + width] for start in range(0, len(values), width)]

    def update(self, count: int, rows: Sequence[Sequence[str]] = ()) -> dict[Any, Any]:
        """Have ``count`` take part, and ``rows`` shown, where there are any."""
        shown: dict[Any, Any] = {self.count: str(count), self.add: gr.Button(visible=count < MOST_CONTENDERS)}
        for place, one in enumerate(self.controls):
            shown[one.card] = gr.Column(elem_classes=card_classes("cmp-contender", is_seen=place < count))
            shown[one.remove] = gr.Button(visible=count > LEAST_CONTENDERS)
            shown |= dict(zip(one.inputs, rows[place], strict=True)) if rows else {}
        return shown

    def offer(self, names: Sequence[str], given: Sequence[Any]) -> dict[Any, Any]:
        """Have ``names`` to choose from. What was chosen stays; where nothing was, it is one after the other."""
        rows, shown = self.rows(given), dict[Any, Any]()
        for place, (one, row) in enumerate(zip(self.controls, rows, strict=True)):
            value = row[0] or (names[place % len(names)] if names else None)
            shown[one.model] = gr.Dropdown(choices=labelled(names), value=value)
        if len(names) == 1 and not rows[1][0]:  # else nothing could be compared before something is set
            shown[self.controls[1].numbers["temperature"]] = LIVELY
        return shown


def count_of(given: Sequence[Any]) -> int:
    """How many take part; the browser says so."""
    told = str(given[0] or "")
    return min(max(int(told), LEAST_CONTENDERS), MOST_CONTENDERS) if told.isdecimal() else LEAST_CONTENDERS


def card_classes(name: str, *, is_seen: bool) -> list[str]:
    """Gradio itself leaves out what is not visible: it would miss what it is told meanwhile."""
    return [name] if is_seen else [name, "cmp-unseen"]


def lay_out_contenders() -> tuple[ContenderControls, ...]:
    """Make them here."""
    with gr.Row(elem_id="md-cmp-contenders"):
        return tuple(_lay_out_contender(place) for place in range(MOST_CONTENDERS))


def _lay_out_contender(place: int) -> ContenderControls:
    takes_part = place < LEAST_CONTENDERS
    with gr.Column(elem_classes=card_classes("cmp-contender", is_seen=takes_part)) as card:
        model = gr.Dropdown(
            [],
            label=words("app_md_cmp_model"),
            elem_id=f"md-cmp-model-{place}",
            allow_custom_value=True,  # Gradio's own check would answer in English; ours asks the shelf
        )
        numbers = {name: _number(name, place) for name in FIRST}
        with gr.Accordion(words("app_md_cmp_more"), open=False, elem_classes="cmp-more"):
            numbers |= {name: _number(name, place) for name in MORE}
        remove = gr.Button(words("app_md_cmp_remove"), size="sm", visible=False, elem_id=f"md-cmp-remove-{place}")
    return ContenderControls(card, model, numbers, remove)


def _number(name: str, place: int) -> gr.Textbox:
    return gr.Textbox(
        "",
        label=words(f"app_setting_{name}"),
        placeholder=words("app_md_cmp_usual"),
        max_length=12,
        elem_id=f"md-cmp-{name.replace('_', '-')}-{place}",
    )
