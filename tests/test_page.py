"""The page without a browser: how messages look and what the handlers do while the model writes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path

import gradio as gr
import pytest

from chains.live import LiveAnswer
from chains.recorder import QueuePlace
from components.catalogue import Catalogue
from components.chat_view import ChatView
from components.header import model_chip
from errors import EngineDied
from models.status import ModelState, ModelStatus
from storage.records import Message, MessageStatus, Role
from tests.chat_room import until
from tests.room_visitor import Visitor
from tests.scripted_model import ScriptedModel

READY = ModelStatus("SmolLM2 135M", ModelState.READY, 41.6)

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # how Gradio shows a toast where there is no page

catalogue = Catalogue.load()


@pytest.fixture
async def visitor(tmp_path: Path) -> Visitor:
    """Made while a loop runs: Gradio would make loops of its own and leave them open."""
    return Visitor(tmp_path)


async def test_an_answer_grows_and_is_shown_whole(visitor: Visitor) -> None:
    await visitor.send("good day")
    lengths = [len(state[visitor.parts.chat]) for state in visitor.states if visitor.parts.chat in state]
    assert lengths[0] == 1
    assert len(lengths) > 2
    assert visitor.chat == [("user", "good day"), ("assistant", "You said: good day ")]
    assert visitor.status.startswith("Done.")


async def test_the_box_is_emptied_once_and_only_when_the_question_is_taken(visitor: Visitor) -> None:
    states = await visitor.send("good day")
    boxes = [state for state in states if visitor.parts.box in state]
    assert [state[visitor.parts.box] == "" for state in boxes] == [False, True, False]
    assert boxes[0][visitor.parts.status] == "Reading your message…"


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
async def test_a_blank_message_does_nothing(visitor: Visitor, text: str) -> None:
    assert await visitor.send(text) == []


async def test_a_conversation_goes_on(visitor: Visitor) -> None:
    await visitor.send("one")
    conversation_id = visitor.id
    await visitor.send("two")
    said = visitor.chat
    assert [text for _, text in said] == ["one", "You said: one ", "two", "You said: two "]
    visitor.states.clear()
    await visitor.look(conversation_id)
    assert visitor.chat == said
    assert visitor.id == conversation_id


async def test_a_message_that_is_too_long_stays_in_the_box(visitor: Visitor) -> None:
    states = await visitor.send("x" * 200_000)
    assert "200000" in visitor.status
    assert not any(state.get(visitor.parts.box) == "" for state in states)
    assert not any(visitor.parts.chat in state for state in states)


async def test_an_unknown_conversation_is_an_empty_page(visitor: Visitor) -> None:
    await visitor.look("nobody's")
    assert visitor.chat == []
    assert visitor.id == ""


async def test_somebody_elses_conversation_stays_theirs(visitor: Visitor) -> None:
    await visitor.send("secret")
    conversation_id = visitor.id
    visitor.request = visitor.new_request()
    states = await visitor.send("hello")
    assert "no longer" in visitor.status
    assert not any(visitor.parts.chat in state for state in states)
    await visitor.look(conversation_id)
    assert visitor.chat == []
    assert "secret" not in visitor.entries


async def test_without_a_cookie_there_is_a_sentence(visitor: Visitor) -> None:
    visitor.request = gr.Request(cookies={}, headers={"accept-language": "es"})
    await visitor.send("hola")
    assert "cookie" in visitor.status


async def test_a_stopped_answer_is_kept_and_marked(visitor: Visitor) -> None:
    async with aclosing(visitor.events.send("one two three", "", "", visitor.request)) as states:
        async for state in states:
            visitor.states.append(state)
            if visitor.parts.chat in state and len(visitor.chat) == 2:
                break
    await visitor.look()
    assert visitor.chat[-1][1].endswith("| Stopped here.")


async def test_another_tab_sees_the_answer_grow_to_its_end(tmp_path: Path) -> None:
    gate = asyncio.Event()
    visitor = Visitor(tmp_path, ScriptedModel(pace=gate.wait, background_script=lambda _: [""]))
    writing = asyncio.create_task(visitor.send("good day"))
    await until(lambda: len(visitor.messages) == 2)
    seen = []
    async with aclosing(visitor.events.look(visitor.id, visitor.request)) as states:
        async for state in states:
            seen.append(len(state[visitor.parts.chat]))
            gate.set()
    assert (seen[0], seen[-1]) == (1, 2)
    await writing


async def test_an_answer_that_fails_says_why(tmp_path: Path) -> None:
    visitor = Visitor(tmp_path, ScriptedModel(script=lambda _: ["Well, ", EngineDied()]))
    await visitor.send("fail")
    assert "> The model stopped in the middle" in visitor.chat[-1][1]
    assert visitor.status.startswith("The answer could not be finished")


async def test_a_cut_answer_says_what_to_do(tmp_path: Path) -> None:
    visitor = Visitor(tmp_path, ScriptedModel(finish_reason="length", background_script=lambda _: [""]))
    await visitor.send("much")
    assert "Cut at the length limit" in visitor.chat[-1][1]
    assert "Continue" in visitor.status


async def test_a_fault_nobody_foresaw_tells_nothing_of_the_text(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(question: str) -> Sequence[str | Exception]:
        raise ValueError(question)

    visitor = Visitor(tmp_path, ScriptedModel(script=broken))
    await visitor.send("my secret")
    assert "did not foresee" in visitor.status
    assert "ValueError" in caplog.text
    assert "my secret" not in caplog.text


async def test_an_example_is_asked_in_the_readers_language(visitor: Visitor) -> None:
    visitor.request = visitor.new_request("es")
    await visitor.see(visitor.events.sender_of("app_example_1")("", visitor.request))
    assert visitor.chat[0][1].startswith("Explica con palabras sencillas")


async def test_a_new_conversation_is_empty_and_the_old_one_is_listed(visitor: Visitor) -> None:
    await visitor.send("good day")
    await visitor.see(visitor.actions.begin("", visitor.request))
    assert visitor.id == ""
    assert visitor.chat == []
    assert "good day" in visitor.entries


async def test_after_an_answer_the_model_names_the_conversation(tmp_path: Path) -> None:
    visitor = Visitor(tmp_path, ScriptedModel(background_script=lambda _: ["Talk of today"]))
    await visitor.send("good day")
    *_, last = await visitor.settle()
    assert "Talk of today" in last[visitor.parts.sidebar.entries]
    assert "Talk of today" in last[visitor.parts.bar]


def messages(status: MessageStatus, text: str = "so far", num_left_out: int = 0) -> list[Message]:
    return [Message(Role.USER, "why?"), Message(Role.ASSISTANT, text, status, num_left_out=num_left_out)]


def waiting(place: int, seconds: float | None) -> tuple[list[Message], LiveAnswer]:
    shown = messages(MessageStatus.ANSWERING, "")
    return shown, LiveAnswer(shown[-1], QueuePlace(place, seconds))


def under_way(text: str = "so far", num_left_out: int = 0) -> tuple[list[Message], LiveAnswer]:
    shown = messages(MessageStatus.ANSWERING, text, num_left_out)
    return shown, LiveAnswer(shown[-1])


@pytest.mark.parametrize(
    ("shown", "status"),
    [
        ((messages(MessageStatus.ANSWERING, ""), None), "Leyendo tu mensaje…"),
        (under_way(""), "Leyendo tu mensaje…"),
        (waiting(3, None), "En espera del modelo: puesto 3 de la cola."),
        (waiting(3, 12.4), "En espera del modelo: puesto 3 de la cola, unos 12 s."),
        (waiting(1, 0.2), "En espera del modelo: puesto 1 de la cola, unos 1 s."),
        (under_way(), "Respondiendo…"),
        ((messages(MessageStatus.COMPLETE), None), "Listo. 42 tokens por segundo."),
        (
            (messages(MessageStatus.STOPPED), None),
            "Detenido. Lo que se escribió se conserva. 42 tokens por segundo.",
        ),
        (under_way(num_left_out=1), "Respondiendo… Quedó fuera 1 mensaje antiguo porque no cabe"),
        (under_way(num_left_out=6), "Respondiendo… Quedaron fuera 6 mensajes antiguos"),
        (([], None), ""),
    ],
)
def test_the_status_line(shown: tuple[list[Message], LiveAnswer | None], status: str) -> None:
    assert ChatView(catalogue, "es").status(*shown, READY).startswith(status)


def test_a_settled_message_is_cleaned_once() -> None:
    view = ChatView(catalogue, "en")
    shown = messages(MessageStatus.COMPLETE)
    assert view.shown(shown)[1] is view.shown(shown)[1]


def test_a_failed_message_whose_sentence_needs_values_is_still_shown() -> None:
    failed = Message(Role.ASSISTANT, "", MessageStatus.FAILED, error_key="error_prompt_too_long")
    assert ChatView(catalogue, "en").shown([failed])[0]["content"][0]["text"].startswith("> ")


def test_the_models_name_is_text() -> None:
    chip = model_chip(ModelStatus("<img src=x>", ModelState.STARTING), catalogue, "en")
    assert "<img" not in chip
    assert "loading" in chip
