"""What follows the model that is chosen in the Chat room, and models that stand in for it, also with the agent."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from chains.options import ConversationOptions
from components.model_choice import Offered
from tests.agent_visitor import AgentVisitor
from tests.chat_room import until
from tests.html_reader import read_html
from tests.model_choosing import SlowLocalModels, note, notes, say, slow_local
from tests.other_models import BASE, DOWN, LONGEST, SECOND, other_models
from tests.room_visitor import Visitor
from tests.scripted_model import ScriptedModel
from tests.scripted_shelf import ScriptedShelf

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # toasts, outside of Gradio


@pytest.fixture
def local() -> SlowLocalModels:
    return slow_local()


@pytest.fixture
async def bea(tmp_path: Path, local: SlowLocalModels) -> Visitor:
    """In the Chat room."""
    return Visitor(tmp_path, others=other_models(), local=local)


# --- the Chat room's other controls ----------------------------------------------------------------------------------


async def test_limits_and_the_mode_follow_the_model(bea: Visitor) -> None:
    panel = bea.parts.panel
    longest = panel.sampling.sliders["max_tokens"]
    await bea.look("")
    assert bea.last(longest).maximum == 1_500
    await bea.choose_model(SECOND)
    assert (bea.last(longest).maximum, bea.last(longest).value) == (LONGEST, LONGEST)
    assert bea.last(panel.sampling.sliders["temperature"]) == 0.5
    assert bea.last(panel.memory.mode) == "chat"
    await bea.choose_model(BASE)
    assert bea.last(panel.memory.mode) == "completion"
    assert say("app_model_base") in note(bea)
    await bea.choose_model(SECOND)
    assert bea.last(panel.memory.mode) == "chat"


async def test_a_limit_beyond_the_slider_is_not_shortened_by_it(bea: Visitor) -> None:
    await bea.choose_model(DOWN)
    longest = bea.last(bea.parts.panel.sampling.sliders["max_tokens"])
    assert (longest.value, longest.maximum) == (2_048, 2_048)
    controls = [*bea.settings._memory.inputs, *bea.settings._sampling.inputs]
    values = [control.value for control in controls]
    values[controls.index(bea.parts.panel.sampling.sliders["max_tokens"])] = longest.value
    await bea.see(bea.settings.keep("max_tokens", bea.request, bea.id, *values))
    assert bea.options.sampling.max_tokens is None, "the service's own limit, which is four times as much, holds"


async def test_the_answer_is_the_chosen_models_own(bea: Visitor) -> None:
    await bea.choose_model(SECOND)
    await bea.send("Who are you?")
    assert bea.chat[-1] == ("assistant", "I am the second.")
    assert bea.messages[-1].text == "I am the second."


async def test_an_answer_that_runs_is_not_touched(tmp_path: Path, local: SlowLocalModels) -> None:
    go = asyncio.Event()
    bea = Visitor(tmp_path, ScriptedModel(pace=go.wait), others=other_models(), local=local)
    writing = asyncio.create_task(bea.send("echo"))
    await until(lambda: bool(bea.id) and bool(bea.messages))
    before = bea.status
    await bea.choose_model(SECOND)
    loading = say("app_model_loading", model=SECOND)
    assert loading in notes(bea)
    assert loading not in [str(state.get(bea.parts.status)) for state in bea.states], "the line is the answer's"
    assert before != loading
    go.set()
    await writing
    assert bea.messages[-1].text == "You said: echo "
    assert bea.options.model == SECOND


async def test_settings_begin_a_conversation_with_the_model_in_sight(bea: Visitor) -> None:
    await bea.choose_model(DOWN)
    await bea.look("")
    controls = [*bea.settings._memory.inputs, *bea.settings._sampling.inputs]
    values = [control.value for control in controls]
    values[controls.index(bea.parts.panel.sampling.seed)] = "7"
    await bea.see(bea.settings.keep("seed", bea.request, "", *values))
    assert (bea.options.model, bea.options.sampling.seed) == (DOWN, 7)


# --- models that stand in --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("room", ["chat", "agent"])
async def test_others_that_stand_in_are_kept_in_their_order(room: str, tmp_path: Path, local: SlowLocalModels) -> None:
    others = other_models()
    who: Visitor | AgentVisitor = (
        Visitor(tmp_path, others=others, local=local)
        if room == "chat"
        else AgentVisitor.at(tmp_path, others=others, local=local)
    )
    await who.keep_fallback("retries", 2)
    assert who.id == "", "that is the usual number"
    await who.keep_fallback("fallbacks", [DOWN, SECOND])
    await who.keep_fallback("retries", 4)
    kept = (who.options.fallbacks, who.options.retries)
    assert kept == ((DOWN, SECOND), 4)
    for name, value in (
        ("fallbacks", ["local/unheard"]), ("fallbacks", [None]), ("retries", 5), ("retries", "x"), ("retries", None),
    ):  # fmt: skip
        await who.keep_fallback(name, value)
        assert (who.options.fallbacks, who.options.retries) == kept
    await who.keep_fallback("fallbacks", None)
    assert who.options.fallbacks == ()


async def test_the_glass_box_says_who_answered_and_for_whom(bea: Visitor) -> None:
    await bea.keep_fallback("fallbacks", [SECOND])
    await bea.choose_model(DOWN)
    await bea.send("Who are you?")
    assert bea.messages[-1].text == "I am the second."
    await bea.do("glass", message=bea.messages[-1].id)
    glass = read_html(str(bea.last(bea.parts.panel.glass))).text
    assert f"{DOWN}: {say('app_missed_quota')}" in glass
    assert SECOND in glass


def test_offered_models_name_the_usual_one_by_no_name() -> None:
    shelf = ScriptedShelf(*other_models())
    offered = Offered.to("ana", shelf)
    assert (offered.kept_as(SECOND), offered.kept_as(BASE)) == ("", BASE)
    assert offered.model_in(ConversationOptions(model="local/gone")) is offered.usual
    assert offered.is_gone(ConversationOptions(model="local/gone"))
    assert not offered.is_gone(ConversationOptions())
    assert replace(offered, models={}).names == ()
