"""Tool calls and structured output over scripted engines: what is asked of the engine, and how its answers are read."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.exceptions import OutputParserException
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool
from pydantic import BaseModel

from models.call_parser import CallParser
from models.engine.protocol import Event, Piece, ToolCall
from models.tool_calls import ToolOffer
from tests.gbnf import Gbnf
from tests.scripted_engine import END, HELLO, model_over


@tool
def weather(city: str, days: int = 1) -> str:
    """Tells the weather."""
    return f"{city} {days}"


@tool
def clock() -> str:
    """Tells the time."""
    return "noon"


class Tree(BaseModel):
    """A tree of names."""

    name: str
    children: list[Tree] = []


TOOLS = [weather, clock]
LENGTH = END.model_copy(update={"reason": "length"})
CALL = '<tool_call>\n{"name": "weather", "arguments": {"city": "C\\u00e1diz \\"}", "days": 2}}\n</tool_call>'
ARGUMENTS = {"city": 'Cádiz "}', "days": 2}


def read(pieces: list[str]) -> AIMessageChunk:
    """The message that LangChain merges out of what the parser makes of ``pieces``."""
    parser = CallParser()
    message = AIMessageChunk(content="")
    for text, chunks in [*map(parser.push, pieces), parser.close()]:
        message += AIMessageChunk(content=text, tool_call_chunks=chunks)
    return message


def cut_up(text: str, draw: random.Random) -> list[str]:
    places = sorted(draw.choices(range(len(text) + 1), k=draw.randint(0, 9)))
    return [text[start:end] for start, end in zip([0, *places], [*places, len(text)], strict=True)]


def events(*texts: str) -> list[Event]:
    return [Piece(id="id", text=text) for text in texts]


@given(st.randoms(use_true_random=False), st.sampled_from(["auto", "any", "weather"]))
def test_whatever_the_grammar_lets_through_is_read_as_calls(draw: random.Random, choice: str) -> None:
    offer = ToolOffer.of({"tools": TOOLS, "tool_choice": choice})
    assert offer is not None
    text = Gbnf(offer.constraint()["grammar"]).any(draw)
    message = read(cut_up(text, draw))
    assert (message.text, message.invalid_tool_calls) == ("", [])
    assert len(message.tool_calls) == text.count("<tool_call>")
    for call in message.tool_calls:
        {"weather": weather, "clock": clock}[call["name"]].invoke(call)
    if choice == "weather":
        assert {call["name"] for call in message.tool_calls} == {"weather"}


@given(st.randoms(use_true_random=False), st.integers(0, len(CALL)))
def test_a_call_that_was_cut_is_never_taken_for_a_whole_one(draw: random.Random, length: int) -> None:
    message = read(cut_up(f"Wait. {CALL[:length]}", draw))
    if length < len("<tool_call>"):
        assert (message.text, message.tool_calls) == (f"Wait. {CALL[:length]}", [])
        return
    assert message.text == "Wait. "
    is_whole = "2}" in CALL[:length]
    assert [call["args"] for call in message.tool_calls] == ([ARGUMENTS] if is_whole else [])
    assert len(message.invalid_tool_calls) == (0 if is_whole else 1)


def test_a_call_streams_its_name_first_and_then_its_arguments() -> None:
    parser = CallParser()
    chunks = [chunk for character in CALL + "\n" + CALL for chunk in parser.push(character)[1]]
    assert parser.num_complete == 2
    names = [(chunk["name"], chunk["index"], chunk["args"]) for chunk in chunks if chunk["name"]]
    assert names == [("weather", 0, ""), ("weather", 1, "")]
    ids = {chunk["id"] for chunk in chunks if chunk["name"]}
    assert len(ids) == 2
    later = [chunk for chunk in chunks if not chunk["name"]]
    assert all(chunk["id"] is None for chunk in later)
    assert json.loads("".join(str(chunk["args"]) for chunk in later if chunk["index"] == 1)) == ARGUMENTS


@pytest.mark.parametrize("choice", [None, "auto"])
async def test_left_to_itself_the_model_is_free_until_it_begins_a_call(choice: str | None) -> None:
    model, engine = model_over(*events("Let me ", "see. <tool", CALL[5:20], CALL[20:]), END)
    message = await model.bind_tools(TOOLS, tool_choice=choice).ainvoke("Is it raining?")
    request = engine.requests[0]
    assert request.sampling.grammar_trigger == "<tool_call>"
    assert [offered["function"]["name"] for offered in request.prompt.tools] == ["weather", "clock"]
    assert message.text == "Let me see. "
    assert [(call["name"], call["args"]) for call in message.tool_calls] == [("weather", ARGUMENTS)]
    assert message.response_metadata["finish_reason"] == "tool_calls"


@pytest.mark.parametrize(
    ("choice", "names"),
    [
        ("any", {"weather", "clock"}),
        ("required", {"weather", "clock"}),
        (True, {"weather", "clock"}),
        ("clock", {"clock"}),
        ({"type": "function", "function": {"name": "clock"}}, {"clock"}),
    ],
)
async def test_a_forced_call_is_held_to_the_grammar_from_the_first_token(choice: Any, names: set[str]) -> None:
    model, engine = model_over(*HELLO)
    await model.bind_tools(TOOLS, tool_choice=choice).ainvoke("hi")
    sampling = engine.requests[0].sampling
    assert sampling.grammar_trigger is None
    assert sampling.grammar is not None
    assert {name for name in ("weather", "clock") if name in sampling.grammar} == names
    assert len(engine.requests[0].prompt.tools) == 2


async def test_no_tools_are_told_when_none_may_be_called() -> None:
    model, engine = model_over(*HELLO)
    await model.bind_tools(TOOLS, tool_choice="none").ainvoke("hi")
    assert engine.requests[0].prompt.tools == ()
    assert engine.requests[0].sampling.grammar is None


@tool
def plant(tree: Tree, note: str = "") -> str:
    """Plants a tree."""
    return tree.name


@pytest.mark.parametrize("kind", [Tree, plant], ids=["class", "tool"])
def test_a_shape_that_holds_itself_is_kept_all_the_way_down(kind: Any) -> None:
    offer = ToolOffer.of({"tools": [kind], "tool_choice": "any"})
    assert offer is not None
    grammar = Gbnf(offer.constraint()["grammar"])
    calls = [read([grammar.any(random.Random(seed))]).tool_calls[0]["args"] for seed in range(200)]
    trees = [Tree.model_validate(args if kind is Tree else args["tree"]) for args in calls]
    assert any(tree.children and tree.children[0].children for tree in trees)


def test_a_choice_that_is_not_on_offer_is_refused_at_once() -> None:
    model, _ = model_over()
    with pytest.raises(ValueError, match="names no tool on offer"):
        model.bind_tools(TOOLS, tool_choice="stock_exchange")
    with pytest.raises(ValueError, match="no tool that can be called here"):
        model.bind_tools([{"type": "web_search_preview"}])


async def test_tools_leave_no_room_for_another_grammar() -> None:
    model, _ = model_over(*HELLO)
    with pytest.raises(ValueError, match="another one"):
        await model.bind_tools(TOOLS).ainvoke("hi", grammar='root ::= "a"')


async def test_text_without_a_call_is_text_to_the_last_letter() -> None:
    model, _ = model_over(*events("1 <", " 2 <tool"), END)
    message = await model.bind_tools(TOOLS).ainvoke("hi")
    assert (message.text, message.tool_calls) == ("1 < 2 <tool", [])
    assert message.response_metadata["finish_reason"] == "stop"


async def test_a_call_cut_by_max_tokens_is_invalid_and_says_so() -> None:
    model, _ = model_over(*events(CALL[:70]), LENGTH)
    bound = model.bind_tools(TOOLS)
    whole = await bound.ainvoke("hi")
    streamed = AIMessageChunk(content="")
    async for chunk in bound.astream("hi"):
        streamed += chunk  # type: ignore[assignment]
    for message in (whole, streamed):
        assert message.tool_calls == []
        assert [call["name"] for call in message.invalid_tool_calls] == ["weather"]
        assert message.response_metadata["finish_reason"] == "length"


async def test_calls_and_results_of_earlier_turns_reach_the_prompt() -> None:
    model, engine = model_over(*HELLO)
    call = {"name": "weather", "args": {"city": "Lugo"}, "id": "1"}
    results = [ToolMessage("dry", tool_call_id="1"), ToolMessage([{"a": 1}], tool_call_id="1", name="w")]
    await model.ainvoke([HumanMessage("?"), AIMessage("", tool_calls=[call]), *results])
    _, asked, *told = engine.requests[0].prompt.messages
    assert asked.tool_calls == (ToolCall(name="weather", arguments={"city": "Lugo"}),)
    assert [(turn.role, turn.name, turn.content) for turn in told] == [
        ("tool", "weather", "dry"),
        ("tool", "w", '[{"a": 1}]'),
    ]


def test_tools_count_as_part_of_the_prompt() -> None:
    model, engine = model_over()
    model.get_num_tokens_from_messages([HumanMessage("hi")], tools=TOOLS)
    assert len(engine.counted[0].prompt.tools) == 2


async def test_structured_output_gives_the_value_and_holds_the_model_to_its_schema() -> None:
    model, engine = model_over(*events('{"name": "a", ', '"children": [{"name": "b"}]}'), END)
    tree = await model.with_structured_output(Tree).ainvoke("hi")
    assert tree == Tree(name="a", children=[Tree(name="b")])
    assert engine.requests[0].sampling.json_schema == Tree.model_json_schema()
    assert engine.requests[0].prompt.messages[-1].content.startswith("hi\n\nAnswer with JSON of this shape:\n{")
    as_dict = model.with_structured_output(Tree.model_json_schema())
    assert await as_dict.ainvoke("hi") == {"name": "a", "children": [{"name": "b"}]}
    assert [part async for part in as_dict.astream("hi")][-1] == {"name": "a", "children": [{"name": "b"}]}
    assert await model.with_structured_output(method="json_mode").ainvoke("hi") == tree.model_dump(exclude_unset=True)
    with pytest.raises(ValueError, match="schema is needed"):
        model.with_structured_output()


async def test_a_structure_that_was_cut_is_an_error_and_no_smaller_structure() -> None:
    model, _ = model_over(*events('{"name": "a", "children": ['), LENGTH)
    with pytest.raises(OutputParserException, match="cut by max_tokens"):
        await model.with_structured_output(Tree).ainvoke("hi")
    raw = await model.with_structured_output(Tree, include_raw=True).ainvoke("hi")
    assert raw["parsed"] is None
    assert isinstance(raw["parsing_error"], OutputParserException)
    with pytest.raises(OutputParserException):
        _ = [part async for part in model.with_structured_output(Tree).astream("hi")]


async def test_a_structure_may_be_a_tool_that_is_called() -> None:
    call = '<tool_call>{"name": "Tree", "arguments": {"name": "a"}}</tool_call>'
    model, engine = model_over(*events(call), END)
    assert await model.with_structured_output(Tree, method="function_calling").ainvoke("hi") == Tree(name="a")
    assert engine.requests[0].sampling.grammar is not None


async def test_with_tools_and_a_response_format_the_answer_is_a_call_or_fits() -> None:
    model, engine = model_over(*HELLO)
    form = {"type": "json_schema", "json_schema": {"name": "Tree", "schema": Tree.model_json_schema()}}
    await model.bind_tools(TOOLS, response_format=form).ainvoke("hi")
    await model.ainvoke("hi", response_format={"type": "json_object"})
    both, free = (request.sampling for request in engine.requests)
    assert both.grammar is not None
    texts = {Gbnf(both.grammar).any(random.Random(seed))[:6] for seed in range(50)}
    assert {text[0] for text in texts} == {"<", "{"}
    assert free.json_schema == {"type": "object"}


async def test_the_shape_of_the_answer_is_told_at_the_end_of_the_last_question() -> None:
    model, engine = model_over(*events('{"name": "a"}'), END)
    schema = {"properties": {"name": {"type": "string", "title": "Name"}}, "required": ["name"]}
    note = 'Answer with JSON of this shape:\n{"name": {"type": "string"}}'
    held = model.with_structured_output(schema)
    await held.ainvoke([HumanMessage([{"type": "text", "text": "1"}]), AIMessage("2")])
    await held.ainvoke([HumanMessage("1"), AIMessage("2"), HumanMessage("3")])
    await held.ainvoke([SystemMessage("0")])
    await model.ainvoke("1", json_schema=schema)
    assert [[turn.content for turn in request.prompt.messages] for request in engine.requests] == [
        [f"1\n\n{note}", "2"],
        ["1", "2", f"3\n\n{note}"],
        ["0", note],
        ["1"],
    ]
