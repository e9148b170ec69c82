"""Every way to draw a token, on the default model as it is shipped: samplers, grammars, what people are shown."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from models.engine.llama_constraint import Constraint
from models.engine.outcome import SamplingRefused, Seen
from models.engine.protocol import EngineOptions
from models.engine.runner import LlamaRunner, start_backend
from models.engine.sequence import Task
from models.sampling import SamplingParams
from tests.runner_drive import advance, sequence_of, text_of, write

GREEDY = {"temperature": 0}
WAYS: list[dict[str, Any]] = [
    {"temperature": 0},
    {},
    {"temperature": 1.2, "top_k": 0, "top_p": 1, "min_p": 0},
    {"dynatemp_range": 0.5, "typical_p": 0.9},
    {"xtc_probability": 1, "xtc_threshold": 0.05},
    {"dry_multiplier": 0.8, "repeat_penalty": 1.2, "frequency_penalty": 0.2, "presence_penalty": 0.2},
    {"mirostat": 2},
    {"logit_bias": {260: 2.0, 28: -100.0}},
    {"json_schema": {"type": "object", "properties": {"city": {"type": "string"}}}},
]
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string", "maxLength": 20}, "size": {"enum": ["small", "large"]}},
    "required": ["city", "size"],
}


@pytest.fixture(scope="module")
def runner(default_options: EngineOptions) -> LlamaRunner:
    start_backend()
    options = default_options.model_copy(update={"plain_kernels": True, "context_tokens": 512})
    return LlamaRunner(options, options.model_path)


@pytest.fixture
def prompt_ids(runner: LlamaRunner) -> list[int]:
    return runner.vocabulary.tokenize("France has many cities. The capital of", parse_special=False)


def answer(runner: LlamaRunner, prompt_ids: list[int], num_tokens: int = 16, **options: Any) -> str:
    """Ends with … where it was cut."""
    num_shown = options.pop("num_shown", None)
    sequence = sequence_of(prompt_ids, SamplingParams.model_validate({"seed": 7, **options}), num_shown=num_shown)
    runner.clear(0)
    runner.open(sequence)
    drawn = write(runner, sequence, num_tokens)
    runner.close(sequence)
    return text_of(runner, drawn) + ("" if runner.is_end(drawn[-1].token_id) else "…")


@pytest.mark.parametrize("way", WAYS, ids=lambda way: " ".join(way) or "default")
def test_the_same_seed_draws_the_same_whether_it_is_watched_or_not(
    runner: LlamaRunner, prompt_ids: list[int], way: dict[str, Any]
) -> None:
    texts = []
    for num_shown in (None, None, 3):
        sequence = sequence_of(prompt_ids, SamplingParams(seed=7, **way), num_shown=num_shown)
        runner.clear(0)
        runner.open(sequence)
        drawn = write(runner, sequence, 10)
        runner.close(sequence)
        texts.append([one.token_id for one in drawn])
    assert texts[0] == texts[1] == texts[2]
    for one in drawn:
        assert one.choice is not None
        assert one.choice.chosen.token_id == one.token_id
        assert len(one.choice.alternatives) == 3
        shown = [one.choice.chosen, *one.choice.alternatives]
        assert 0 < one.choice.chosen.probability_after <= 1
        assert sum(candidate.probability_after for candidate in shown) <= 1 + 1e-6
        if way == GREEDY:
            assert [candidate.probability_after for candidate in shown] == [1, 0, 0, 0]


def test_another_seed_draws_another_text(runner: LlamaRunner, prompt_ids: list[int]) -> None:
    hot = {"temperature": 2, "top_k": 0, "top_p": 1, "min_p": 0}
    assert answer(runner, prompt_ids, seed=1, **hot) != answer(runner, prompt_ids, seed=2, **hot)


def seen(runner: LlamaRunner, prompt_ids: list[int], **options: Any) -> Seen:
    sampling = SamplingParams.model_validate({"seed": 7, **options})
    sequence = sequence_of(prompt_ids, sampling, task=Task.LOOK, num_shown=5)
    runner.clear(0)
    runner.open(sequence)
    outcome = advance(runner, sequence)
    runner.close(sequence)
    assert isinstance(outcome, Seen)
    return outcome


def test_looking_shows_each_stage_in_the_engines_order(runner: LlamaRunner, prompt_ids: list[int]) -> None:
    stages = seen(runner, prompt_ids, top_k=20, dry_multiplier=0.8, repeat_penalty=1.1, json_schema=SCHEMA).stages
    names = ["model", "grammar", "penalties", "dry", "top_k", "top_p", "min_p", "temp"]
    assert [stage.name for stage in stages] == names
    model, grammar, *others = stages
    assert model.mass == pytest.approx(1)
    assert model.num_survivors == runner.vocabulary.size
    assert grammar.candidates[0].token_bytes.startswith(b"{")
    assert stages[names.index("top_k")].num_survivors <= 20
    counts = [stage.num_survivors for stage in stages]
    assert counts == sorted(counts, reverse=True)
    for stage in others:
        assert sum(candidate.probability_after for candidate in stage.candidates) <= 1 + 1e-9
        assert model.candidates[0].token_id in [candidate.token_id for candidate in stage.candidates], "cut, but shown"


def test_a_greedy_look_ends_with_one_survivor(runner: LlamaRunner, prompt_ids: list[int]) -> None:
    model, greedy = seen(runner, prompt_ids, temperature=0).stages
    assert (greedy.name, greedy.num_survivors) == ("greedy", 1)
    assert greedy.candidates[0].token_id == model.candidates[0].token_id
    assert greedy.candidates[0].probability_after == 1


def test_penalties_know_the_prompt(runner: LlamaRunner, prompt_ids: list[int]) -> None:
    (france,) = runner.vocabulary.tokenize(" France", parse_special=False)
    told = [france, *prompt_ids]
    assert seen(runner, told, temperature=0).stages[-1].candidates[0].token_id == france
    assert seen(runner, told, temperature=0, presence_penalty=10).stages[-1].candidates[0].token_id != france


@pytest.mark.parametrize("seed", range(4))
def test_an_answer_under_a_schema_parses_however_hot(runner: LlamaRunner, prompt_ids: list[int], seed: int) -> None:
    hot = {"temperature": 1.5, "top_k": 0, "top_p": 1, "min_p": 0, "seed": seed}
    city = json.loads(answer(runner, prompt_ids, 64, json_schema=SCHEMA, **hot))
    assert city["size"] in ("small", "large")
    assert len(city["city"]) <= 20


@pytest.mark.parametrize(
    ("grammar", "text"),
    [
        ('root ::= "Bogotá 🌳 "{2}', "Bogotá 🌳 Bogotá 🌳 "),  # characters split over tokens
        ('root ::= "a" [^\\x00-\\U0010FFFF]', "a"),  # nothing may come after "a": the answer ends
        ('root ::= "Paris" "."?', "Paris."),
    ],
)
def test_the_end_comes_exactly_when_the_grammar_is_complete(
    runner: LlamaRunner, prompt_ids: list[int], grammar: str, text: str
) -> None:
    reluctant = {"grammar": grammar, "logit_bias": {runner.vocabulary.end_id: -20}, **GREEDY}
    assert answer(runner, prompt_ids, 32, **reluctant) == text
    assert answer(runner, prompt_ids, 32, num_shown=2, **reluctant) == text


def test_a_lazy_grammar_leaves_the_text_free_up_to_its_trigger(runner: LlamaRunner, prompt_ids: list[int]) -> None:
    free = answer(runner, prompt_ids, 12, **GREEDY)
    trigger = f" {free.split(' ')[3]}"
    start = free.index(trigger)
    grammar = f"root ::= {json.dumps(trigger)} {json.dumps('¡Fin!')}"
    bound = answer(runner, prompt_ids, 24, grammar=grammar, grammar_trigger=re.escape(trigger), **GREEDY)
    assert bound == free[:start] + trigger + "¡Fin!"
    assert answer(runner, prompt_ids, 12, grammar=grammar, grammar_trigger="never written", **GREEDY) == free


@pytest.mark.parametrize(
    ("trigger", "grammar", "text", "follower", "is_allowed"),
    [
        ("( night)", " nights", "Good night", "s", True),  # begins with the token that completes it
        ("( night)", " nights", "Good night", ".", False),
        ("night", "nights", "Good night", "s", True),  # begins inside that token
        ("night", "nights", "Good night", ".", False),
        ("ght and", "ght and day", "Good night and", " day", True),  # begins inside an earlier one
        ("ght and", "ght and day", "Good night and", " more", False),
        ("night", "day", "Good night", " more", True),  # the grammar does not know what has been written: still free
        ("ght and", "day", "Good night and", " more", True),
        ("noon", "noon", "Good night and", " more", True),
    ],
)
def test_from_the_trigger_on_the_grammar_rules(
    runner: LlamaRunner, trigger: str, grammar: str, text: str, follower: str, is_allowed: bool
) -> None:
    sampling = SamplingParams(grammar=f'root ::= "{grammar}"', grammar_trigger=trigger)
    constraint = Constraint.of(sampling, runner.vocabulary)
    assert constraint is not None
    for token_id in runner.vocabulary.tokenize(text, parse_special=False):
        assert constraint.accept(token_id)
    assert constraint.accept(runner.vocabulary.tokenize(follower, parse_special=False)[0]) == is_allowed
    constraint.free()


def test_a_trigger_that_goes_on_as_the_grammar_does_not_know_is_refused_and_kills_nobody(runner: LlamaRunner) -> None:
    sampling = SamplingParams(grammar='root ::= "<call>" [a-z]+', grammar_trigger="<call>")
    constraint = Constraint.of(sampling, runner.vocabulary)
    assert constraint is not None
    *free, last = runner.vocabulary.tokenize("Use <call>.", parse_special=False)
    assert runner.token_bytes(last) == b">."
    assert all(constraint.accept(token_id) for token_id in free)
    assert constraint.is_waiting
    assert not constraint.accept(last)
    assert not constraint.is_waiting
    assert all(constraint.accept(token_id) for token_id in runner.vocabulary.tokenize(">name", parse_special=False))
    constraint.free()


@pytest.mark.parametrize(
    "options",
    [
        {"grammar": 'root ::= "a'},
        {"grammar": 'rot ::= "a"'},
        {"grammar": 'root ::= root "a"'},
        {"grammar": "root ::= missing"},
        {"grammar": "root ::= " + "(" * 100_000},
        {"json_schema": {"type": "object", "properties": 3}},
    ],
    ids=["unfinished", "no root", "endless", "undefined", "deep", "no schema"],
)
def test_a_grammar_that_cannot_be_read_is_refused(runner: LlamaRunner, options: dict[str, Any]) -> None:
    sequence = sequence_of([1], SamplingParams(seed=1, **options))
    with pytest.raises(SamplingRefused):
        runner.open(sequence)
