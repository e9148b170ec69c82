"""Personal data never reach a service that hides them, and the answer has them again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, SystemMessage, ToolMessage

from chains.fallback import hiding
from chains.model_shelf import ChatModelShelf, RemoteLimits
from chains.options import ConversationOptions
from chains.room_model import RoomModel
from chains.run_record import Part
from components.catalogue import Catalogue
from components.local_text import LocalText
from components.run_figures import run_figures
from errors import TertuliaError
from models.remote.estimated_prompt import EstimatingPromptReader
from models.remote.hidden_data import HIDDEN
from models.remote.keys import ServiceKeys
from models.remote.told_tokens import TokenTeller
from tests.chat_room import RoomOver
from tests.chat_services import (
    DONE,
    Reply,
    gemini_call,
    gemini_event,
    gemini_text,
    openai_call,
    openai_event,
    openai_text,
    openai_usage,
)
from tests.other_models import model_that_is_down
from tests.room_models import RoomModels
from tests.service_bench import Bench

pytest_plugins = ["tests.service_fixtures", "tests.storage_fixtures", "tests.chat_room_fixtures"]

VALUES = {
    "EMAIL": "ana.perez@ejemplo.cl",
    "PHONE": "+56 9 8765 4321",
    "CARD": "4111 1111 1111 1111",
    "IBAN": "ES91 2100 0418 4502 0005 1332",
    "DNI": "12345678Z",
    "CURP": "HEGG560427MVZRRL04",
    "RFC": "GODE561231GR8",
    "CUIT": "20-05536168-2",
    "RUT": "12.531.909-2",
}
TEXT = "; ".join(f"{kind.lower()} {value}" for kind, value in VALUES.items())
ECHO = "; ".join(f"<{kind}_1>" for kind in VALUES)
WHOLE = "; ".join(VALUES.values())


@pytest.fixture
def private(bench: Bench) -> Bench:
    """A service that is not to be told personal data."""
    bench.model = bench.model.model_copy(update={"hides_personal": True})
    return bench


async def answer_of(bench: Bench, messages: list[Any], *replies: Reply, **options: Any) -> AIMessageChunk:
    bench.service.replies = list(replies)
    whole: AIMessageChunk | None = None
    async for chunk in bench.model.astream(messages, **options):
        whole = chunk if whole is None else whole + chunk
    assert whole is not None
    return whole


def assert_nothing_arrived(bench: Bench) -> None:
    arrived = json.dumps(bench.service.bodies, ensure_ascii=False)
    assert [value for value in VALUES.values() if value in arrived] == []


async def test_no_value_arrives_and_the_answer_has_all_of_them(private: Bench) -> None:
    answer = await answer_of(private, [HumanMessage(TEXT)], private.text(ECHO))
    assert_nothing_arrived(private)
    assert "<EMAIL_1>" in json.dumps(private.service.bodies)
    assert answer.text == WHOLE
    assert answer.response_metadata[HIDDEN] == len(VALUES)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7])
async def test_an_answer_may_be_cut_anywhere(private: Bench, size: int) -> None:
    pieces = [ECHO[start : start + size] for start in range(0, len(ECHO), size)]
    answer = await answer_of(private, [HumanMessage(TEXT)], private.text(*pieces))
    assert answer.text == WHOLE


async def test_what_looks_like_the_beginning_of_a_placeholder_is_told_at_the_end(private: Bench) -> None:
    assert (await answer_of(private, [HumanMessage(TEXT)], private.text("a ", "<EMA"))).text == "a <EMA"


async def test_all_that_is_sent_is_hidden_not_the_question_alone(private: Bench) -> None:
    call = {"name": "write_to", "args": {"to": VALUES["EMAIL"], "url": f"https://x.cl/?{VALUES['RUT']}"}, "id": "c1"}
    messages = [
        SystemMessage(f"The user's phone is {VALUES['PHONE']}."),
        HumanMessage(f"My card is {VALUES['CARD']}"),
        AIMessage(f"I see {VALUES['CARD']}", tool_calls=[{**call, "type": "tool_call"}]),
        ToolMessage(f"sent to {VALUES['IBAN']}", tool_call_id="c1", name="write_to"),
        HumanMessage([{"type": "text", "text": f"and {VALUES['CURP']}"}]),
    ]
    answer = await answer_of(private, messages, private.text("<CARD_1>"))
    assert_nothing_arrived(private)
    assert answer.text == VALUES["CARD"]


async def test_the_arguments_of_calls_are_restored_also_over_pieces(private: Bench) -> None:
    messages = [HumanMessage('Write to "Ana" at ana@ejemplo.cl')]
    pieces = ('{"to": "<EM', "AIL_1>", '"}')
    is_gemini = private.model.model_name.startswith("google/")
    reply = gemini_call("send", {"to": "<EMAIL_1>"}) if is_gemini else openai_call("send", *pieces)
    answer = await answer_of(private, messages, reply, tools=TOOLS)
    assert [call["args"] for call in answer.tool_calls] == [{"to": "ana@ejemplo.cl"}]
    assert "EMAIL_1" not in json.dumps(answer.model_dump(mode="json"), default=str)


async def test_what_is_not_switched_on_changes_nothing(bench: Bench) -> None:
    answer = await answer_of(bench, [HumanMessage(TEXT)], bench.text("<EMAIL_1>"))
    assert VALUES["EMAIL"] in json.dumps(bench.service.bodies)
    assert answer.text == "<EMAIL_1>"
    assert HIDDEN not in answer.response_metadata


async def test_tokens_of_placeholders_are_not_told_as_those_of_the_answer(openai: Bench) -> None:
    openai.model = openai.model.model_copy(update={"hides_personal": True})
    told = {"content": [{"token": "Hi", "logprob": -0.1, "bytes": [72, 105], "top_logprobs": []}]}
    for text, is_told in ((TEXT, False), ("Hello", True)):
        event = openai_event({"content": "Hi"}, logprobs=told)
        reply = Reply((event, openai_event({}, "stop"), openai_usage(), DONE))
        answer = await answer_of(openai, [HumanMessage(text)], reply)
        assert ("logprobs" in answer.response_metadata) is is_told


async def test_thoughts_of_gemini_are_restored_and_text_in_blocks_too(gemini: Bench) -> None:
    gemini.model = gemini.model.model_copy(update={"hides_personal": True})
    parts = ({"text": "She is <EMAIL_1>", "thought": True}, {"text": "It is <EMA"})
    reply = Reply((gemini_event(*parts), *gemini_text("IL_1", ">").pieces))
    answer = await answer_of(gemini, [HumanMessage(TEXT)], reply)
    assert answer.text == f"It is {VALUES['EMAIL']}"
    assert "<EMAIL_1>" not in str(answer.content)


async def test_the_playground_sends_what_it_shows(openai: Bench) -> None:
    teller = TokenTeller(openai.model.model_copy(update={"hides_personal": True}))
    with pytest.raises(TertuliaError):
        await teller.answer(TEXT, 1)  # the service has no answer
    assert_nothing_arrived(openai)
    assert openai.service.bodies[0]["messages"][0]["content"] == teller.sent(TEXT)


async def test_the_operator_decides_for_everybody(openai: Bench) -> None:
    keys = ServiceKeys(openai_base_url=f"{openai.service.url}/v1")
    shelves = [
        ChatModelShelf(
            RoomModels(model_that_is_down()), keys, ["openai/own"], limits=RemoteLimits(hides_personal=hides)
        )
        for hides in (False, True)
    ]
    for shelf, options, hides in (
        (shelves[0], ConversationOptions(model="openai/own"), False),
        (shelves[0], ConversationOptions(model="openai/own", hides_personal=True), True),
        (shelves[1], ConversationOptions(model="openai/own"), True),
        (shelves[1], ConversationOptions(model="openai/own", hides_personal=True, retries=0), True),
    ):
        model = shelf.chosen(options)
        assert model.hides_personal is hides
        assert shelf.chosen(options) is model, "connecting again takes long"
        openai.service.replies = [openai_text("<EMAIL_1>")]
        answer = await model.model.ainvoke([HumanMessage(TEXT)])
        assert answer.text == (VALUES["EMAIL"] if hides else "<EMAIL_1>")
        assert (VALUES["EMAIL"] in json.dumps(openai.service.bodies[-1])) is not hides
    assert shelves[1].get("openai/own").hides_personal
    assert not shelves[0].get("openai/own").hides_personal


async def test_a_room_hides_from_its_service_and_its_record_tells_what_went_out(
    openai: Bench, room_over: RoomOver
) -> None:
    openai.service.replies = [openai_text("It is <EMA", "IL_1>"), openai_text("About <EMAIL_1>")]
    model = hiding(RoomModel(openai.model, EstimatingPromptReader(), "openai/own", 4_096))
    room = room_over(others=(model,))
    room.choose(ConversationOptions(model="openai/own"))
    answer = await room.say(TEXT)
    assert answer.text == f"It is {VALUES['EMAIL']}"
    assert len(openai.service.bodies) == 2, "the title is asked for, too"
    assert_nothing_arrived(openai)
    assert VALUES["EMAIL"] in room.store.get("ana", room.id).title
    run = room.record(answer).last
    assert run.num_hidden == len(VALUES)
    question = b"".join(text for part in run.prompt if part.part is Part.QUESTION for text in part.texts)
    assert openai.service.bodies[0]["messages"][-1]["content"].encode() == question
    shown = run_figures(run, LocalText(Catalogue.load(), "en"))
    assert "9 values" in shown


async def test_the_prompt_that_is_shown_is_the_one_that_went_out(openai: Bench) -> None:
    messages = [SystemMessage("Be brief."), HumanMessage(TEXT)]
    tokens = await EstimatingPromptReader(hides_personal=True).aread_prompt(messages)
    shown = b"".join(token.token_bytes for token in tokens if token.message == 1).decode()
    assert sum(token.length for token in tokens if token.message == 1) == len(TEXT.encode())
    openai.model = openai.model.model_copy(update={"hides_personal": True})
    await answer_of(openai, messages, openai_text("Yes"))
    assert openai.service.bodies[0]["messages"][1]["content"] == shown


TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "send",
            "description": "Sends a letter.",
            "parameters": {"type": "object", "properties": {"to": {"type": "string"}}, "required": ["to"]},
        },
    }
]
