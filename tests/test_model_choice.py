"""A model is chosen in each room: it is ready before the choice is kept, and the old one stays when it is not."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from chains.options import ConversationOptions
from components.model_choice import Offered
from models.local_models import Loading
from tests.agent_visitor import AgentVisitor
from tests.chat_room import until
from tests.html_reader import read_html
from tests.other_models import BASE, BROKEN, DOWN, LONGEST, SECOND, other_models, scripted_local, scripted_model, second
from tests.page_reader import catalogue
from tests.reading_visitor import ReadingVisitor
from tests.room_visitor import Visitor
from tests.scripted_local_models import ScriptedLocalModels
from tests.scripted_model import ScriptedModel
from tests.scripted_shelf import ScriptedShelf

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # toasts, outside of Gradio
USUAL, OWN = "test/scripted", "google/own"
Somebody = Visitor | AgentVisitor | ReadingVisitor


class SlowLocalModels(ScriptedLocalModels):
    """Loads in three steps, of which the second waits for answers of another model."""

    async def load(self, name: str) -> Any:
        self.card(name)
        for loading in (Loading(), Loading(num_awaited=2), Loading(num_awaited=1), Loading(0.254)):
            yield loading
        async for last in super().load(name):
            yield last


@pytest.fixture
def local() -> SlowLocalModels:
    given = scripted_local()
    return SlowLocalModels(given.cards, given.faults)


@pytest.fixture(params=["chat", "agent", "documents"])
async def ana(request: pytest.FixtureRequest, tmp_path: Path, local: SlowLocalModels) -> Somebody:
    """Made while a loop runs: Gradio would make loops of its own and leave them open."""
    fields: dict[str, Any] = {"others": other_models(), "local": local}
    if request.param == "chat":
        return Visitor(tmp_path, **fields)
    if request.param == "agent":
        return AgentVisitor.at(tmp_path, **fields)
    return ReadingVisitor.at(tmp_path, ScriptedModel(), **fields)


@pytest.fixture
async def bea(tmp_path: Path, local: SlowLocalModels) -> Visitor:
    """In the Chat room."""
    return Visitor(tmp_path, others=other_models(), local=local)


def shown(visitor: Somebody) -> tuple[str, list[str]]:
    """The model that the control shows, and those to choose from."""
    dropdown = visitor.last(visitor.choice.name)
    return dropdown.value, [value for _, value in dropdown.choices]


def note(visitor: Somebody) -> str:
    return read_html(str(visitor.last(visitor.choice.note))).text


def status(visitor: Somebody) -> str:
    return read_html(visitor.status).text


def notes(visitor: Somebody) -> list[str]:
    """All that were shown."""
    said = [state[visitor.choice.note] for state in visitor.states if visitor.choice.note in state]
    return [read_html(str(one)).text for one in said]


def say(key: str, **values: object) -> str:
    return catalogue.text("en", key, **values)


# --- choosing --------------------------------------------------------------------------------------------------------


async def test_a_model_is_loaded_with_progress_and_then_kept(ana: Somebody, local: SlowLocalModels) -> None:
    await ana.choose_model(SECOND)
    assert ana.options.model == SECOND
    assert local.in_memory[0] == SECOND
    told = [
        say("app_model_loading", model=SECOND),
        say("app_model_awaits", model=SECOND, count="2"),
        say("app_model_awaits_one", model=SECOND, count="1"),
        say("app_model_loading_share", model=SECOND, share="25%"),
        say("app_model_loading_share", model=SECOND, share="50%"),
    ]
    assert notes(ana)[:-1] == told
    assert shown(ana) == (SECOND, [USUAL, SECOND, BASE, BROKEN, DOWN])
    assert status(ana) == ""


async def test_nothing_is_kept_before_the_model_is_ready(ana: Somebody, local: SlowLocalModels) -> None:
    local.go_on.clear()
    choosing = asyncio.create_task(ana.choose_model(SECOND))
    await until(lambda: say("app_model_loading_share", model=SECOND, share="50%") in notes(ana))
    assert ana.options.model == ""
    assert say("app_model_loading_share", model=SECOND, share="50%") in status(ana)
    local.go_on.set()
    await choosing
    assert ana.options.model == SECOND


async def test_the_old_model_stays_when_the_new_one_cannot_be_loaded(ana: Somebody) -> None:
    await ana.choose_model(SECOND)
    await ana.choose_model(BROKEN)
    assert ana.options.model == SECOND
    assert shown(ana)[0] == SECOND
    why = say("error_model_not_loaded", path="broken.gguf")
    assert note(ana) == f"{why} {say('app_model_stays', model=SECOND)}"
    assert why in status(ana)


@pytest.mark.parametrize("name", ["local/unheard", "", "google/own", "<b>x</b>", "a" * 5_000])
async def test_what_is_not_offered_is_not_chosen(ana: Somebody, name: str) -> None:
    await ana.choose_model(name)
    assert ana.options.model == ""
    assert shown(ana)[0] == USUAL
    assert "<b>x" not in str(ana.last(ana.choice.note))


async def test_a_model_of_a_service_is_kept_at_once(ana: Somebody) -> None:
    await ana.choose_model(DOWN)
    assert ana.options.model == DOWN
    assert say("app_model_service") in note(ana)
    await ana.choose_model(USUAL)
    assert ana.options.model == "", "the usual one has no name: it may be another tomorrow"


async def test_what_was_wished_for_last_is_what_is_kept(ana: Somebody, local: SlowLocalModels) -> None:
    local.go_on.clear()
    await ana.choose_model(DOWN)
    first = asyncio.create_task(ana.choose_model(SECOND))
    await until(lambda: say("app_model_loading_share", model=SECOND, share="50%") in notes(ana))
    await ana.choose_model(DOWN)
    local.go_on.set()
    await first
    assert ana.options.model == DOWN
    assert shown(ana)[0] == DOWN


async def test_a_choice_that_is_told_twice_is_made_once(ana: Somebody, local: SlowLocalModels) -> None:
    local.go_on.clear()
    first = asyncio.create_task(ana.choose_model(SECOND))
    await until(lambda: say("app_model_loading_share", model=SECOND, share="50%") in notes(ana))
    num_notes = len(notes(ana))
    await ana.choose_model(SECOND)
    assert len(notes(ana)) == num_notes
    local.go_on.set()
    await first
    assert ana.options.model == SECOND


async def test_leaving_the_control_chooses_nothing(ana: Somebody, local: SlowLocalModels) -> None:
    await ana.choose_model(USUAL)
    assert ana.id == "", "that makes no conversation"
    await ana.choose_model(SECOND)
    num_notes = len(notes(ana))
    await ana.choose_model(SECOND)
    assert len(notes(ana)) == num_notes + 1, "it is shown as it is, and nothing is loaded"
    local.go_on.clear()
    waiting = asyncio.create_task(ana.choose_model(BASE))
    await until(lambda: say("app_model_loading_share", model=BASE, share="50%") in notes(ana))
    await ana.choose_model(SECOND)
    local.go_on.set()
    await waiting
    assert (ana.options.model, shown(ana)[0]) == (SECOND, SECOND)


async def test_one_that_is_not_waited_for_is_not_kept(ana: Somebody, local: SlowLocalModels) -> None:
    local.go_on.clear()
    choosing = asyncio.create_task(ana.choose_model(SECOND))
    await until(lambda: say("app_model_loading_share", model=SECOND, share="50%") in notes(ana))
    choosing.cancel()
    await asyncio.gather(choosing, return_exceptions=True)
    await ana.show_model()
    assert (ana.options.model, shown(ana)[0], status(ana)) == ("", USUAL, "")
    assert ana.last(ana.choice.cancel).visible is False


# --- what there is ---------------------------------------------------------------------------------------------------


async def test_models_that_came_meanwhile_are_offered(ana: Somebody) -> None:
    shelf = ana.services.models.shelf
    assert isinstance(shelf, ScriptedShelf)
    shelf.everybodys.models["local/new"] = scripted_model("local/new", second, 3_000)
    await ana.offer_models()
    assert "local/new" in [value for _, value in ana.last(ana.choice.name).choices]


async def test_a_model_that_is_gone_is_shown_as_such_and_a_question_says_what_to_do(ana: Somebody) -> None:
    if isinstance(ana, ReadingVisitor):
        ana.keeps("The London bridge was opened in 1973.")
    await ana.choose_model(SECOND)
    shelf = ana.services.models.shelf
    assert isinstance(shelf, ScriptedShelf)
    del shelf.everybodys.models[SECOND]
    await ana.look(ana.id)
    assert shown(ana) == (SECOND, [USUAL, BASE, BROKEN, DOWN])
    gone = say("error_model_unknown", model=SECOND)
    assert note(ana) == gone
    await ana.ask("When was the London bridge opened?")
    assert gone in status(ana)


async def test_what_an_owners_key_opens_is_offered_to_nobody_else(ana: Somebody) -> None:
    shelf = ana.services.models.shelf
    assert isinstance(shelf, ScriptedShelf)
    own = ScriptedShelf(shelf.get(""), own={"bob": [scripted_model(OWN, second, 3_000)]})
    shelf.own.update(own.own)
    await ana.offer_models()
    assert OWN not in [value for _, value in ana.last(ana.choice.name).choices]
    await ana.choose_model(OWN)
    assert ana.options.model == ""
    shelf.own[ana.owner] = own.own["bob"]
    await ana.choose_model(OWN)
    assert ana.options.model == OWN


async def test_another_persons_conversation_has_no_model_to_change(ana: Somebody, tmp_path: Path) -> None:
    await ana.choose_model(SECOND)
    theirs, request = ana.id, ana.request
    others = OwnerOf(ana)
    ana.request = others.request
    await ana.choose_model(DOWN, at=theirs)
    ana.request = request
    assert ana.options.model == SECOND


class OwnerOf:
    """Somebody else at the page that ``visitor`` is at."""

    def __init__(self, visitor: Somebody) -> None:
        cookies = dict(visitor.request.cookies)
        name = next(iter(cookies))
        cookies[name] = visitor.services.owners.new_value()
        self.request = gr.Request(cookies=cookies, headers={})


async def test_a_new_conversation_begins_with_the_model_used_last(ana: Somebody) -> None:
    if isinstance(ana, ReadingVisitor):
        ana.keeps("The London bridge was opened in 1973.")
    await ana.choose_model(DOWN)
    await ana.look("")
    assert (ana.id, shown(ana)[0]) == ("", DOWN)
    await ana.ask("When was the London bridge opened?")
    assert ana.options.model == DOWN


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
