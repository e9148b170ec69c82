"""Which models a room may choose from, and what is known of a prompt that goes to a service."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import weakref
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from chains.composition import Frame, Section, compose
from chains.model_shelf import ChatModelShelf, RemoteLimits
from chains.options import ConversationOptions
from chains.room_model import RoomModel
from chains.run_record import Part
from errors import KeyNotLent, ModelKeyMissing, ModelUnknown, ModelUnreachable
from models.remote.estimated_prompt import EstimatingPromptReader, num_tokens
from models.remote.keys import ServiceKeys
from models.remote.visitor_keys import VisitorKeys
from storage.records import Message, Role
from tests.room_models import RoomModels
from tests.scripted_model import ScriptedModel

ROOT = Path(__file__).parent.parent
OFFERED = ("google/gemini-2.5-flash", "openai/own", "openai/", "elsewhere/x", "google/gemini-2.5-flash")
NOBODY = "http://127.0.0.1:1/v1"
KEYS = ServiceKeys(google="g", openai_base_url=NOBODY)


@pytest.fixture
def local() -> RoomModels:
    model: Any = ScriptedModel()
    return RoomModels(RoomModel(model, EstimatingPromptReader(), "local/small", 2_048, num_parameters=1e8))


def test_only_what_a_key_opens_is_offered(local: RoomModels) -> None:
    assert ChatModelShelf(local, KEYS, OFFERED).names() == (
        "local/small",
        "google/gemini-2.5-flash",
        "openai/own",
    )
    assert ChatModelShelf(local, ServiceKeys(openai="k"), OFFERED).names() == ("local/small", "openai/own")
    assert ChatModelShelf(local, None, OFFERED).names() == ("local/small",)


def test_the_operator_may_have_everybody_begin_with_the_model_of_a_server(local: RoomModels) -> None:
    shelf = ChatModelShelf(local, KEYS, OFFERED, limits=RemoteLimits(first="openai/own"))
    assert shelf.names() == ("openai/own", "local/small", "google/gemini-2.5-flash")
    assert shelf.get("") is shelf.get("openai/own")
    assert shelf.get("local/small") is local.get("local/small")
    shelf.withdraw("openai/own")
    assert (shelf.names()[0], shelf.get("").name) == ("local/small", "local/small")


def test_what_the_operators_keys_open_is_lent_or_not(local: RoomModels) -> None:
    visitors = VisitorKeys()
    limits = RemoteLimits(first="openai/own", lends=lambda owner: owner == "the operator")
    shelf = ChatModelShelf(local, KEYS, OFFERED, visitors, limits)
    assert shelf.names("the operator") == ("openai/own", "local/small", "google/gemini-2.5-flash")
    assert shelf.get("", "the operator").name == "openai/own"
    for stranger in ("ana", ""):
        assert shelf.names(stranger) == ("local/small",)
        assert shelf.get("", stranger).name == "local/small"
        with pytest.raises(KeyNotLent):
            shelf.get("openai/own", stranger)
        with pytest.raises(KeyNotLent):
            shelf.chosen(ConversationOptions(model="google/gemini-2.5-flash"), stranger)
    visitors.put("ana", "google", "a-key-of-her-own")
    assert shelf.get("google/gemini-2.5-flash", "ana").name == "google/gemini-2.5-flash"


def test_no_other_model_is_known_than_those_offered(local: RoomModels) -> None:
    shelf = ChatModelShelf(local, KEYS, OFFERED, limits=RemoteLimits(context_tokens=8_192))
    assert shelf.get("") is shelf.get("local/small") is local.get("local/small")
    found = shelf.get("google/gemini-2.5-flash")
    settled = found.settled(ConversationOptions())
    assert (found.context_tokens, settled.sampling.max_tokens, settled.mode) == (8_192, 4_096, "chat")
    with pytest.raises(ModelUnknown):
        shelf.get("openai/other")


def test_what_is_offered_and_shut_says_what_is_missing(local: RoomModels) -> None:
    shelf = ChatModelShelf(local, ServiceKeys(openai="k"), ("openai/own", "google/gemini-2.5-flash", "elsewhere/x"))
    assert {name: type(error) for name, error in shelf.shut().items()} == {
        "google/gemini-2.5-flash": ModelKeyMissing,
        "elsewhere/x": ModelUnknown,
    }
    with pytest.raises(ModelKeyMissing):
        shelf.get("google/gemini-2.5-flash")


def test_a_visitors_own_key_opens_the_models_of_its_service_for_him_alone(local: RoomModels) -> None:
    visitors = VisitorKeys()
    visitors.put("ann", "google", "key-of-hers")
    shelf = ChatModelShelf(local, ServiceKeys(openai="k"), ("openai/own",), visitors)
    hers = shelf.get("google/gemini-2.5-pro", "ann")
    assert hers.name == "google/gemini-2.5-pro"
    assert shelf.get("google/gemini-2.5-pro", "ann") is hers
    assert shelf.get("openai/own", "ann") is shelf.get("openai/own")
    for name, owner in (
        ("google/gemini-2.5-pro", ""), ("google/gemini-2.5-pro", "bob"), ("openai/dear", "ann"), ("google/../x", "ann"),
        ("google/", "ann"),
    ):  # fmt: skip
        with pytest.raises(ModelUnknown):
            shelf.get(name, owner)
    visitors.put("ann", "google", "another-key")
    assert shelf.get("google/gemini-2.5-pro", "ann") is not hers


def test_what_a_visitor_added_is_his_to_choose_from(local: RoomModels) -> None:
    visitors = VisitorKeys()
    visitors.put("ann", "google", "key-of-hers")
    visitors.add_model("ann", "google/gemini-2.5-pro")
    shelf = ChatModelShelf(local, ServiceKeys(openai="k"), ("openai/own",), visitors)
    assert shelf.names("ann") == ("local/small", "openai/own", "google/gemini-2.5-pro")
    assert shelf.names("bob") == shelf.names() == ("local/small", "openai/own")


def test_those_that_stand_in_are_asked_in_order(local: RoomModels) -> None:
    shelf = ChatModelShelf(local, KEYS, OFFERED)
    options = ConversationOptions(model="openai/own", fallbacks=("google/gone", "local/small"), retries=0)
    chosen = shelf.chosen(options)
    model: Any = chosen.model
    assert chosen.name == "openai/own"
    assert [one.name for one in model.models] == ["openai/own", "local/small"]
    assert model.models[0].model.pauses_s == ()
    assert shelf.chosen(options) is chosen
    assert shelf.chosen(ConversationOptions()) is local.get("local/small")
    with pytest.raises(ModelUnknown):
        shelf.chosen(ConversationOptions(model="google/gone", fallbacks=("local/small",)))


def test_what_a_forgotten_key_opened_is_forgotten_with_it(local: RoomModels) -> None:
    visitors = VisitorKeys()
    visitors.put("ann", "google", "key-of-hers")
    visitors.put("bob", "google", "key-of-his")
    shelf = ChatModelShelf(local, ServiceKeys(), (), visitors)
    options = ConversationOptions(model="google/m", fallbacks=("local/small",))
    made = [weakref.ref(shelf.get("google/m", "ann").model), weakref.ref(shelf.chosen(options, "ann").model)]
    his = shelf.get("google/m", "bob")
    visitors.forget("ann")
    gc.collect()
    assert [model() for model in made] == [None, None]
    assert shelf.get("google/m", "bob") is his


def test_what_the_operator_offers_later_is_everybodys_until_it_is_withdrawn(local: RoomModels) -> None:
    shelf = ChatModelShelf(local, KEYS, ("openai/own", "anthropic/m"))
    shelf.offer("openai/other")
    assert shelf.offered() == ("openai/own", "openai/other", "anthropic/m")
    assert shelf.names("ann") == ("local/small", "openai/own", "openai/other")
    assert shelf.get("openai/other", "ann").name == "openai/other"
    shelf.withdraw("openai/other")
    with pytest.raises(ModelUnknown):
        shelf.get("openai/other")
    for name, error in (("openai/../x", ModelUnknown), ("mistral/m", ModelKeyMissing), ("local/small", ModelUnknown)):
        with pytest.raises(error):
            shelf.offer(name)


@pytest.mark.parametrize("name", ["google/gemini-2.5-flash", "openai/own"])
async def test_a_model_knows_its_service_by_the_first_call(name: str, local: RoomModels) -> None:
    """Nobody listens at this port."""
    keys = ServiceKeys(google="g", google_base_url=NOBODY, openai_base_url=NOBODY)
    model: Any = ChatModelShelf(local, keys, OFFERED).get(name).model
    with pytest.raises(ModelUnreachable):
        await model.model_copy(update={"pause": lambda seconds: asyncio.sleep(0)}).ainvoke("Hi")


def test_a_shelf_loads_no_library_before_a_model_is_called() -> None:
    program = (
        "import sys\n"
        "from chains.model_shelf import ChatModelShelf, ServiceKeys\n"
        "ChatModelShelf(None, ServiceKeys(google='g'), ['google/m']).get('google/m')\n"
        "print([name for name in ('google.genai', 'openai', 'langchain_openai', 'httpx') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


# --- the prompt, estimated -------------------------------------------------------------------------------------------

TEXTS = st.text("ab ñ\n🐝", max_size=20)


@given(texts=st.lists(TEXTS, min_size=1, max_size=4), prefill=TEXTS)
async def test_stretches_are_the_text_of_their_messages(texts: list[str], prefill: str) -> None:
    messages: list[BaseMessage] = [HumanMessage(text) for text in texts]
    tokens = await EstimatingPromptReader().aread_prompt(messages, prefill=prefill)
    for index, text in enumerate([*texts, prefill]):
        mine = [token for token in tokens if token.message == index]
        assert b"".join(token.token_bytes for token in mine).decode() == text
        assert len(mine) == num_tokens(text)
    assert {token.token_id for token in tokens} <= {None}


async def test_each_part_is_told_though_no_id_is() -> None:
    frame = Frame((Section(Part.SYSTEM, "Be brief."), Section(Part.NOTES, "Known: bees")))
    turns = [(Message(Role.USER, "Hi"), Message(Role.ASSISTANT, "Hello"))]
    composition = compose(frame, turns, "Why?", ConversationOptions())
    tokens = await EstimatingPromptReader().aread_prompt(composition.messages)
    groups = composition.by_part(tokens)
    told = {part: b"".join(b"".join(one.texts) for one in groups if one.part is part).decode() for part in Part}
    assert told[Part.QUESTION] == "Why?"
    assert told[Part.HISTORY] == "HiHello"
    assert (told[Part.SYSTEM] + told[Part.NOTES]) == "Be brief.\n\nKnown: bees"
    assert "\nassistant\n" in told[Part.MARKERS]
    assert {one.ids for one in groups} == {()}


async def test_tools_their_calls_and_results_count_too() -> None:
    offer = {"type": "function", "function": {"name": "age_of", "description": "An age.", "parameters": {}}}
    call = {"name": "age_of", "args": {"person": "Ñico"}, "id": "c1"}
    messages = [
        SystemMessage("Be brief."),
        AIMessage("Let me see.", tool_calls=[call]),
        ToolMessage([{"type": "text", "text": "37"}], tool_call_id="c1"),
    ]
    tokens = await EstimatingPromptReader().aread_prompt(messages, tools=[offer])
    texts = [b"".join(one.token_bytes for one in tokens if one.message == index).decode() for index in (None, 1, 2)]
    assert '"age_of"' in texts[0]
    assert texts[1] == 'Let me see.\n{"name": "age_of", "arguments": {"person": "Ñico"}}'
    assert "37" in texts[2]
