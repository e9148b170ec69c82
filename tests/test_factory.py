from __future__ import annotations

from langchain_core.messages import HumanMessage

from chains.factory import build_chain
from chains.prompts import CHAT_PROMPT
from tests.scripted_model import ScriptedModel

VARIABLES = {"system_prompt": "Be brief.", "turns": [HumanMessage("Hello there")]}


async def test_a_chain_streams_text() -> None:
    chain = build_chain(CHAT_PROMPT, ScriptedModel(), "chat")
    pieces = [piece async for piece in chain.astream(VARIABLES)]
    assert [piece for piece in pieces if piece] == ["You ", "said: ", "Hello ", "there "]


async def test_every_stage_has_its_name() -> None:
    chain = build_chain(CHAT_PROMPT, ScriptedModel(), "chat")
    started = [
        event["name"]
        async for event in chain.astream_events(VARIABLES, version="v2")
        if event["event"].endswith("_start")
    ]
    assert started == ["chat", "prompt", "model", "parser"]
