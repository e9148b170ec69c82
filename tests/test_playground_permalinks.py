"""Addresses of experiments: whole, short, and nothing else gets in by them."""

from __future__ import annotations

import json
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from errors import PermalinkInvalid, PermalinkTooLong
from models.sampling import SamplingParams
from playground.chain import Order
from playground.permalinks import COMMON, MAX_LENGTH, PREFIX, Experiment, from_fragment, to_fragment
from playground.positions import MAX_CHARACTERS, MAX_STEPS, Position, PromptText
from playground.views import LoadedModel, ModelFacts

GIVEN_AWAY = (
    "playground=1ePmixpFxq8aIGNSYKM7Nz8nJNcKIEANDI-PEpOQURMT4JCokJxZkliTmKKSkKrgVJeYlZyYqpBZjiTBcMYQeHUZm"
    "BjomhuakxIoFPFZMh2SsmNfWAgBRl4Oe"
)
HERE = LoadedModel(ModelFacts("local/here", 2_048), "abc")
SAMPLINGS = st.builds(
    SamplingParams,
    temperature=st.floats(0, 5),
    top_k=st.integers(0, 200),
    top_p=st.floats(0.01, 1),
    min_p=st.floats(0, 0.99),
    typical_p=st.floats(0.01, 1),
    repeat_penalty=st.floats(0.5, 2),
    seed=st.none() | st.integers(0, 2**32 - 2),
)
EXPERIMENTS = st.builds(
    Experiment,
    panel=st.sampled_from(["next", "steps", "tokens", "score"]),
    model=st.text(max_size=20),
    fingerprint=st.text("0123456789abcdef", max_size=16),
    text=st.text(max_size=200) | st.sampled_from(["\ud83d", "\0", "</script>", '"}', "中" * 50]),
    is_chat=st.booleans(),
    other_text=st.text(max_size=50),
    sampling=SAMPLINGS,
    order=st.sampled_from(Order),
    path=st.lists(st.integers(0, 2**31 - 1), max_size=20).map(tuple),
    chosen=st.none() | st.integers(0, 200_000),
)


def packed(told: Any) -> str:
    """A sound address of whatever ``told`` is."""
    packer = zlib.compressobj(9, zdict=COMMON)
    content = told if isinstance(told, bytes) else json.dumps(told).encode()
    return PREFIX + urlsafe_b64encode(packer.compress(content) + packer.flush()).decode().rstrip("=")


def plain(**changes: Any) -> Experiment:
    return Experiment.model_validate({"panel": "next", "model": "local/here", "fingerprint": "abc", **changes})


@settings(deadline=None)
@given(EXPERIMENTS)
def test_an_experiment_comes_back_whole(experiment: Experiment) -> None:
    fragment = to_fragment(experiment)
    assert from_fragment(fragment) == from_fragment(f"#{fragment}") == experiment
    assert fragment.replace("=", "", 1).replace("-", "").replace("_", "").isalnum(), "needs no escaping anywhere"


def test_a_usual_experiment_is_short() -> None:
    path = tuple(range(1_000, 21_000, 1_000))
    usual = plain(text="La capital de Francia es", sampling=SamplingParams(temperature=0.8, seed=7), path=path)
    assert len(to_fragment(usual)) < 300


def test_position_is_where_the_model_is_looked_at() -> None:
    assert plain(text="Hi", is_chat=True, path=(5, 6)).position == Position(PromptText("Hi", is_chat=True), (5, 6))


@settings(deadline=None)
@given(EXPERIMENTS, st.data())
def test_what_was_cut_or_changed_is_refused(experiment: Experiment, data: st.DataObject) -> None:
    fragment = to_fragment(experiment)
    end = data.draw(st.integers(0, len(fragment) - 2))
    with pytest.raises(PermalinkInvalid):
        from_fragment(fragment[:end])
    place = data.draw(st.integers(len(PREFIX), len(fragment) - 2))
    letter = data.draw(st.sampled_from("ABCDEFGHabcdefgh01234567-_").filter(lambda one: one != fragment[place]))
    with pytest.raises(PermalinkInvalid):
        from_fragment(fragment[:place] + letter + fragment[place + 1 :])


@settings(deadline=None)
@given(st.text() | st.text().map(PREFIX.__add__) | st.binary().map(lambda content: packed(content)))
def test_anything_else_is_refused(fragment: str) -> None:
    with pytest.raises(PermalinkInvalid):
        from_fragment(fragment)


@pytest.mark.parametrize(
    "changes",
    [
        {"panel": "kitchen"},
        {"path": [-1]},
        {"path": [2**31]},
        {"path": [1] * (MAX_STEPS + 1)},
        {"path": [[1]]},
        {"chosen": "x"},
        {"order": "random"},
        {"text": "x" * (MAX_CHARACTERS + 1)},
        {"text": None},
        {"owner": "ana"},
        {"sampling": {"temperature": -1}},
        {"sampling": {"temperature": float("nan")}},
        {"sampling": {"top_k": 2**40}},
        {"sampling": {"grammar_trigger": "("}},
        {"model": "x" * 201},
    ],
)
def test_settings_that_cannot_be_are_refused(changes: dict[str, Any]) -> None:
    told = {"panel": "next", "model": "m", "fingerprint": "f", **changes}
    with pytest.raises(PermalinkInvalid):
        from_fragment(packed(told))


def test_a_little_does_not_become_much() -> None:
    bomb = packed({"panel": "next", "model": "m", "fingerprint": "f", "text": "x" * 5_000_000})
    assert len(bomb) < MAX_LENGTH
    with pytest.raises(PermalinkInvalid):
        from_fragment(bomb)


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(PermalinkInvalid):
        from_fragment(packed(b"[" * 50_000))


def test_what_has_no_control_does_not_come_in() -> None:
    told = {"temperature": 0.5, "grammar": 'root ::= "x"', "logit_bias": {"5": 100}, "max_tokens": 10**6, "stop": ["a"]}
    experiment = from_fragment(packed({"panel": "next", "model": "m", "fingerprint": "f", "sampling": told}))
    assert experiment.sampling == SamplingParams(temperature=0.5)


def test_what_is_too_long_for_an_address_says_so() -> None:
    letters = "".join(chr(0x4E00 + place * 7 % 20_000) for place in range(6_000))
    with pytest.raises(PermalinkTooLong) as told:
        to_fragment(plain(text=letters))
    assert told.value.values["limit"] == MAX_LENGTH


def test_another_model_keeps_the_text_and_leaves_the_ids() -> None:
    made_here = plain(text="Hi", path=(5,), chosen=6)
    assert made_here.on(HERE) == made_here
    elsewhere = plain(text="Hi", path=(5,), chosen=6, model="local/there", fingerprint="xyz")
    assert elsewhere.differs_from(HERE)
    assert elsewhere.on(HERE) == plain(text="Hi")


def test_version_1_is_read_for_ever() -> None:
    """An address that was given away; if this fails, a new version is needed beside the old one."""
    experiment = from_fragment(GIVEN_AWAY)
    assert (experiment.panel, experiment.text, experiment.path) == ("steps", "La capital de Francia es", (260, 417))
    assert experiment.sampling == SamplingParams(temperature=0.8, top_k=50, seed=7)


def test_padding_is_not_needed_and_not_in_the_way() -> None:
    fragment = to_fragment(plain())
    content = fragment.removeprefix(PREFIX)
    assert urlsafe_b64decode(content + "=" * (-len(content) % 4))
    assert from_fragment(f"{fragment}{'=' * (-len(content) % 4)}") == plain()
