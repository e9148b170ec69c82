"""The page without a browser: how messages look and what the handlers do."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

import gradio as gr
import pytest

from components.chat_events import ChatEvents
from components.chat_tab import ChatParts
from components.chat_view import ChatView
from components.header import model_chip
from components.owner import OWNER_COOKIE
from components.page import Services
from errors import EngineDied
from models.status import ModelState, ModelStatus
from storage.conversations import Message, MessageStatus, Role
from tests.page_server import PageServer
from tests.scripted_model import ScriptedModel

READY = ModelStatus("SmolLM2 135M", ModelState.READY, 41.6)

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # how Gradio shows a toast where there is no page


class Reader:
    """Somebody at the page: the handlers, called as Gradio would."""

    def __init__(self, model: ScriptedModel) -> None:
        self.server = PageServer(model=model)
        self.services: Services = self.server.services()
        self.parts = ChatParts(
            gr.Chatbot(),
            gr.Textbox(),
            gr.HTML(),
            gr.Button(),
            examples={},
            conversation_id=gr.Textbox(),
            chip=gr.HTML(),
        )
        self.events = ChatEvents(self.services, self.parts)
        self.request = self.new_request()

    def new_request(self, language: str = "en") -> gr.Request:
        cookies = {OWNER_COOKIE: self.server.owners.new_value(), "tertulia_language": language}
        return gr.Request(cookies=cookies, headers={})

    async def send(self, text: str, conversation_id: str = "") -> list[dict[Any, Any]]:
        return [state async for state in self.events.send(text, conversation_id, self.request)]

    async def look(self, conversation_id: str) -> list[dict[Any, Any]]:
        return [state async for state in self.events.look(conversation_id, self.request)]

    def chat(self, states: list[dict[Any, Any]]) -> list[tuple[str, str]]:
        """Who said what, as last shown."""
        last = next(state[self.parts.chat] for state in reversed(states) if self.parts.chat in state)
        return [(message["role"], " | ".join(part["text"] for part in message["content"])) for message in last]

    def last(self, states: list[dict[Any, Any]], part: Any) -> Any:
        return next(state[part] for state in reversed(states) if part in state)


@pytest.fixture
def reader() -> Reader:
    return Reader(ScriptedModel())


async def test_an_answer_grows_and_is_shown_whole(reader: Reader) -> None:
    states = await reader.send("good day")
    assert reader.chat(states) == [("user", "good day"), ("assistant", "You said: good day ")]
    assert reader.last(states, reader.parts.status).startswith("Done.")


async def test_the_box_is_emptied_once_and_only_when_the_question_is_taken(reader: Reader) -> None:
    states = await reader.send("good day")
    emptied = [state[reader.parts.box] == "" for state in states if reader.parts.box in state]
    assert emptied == [False, True, False]
    assert states[0][reader.parts.status] == "Reading your message…"


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
async def test_a_blank_message_does_nothing(reader: Reader, text: str) -> None:
    assert await reader.send(text) == []


async def test_a_conversation_goes_on(reader: Reader) -> None:
    first = await reader.send("one")
    conversation_id = reader.last(first, reader.parts.conversation_id)
    second = await reader.send("two", conversation_id)
    assert [text for _, text in reader.chat(second)] == ["one", "You said: one ", "two", "You said: two "]
    seen_again = await reader.look(conversation_id)
    assert reader.chat(seen_again) == reader.chat(second)
    assert reader.last(seen_again, reader.parts.conversation_id) == conversation_id


async def test_a_message_that_is_too_long_stays_in_the_box(reader: Reader) -> None:
    states = await reader.send("x" * 200_000)
    assert "200000" in reader.last(states, reader.parts.status)
    assert not any(state.get(reader.parts.box) == "" for state in states)
    assert not any(reader.parts.chat in state for state in states)


async def test_an_unknown_conversation_is_an_empty_page(reader: Reader) -> None:
    states = await reader.look("nobody's")
    assert reader.last(states, reader.parts.chat) == []
    assert reader.last(states, reader.parts.conversation_id) == ""


async def test_somebody_elses_conversation_stays_theirs(reader: Reader) -> None:
    conversation_id = reader.last(await reader.send("secret"), reader.parts.conversation_id)
    reader.request = reader.new_request()
    assert reader.last(await reader.look(conversation_id), reader.parts.chat) == []
    states = await reader.send("hello", conversation_id)
    assert "no longer" in reader.last(states, reader.parts.status)
    assert not any(reader.parts.chat in state for state in states)


async def test_without_a_cookie_there_is_a_sentence(reader: Reader) -> None:
    reader.request = gr.Request(cookies={}, headers={"accept-language": "es"})
    states = await reader.send("hola")
    assert "cookie" in reader.last(states, reader.parts.status)


async def test_a_stopped_answer_is_kept_and_marked() -> None:
    gate = asyncio.Event()
    gate.set()
    reader = Reader(ScriptedModel(pace=gate.wait))
    conversation_id = ""
    async with aclosing(reader.events.send("one two three", "", reader.request)) as states:
        async for state in states:
            conversation_id = state.get(reader.parts.conversation_id, conversation_id)
            if len(reader.chat([state])) == 2 if reader.parts.chat in state else False:
                break
    shown = reader.chat(await reader.look(conversation_id))
    assert shown[-1][1].endswith("| Stopped here.")


async def test_an_answer_that_fails_says_why() -> None:
    reader = Reader(ScriptedModel(script=lambda _: ["Well, ", EngineDied()]))
    states = await reader.send("fail")
    assert "> The model stopped in the middle" in reader.chat(states)[-1][1]
    assert reader.last(states, reader.parts.status).startswith("The answer could not be finished")


async def test_a_cut_answer_says_what_to_do() -> None:
    reader = Reader(ScriptedModel(finish_reason="length"))
    states = await reader.send("much")
    assert "Cut at the length limit" in reader.chat(states)[-1][1]
    assert "go on" in reader.last(states, reader.parts.status)


async def test_a_fault_nobody_foresaw_tells_nothing_of_the_text(caplog: pytest.LogCaptureFixture) -> None:
    def broken(question: str) -> list[str | Exception]:
        raise ValueError(question)

    reader = Reader(ScriptedModel(script=broken))
    states = await reader.send("my secret")
    assert "did not foresee" in reader.last(states, reader.parts.status)
    assert "ValueError" in caplog.text
    assert "my secret" not in caplog.text


async def test_an_example_is_asked_in_the_readers_language(reader: Reader) -> None:
    reader.request = reader.new_request("es")
    send_example = reader.events.sender_of("app_example_1")
    states = [state async for state in send_example("", reader.request)]
    assert reader.chat(states)[0][1].startswith("Explica con palabras sencillas")


async def test_a_new_conversation_is_empty(reader: Reader) -> None:
    states = [state async for state in reader.events.begin(reader.request)]
    assert reader.last(states, reader.parts.conversation_id) == ""
    assert reader.last(states, reader.parts.chat) == []


def messages(status: MessageStatus, text: str = "so far", num_left_out: int = 0) -> list[Message]:
    return [Message(Role.USER, "why?"), Message(Role.ASSISTANT, text, status, num_left_out)]


def waiting(place: int, seconds: float | None) -> Message:
    return Message(Role.ASSISTANT, "", MessageStatus.ANSWERING, queue_place=place, queue_seconds=seconds)


@pytest.mark.parametrize(
    ("shown", "status"),
    [
        (messages(MessageStatus.ANSWERING, ""), "Leyendo tu mensaje…"),
        ([waiting(3, None)], "En espera del modelo: puesto 3 de la cola."),
        ([waiting(3, 12.4)], "En espera del modelo: puesto 3 de la cola, unos 12 s."),
        ([waiting(1, 0.2)], "En espera del modelo: puesto 1 de la cola, unos 1 s."),
        (messages(MessageStatus.ANSWERING), "Respondiendo…"),
        (messages(MessageStatus.COMPLETE), "Listo. 42 tokens por segundo."),
        (messages(MessageStatus.STOPPED), "Detenido. Lo que se escribió se conserva. 42 tokens por segundo."),
        (
            messages(MessageStatus.ANSWERING, num_left_out=1),
            "Respondiendo… Quedó fuera 1 mensaje antiguo porque no cabe",
        ),
        (messages(MessageStatus.ANSWERING, num_left_out=6), "Respondiendo… Quedaron fuera 6 mensajes antiguos"),
        ([], ""),
    ],
)
def test_the_status_line(reader: Reader, shown: list[Message], status: str) -> None:
    assert ChatView(reader.services.catalogue, "es").status(shown, READY).startswith(status)


def test_a_settled_message_is_cleaned_once(reader: Reader) -> None:
    view = ChatView(reader.services.catalogue, "en")
    shown = messages(MessageStatus.COMPLETE)
    assert view.shown(shown)[1] is view.shown(shown)[1]


def test_a_failed_message_whose_sentence_needs_values_is_still_shown(reader: Reader) -> None:
    failed = Message(Role.ASSISTANT, "", MessageStatus.FAILED, error_key="error_prompt_too_long")
    assert ChatView(reader.services.catalogue, "en").shown([failed])[0]["content"][0]["text"].startswith("> ")


def test_the_models_name_is_text(reader: Reader) -> None:
    chip = model_chip(ModelStatus("<img src=x>", ModelState.STARTING), reader.services.catalogue, "en")
    assert "<img" not in chip
    assert "loading" in chip
