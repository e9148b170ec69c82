"""A model is chosen in each room: it is ready before the choice is kept, and the old one stays when it is not."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from tests.agent_visitor import AgentVisitor
from tests.chat_room import until
from tests.model_choosing import SlowLocalModels, Somebody, note, notes, say, shown, slow_local, status
from tests.other_models import BASE, BROKEN, DOWN, SECOND, other_models, scripted_model, second
from tests.reading_visitor import ReadingVisitor
from tests.room_visitor import Visitor
from tests.scripted_model import ScriptedModel
from tests.scripted_shelf import ScriptedShelf

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # toasts, outside of Gradio
USUAL, OWN = "test/scripted", "google/own"


@pytest.fixture
def local() -> SlowLocalModels:
    return slow_local()


@pytest.fixture(params=["chat", "agent", "documents"])
async def ana(request: pytest.FixtureRequest, tmp_path: Path, local: SlowLocalModels) -> Somebody:
    """Made while a loop runs: Gradio would make loops of its own and leave them open."""
    fields: dict[str, Any] = {"others": other_models(), "local": local}
    if request.param == "chat":
        return Visitor(tmp_path, **fields)
    if request.param == "agent":
        return AgentVisitor.at(tmp_path, **fields)
    return ReadingVisitor.at(tmp_path, ScriptedModel(), **fields)


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
    again = [asyncio.create_task(ana.choose_model(SECOND, at=at)) for at in ("", ana.id)]
    made = ana.id
    await asyncio.sleep(0)
    local.go_on.set()
    await asyncio.gather(first, *again)
    assert (ana.id, ana.options.model) == (made, SECOND)


async def test_what_stays_is_shown_again_after_a_choice_was_told_twice(ana: Somebody, local: SlowLocalModels) -> None:
    local.go_on.clear()
    first = asyncio.create_task(ana.choose_model(BROKEN))
    await until(lambda: say("app_model_loading_share", model=BROKEN, share="50%") in notes(ana))
    again = asyncio.create_task(ana.choose_model(BROKEN, at=""))
    await asyncio.sleep(0)
    local.go_on.set()
    await asyncio.gather(first, again)
    assert ana.options.model == ""
    assert ana.last(ana.choice.name).value == USUAL
    assert say("app_model_stays", model=USUAL) in note(ana), "and why it stays"


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
