from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from chains.options import PRESETS, ConversationOptions, SamplingChoice
from chains.room_model import RoomModel
from models.sampling import SamplingParams
from tests.scripted_model import ScriptedModel


def room_model(*, context_tokens: int = 1_000, has_chat_template: bool = True) -> RoomModel:
    model = ScriptedModel()
    defaults = SamplingChoice(temperature=0.7, max_tokens=256)
    return RoomModel(model, model, "scripted", context_tokens, defaults, has_chat_template)


@pytest.mark.parametrize(
    "fields",
    [
        {"temperature": -1},
        {"temperature": float("nan")},
        {"top_p": 0},
        {"max_tokens": 0},
        {"seed": 2**32 - 1},
        {"stop": [""]},
        {"stop": ["x"] * 9},
    ],
)
def test_settings_of_generation_out_of_range_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SamplingChoice.model_validate(fields)
    with pytest.raises(ValidationError):
        ConversationOptions().with_sampling(fields)


@pytest.mark.parametrize(
    "fields", [{"window_turns": 0}, {"memory": "elephant"}, {"human_name": "x" * 41}, {"mode": "telepathy"}]
)
def test_options_that_mean_nothing_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ConversationOptions.model_validate(fields)


def test_what_a_later_version_kept_does_not_matter() -> None:
    assert ConversationOptions.model_validate({"human_name": " Ana ", "mood": "sunny"}).human_name == "Ana"


def test_only_what_was_chosen_is_told_to_the_model() -> None:
    assert SamplingChoice().chosen() == {}
    assert SamplingChoice(temperature=0.0, top_k=0).chosen() == {"temperature": 0.0, "top_k": 0}


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_the_engine_takes_every_preset(preset: SamplingChoice) -> None:
    assert SamplingParams(**preset.chosen()).temperature == preset.temperature


@given(chosen=st.none() | st.integers(1, 5_000), context_tokens=st.integers(2, 4_000))
def test_an_answer_may_take_half_of_the_window(chosen: int | None, context_tokens: int) -> None:
    options = ConversationOptions(sampling=SamplingChoice(max_tokens=chosen))
    settled = room_model(context_tokens=context_tokens).settled(options)
    assert settled.sampling.max_tokens == min(chosen or 256, context_tokens // 2)


def test_what_nobody_chose_is_as_the_program_has_it() -> None:
    options = ConversationOptions(sampling=SamplingChoice(top_k=5))
    assert room_model().settled(options).sampling == SamplingChoice(top_k=5, temperature=0.7, max_tokens=256)


@pytest.mark.parametrize(
    ("mode", "has_chat_template", "expected"),
    [(None, True, "chat"), (None, False, "completion"), ("chat", False, "chat"), ("completion", True, "completion")],
)
def test_a_model_without_a_chat_template_continues_text(mode: Any, has_chat_template: bool, expected: str) -> None:
    options = ConversationOptions(mode=mode)
    assert room_model(has_chat_template=has_chat_template).settled(options).mode == expected
