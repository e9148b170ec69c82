"""What can be taken away from the playground: tables, JSON, and programs whose text is only text."""

from __future__ import annotations

import ast
import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.sampling import SamplingParams
from playground.experiments import Playground
from playground.exports import Result, to_csv, to_json, to_python
from playground.next_token import ChainSettings
from playground.permalinks import Experiment
from playground.positions import Position, PromptText
from playground.views import PathToken, TextToken, TextTokens
from tests.scripted_rows import FACTS, ScriptedRows

ANA = "ana"
CUT = ChainSettings(SamplingParams(temperature=1.5, top_k=12, top_p=0.8, min_p=0.02, seed=7))
PANELS = ["next", "steps", "tokens", "score"]
NASTY = st.text() | st.sampled_from(['"""', "'''\nimport os\n'''", "\\", "\0", "{x}", "\u202e", "=1+1"])


def experiment(**changes: Any) -> Experiment:
    told = {
        "panel": "next",
        "model": FACTS.name,
        "fingerprint": "scripted",
        "text": "the cat",
        "sampling": CUT.sampling,
    }
    return Experiment.model_validate(told | changes)


def table(result: Result) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(to_csv(result))))


@pytest.fixture
def playground() -> Playground:
    return Playground(ScriptedRows(), lambda: FACTS)


async def test_candidates_with_every_stage(playground: Playground) -> None:
    view = await playground.view(ANA, await playground.look(ANA, PromptText("the cat")), CUT)
    rows = table(view)
    assert [int(row["id"]) for row in rows] == [candidate.token_id for candidate in view.candidates]
    assert [float(row["after temp"]) for row in rows] == [candidate.probability_after for candidate in view.candidates]
    assert {row["cut by"] for row in rows} >= {"", "top_k"}
    told = json.loads(to_json(experiment(), view))
    assert told["experiment"]["sampling"]["seed"] == 7
    assert [stage["name"] for stage in told["stages"]] == [stage.name for stage in view.stages]
    assert told["softmax"]["probability"] == view.softmax.probability
    assert [row["id"] for row in told["rows"]] == [candidate.token_id for candidate in view.candidates]


async def test_texts_tokens_and_scores(playground: Playground) -> None:
    both = await playground.compare("the cat", "el gato")
    assert [row["number"] for row in table(both)] == ["1"] * len(both[0].tokens) + ["2"] * len(both[1].tokens)
    assert json.loads(to_json(experiment(panel="tokens"), both))["texts"][1]["num_words"] == 2
    assert [row["bytes"] for row in table(both[0])] == [token.token_bytes.hex(" ") for token in both[0].tokens]
    scored = await playground.score(ANA, "the cat")
    assert next(row["log-probability"] for row in table(scored)) == ""
    told = json.loads(to_json(experiment(panel="score"), scored))
    assert told["texts"][0]["perplexity"] == scored.perplexity
    assert told["rows"][0]["log-probability"] is None
    compared = await playground.compare_scores(ANA, "the cat", "el gato")
    assert json.loads(to_json(experiment(panel="score"), compared))["log_ratio"] == compared.log_ratio
    assert len(table(compared)) == sum(len(text.tokens) for text in compared.texts)


async def test_a_path(playground: Playground) -> None:
    path = await playground.path(ANA, Position(PromptText("the cat"), (65, 66)))
    assert [row["text"] for row in table(path)] == ["A", "B"]
    assert to_csv(()) == ""


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\r"])
def test_text_never_becomes_a_formula(text: str) -> None:
    tokens = TextTokens(text, (TextToken(5, text.encode()),), 1, 1, 1, 1.0, 0.1)
    for result in (tokens, (PathToken(5, text.encode(), 0.5),)):
        (row,) = table(result)
        assert row["text"] == f"'{text}"


def test_bytes_that_are_no_character_are_told() -> None:
    (row,) = table((PathToken(5, b"\xe4\xb8", 0.5),))
    assert (row["text"], row["bytes"]) == ("\N{REPLACEMENT CHARACTER}", "e4 b8")


@settings(deadline=None)
@given(NASTY, NASTY, st.sampled_from(PANELS))
def test_a_program_holds_text_as_literals_alone(text: str, model: str, panel: str) -> None:
    told = experiment(panel=panel, text=text, other_text=text, model=model[:200])
    nodes = ast.parse(to_python(told)).body
    code = [ast.dump(node) for node in nodes if not isinstance(node, ast.Assign)]
    plain = ast.parse(to_python(experiment(panel=panel, text="Hi"))).body
    assert code == [ast.dump(node) for node in plain if not isinstance(node, ast.Assign)]
    found = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in nodes
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    assert found.get("TEXT", text) == text
    if "TEXTS" in found:
        assert found["TEXTS"] == ([text, text] if text else [])
