"""What nobody would type on purpose, and rows that no model should give: all of it is told, nothing breaks."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, Iterable
from typing import Any

import numpy as np
import pytest

from components.local_text import LocalText
from errors import PromptTooLong
from models.next_token import Asked, Logits, NextRow
from models.sample_batch import SampleUpdate
from models.sampling import SamplingParams
from playground.experiments import Playground
from playground.panel_options import SweepOptions
from playground.positions import Position, PromptText
from playground.samples import SampleExperiment, SamplesAsked
from playground.sweep import SweepAsked, SweepExperiment
from tests.page_reader import catalogue
from tests.playground_texts import playground_services
from tests.playground_visitor import SESSION, PlaygroundVisitor
from tests.scripted_rows import CONTEXT_TOKENS, FACTS, ScriptedRows
from tests.scripted_samples import ScriptedSamples

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # how Gradio shows a toast where there is no page
NUM_IDS = 300
NO_NUMBER = re.compile(r"(?i)(?<![a-z])(nan|inf)(?![a-z])")
SETTINGS: dict[str, dict[str, Any]] = {
    "as they are": {},
    "greedy": {"temperature": 0},
    "all off": {"temperature": 1, "top_k": 0, "top_p": 1, "min_p": 0},
    "hot": {"temperature": 3, "top_k": 0, "top_p": 1, "min_p": 0},
    "typical": {"typical_p": 0.5, "top_k": 0, "top_p": 1, "min_p": 0},
    "top-p": {"top_p": 0.05, "top_k": 0},
    "min-p": {"min_p": 1, "top_k": 0},
    "xtc": {"xtc_probability": 1, "xtc_threshold": 0},
    "penalties": {"repeat_penalty": 2, "presence_penalty": 2, "frequency_penalty": -2},
}


def row_of(kind: str) -> Logits:
    """Every token alike, or nearly all the probability on one, or all of it on one or two."""
    if kind == "alike":
        return np.zeros(NUM_IDS, "<f4")
    logits = np.full(NUM_IDS, -np.inf if kind in ("one", "two") else 0, "<f4")
    logits[65] = logits[66] = 1000
    if kind != "two":
        logits[66] = logits[67]
    return logits


class OddRows(ScriptedRows):
    """The same row everywhere."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self._logits = row_of(kind)

    async def row(self, owner: str, prompt: Asked, then_ids: Iterable[int] = ()) -> NextRow:
        row = await super().row(owner, prompt, then_ids)
        return NextRow(self._logits, row.prompt_ids, 0, row.vocabulary)


@pytest.mark.parametrize("kind", ["alike", "sure", "one", "two"])
@pytest.mark.parametrize("order", ["engine", "textbook"])
async def test_a_row_without_variance_is_shown_drawn_and_given_away(kind: str, order: str) -> None:
    ana = PlaygroundVisitor(playground_services(OddRows(kind)))
    ana.settings["seed"] = "1"
    await ana.look()
    at_first = dict(ana.settings)
    for settings in SETTINGS.values():
        ana.settings = {**at_first, **settings, "order": order}
        await ana.show()
        for name in ("draw", "greedy", "begin"):
            await ana.do(name)
            assert ana.said == ""
        for part in (ana.parts.next_token, ana.parts.steps.picture):
            assert not NO_NUMBER.search(ana.read(part).text)
        told = json.loads(ana.services.playground.exports.take(ana.owner, SESSION, "next", "json"))
        assert sum(row["probability"] for row in told["rows"]) <= 1 + 1e-9
    await ana.do("draw_many")
    await ana.press("choose", id=0)
    assert ana.said == ""
    assert not NO_NUMBER.search(ana.picture.text)


def test_what_can_never_be_written_has_a_logit_that_people_read() -> None:
    assert LocalText(catalogue, "es").decimal(float("-inf"), 2) == "−∞"
    assert LocalText(catalogue, "en").decimal(float("inf"), 0) == "∞"


async def test_a_character_is_put_together_from_the_tokens_that_hold_its_bytes() -> None:
    ana = PlaygroundVisitor(playground_services(ScriptedRows()))
    await ana.look()
    for byte in "🦩".encode():
        await ana.take(byte)
        assert ana.said == ""
    ribbon = ana.read(ana.parts.steps.picture).all(class_="gb-prompt")[0].text
    assert "🦩" in ribbon
    await ana.do("back")
    assert "🦩" not in ana.read(ana.parts.steps.picture).all(class_="gb-prompt")[0].text


class FullModel(ScriptedSamples):
    """Has no room for any prompt."""

    async def run(self, *_: Any, **__: Any) -> AsyncGenerator[SampleUpdate]:
        raise PromptTooLong(length=CONTEXT_TOKENS, limit=CONTEXT_TOKENS - 1)
        yield SampleUpdate(0)


async def test_a_prompt_that_is_refused_takes_nothing_from_what_is_shown() -> None:
    playground = Playground(ScriptedRows(), lambda: FACTS)
    position, sampling = Position(PromptText("the cat")), SamplingParams(seed=1)
    runs = (
        SampleExperiment(playground, FullModel()).run("ana", SamplesAsked(position, sampling, 2, 5)),
        SweepExperiment(playground, FullModel()).run(
            "ana", SweepAsked(position, sampling, SweepOptions().rows, SweepOptions().columns, 5)
        ),
    )
    for run in runs:
        with pytest.raises(PromptTooLong):
            await anext(run)
