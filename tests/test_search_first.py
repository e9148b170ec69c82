"""Search-first: what the program decides, and the answers that follow, over models that choose nothing."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

from agents.gate import Gate
from agents.guard import Guard
from agents.loop import AgentLoop
from agents.model_calls import ModelCalls, parts_of
from agents.prompts import NOT_CALCULATED, NOTHING_FOUND, SEARCH_FAILED
from agents.source_book import SourceBook
from agents.sources import Found
from agents.steps import AgentStep, FinalAnswer, Thought, ToolCall
from agents.strategies.search_first import SearchFirstModel
from agents.tools.calculator import calculator_tool
from agents.tools.date_time import date_time_tool
from agents.tools.read_page import read_page_tool
from agents.tools.tool import AgentTool
from chains.run_record import Part
from errors import AddressUnreadable
from errors.agents import SearchUnreachable
from tests.agent_turn import HURRIED, CallingModel, Says, ScriptedPerson, calls_of
from tests.grammar_walker import walking_model
from tests.looked_up import ARGENTINA, ARGENTINA_ES, CHILE, CHILE_ES, searching

CLOCK = date_time_tool(lambda: datetime(2026, 11, 22, 8, 30, tzinfo=UTC))


class Asked:
    """What came of one question: ``calls`` as name and arguments."""

    def __init__(self, steps: Sequence[AgentStep], calls: ModelCalls) -> None:
        self.calls = [(step.name, dict(step.arguments)) for step in steps if isinstance(step, ToolCall)]
        self.thoughts = [step.text for step in steps if isinstance(step, Thought)]
        self.answer = next(step for step in steps if isinstance(step, FinalAnswer))
        self.runs = calls.runs


async def ask(
    question: str, tools: Sequence[AgentTool], language: str = "en", earlier: Sequence[BaseMessage] = ()
) -> Asked:
    """Ask a small local model, which writes anything that its grammar lets through."""
    model, _ = walking_model(random.Random(question))
    calls = calls_of(model, context_tokens=4_000)
    strategy = SearchFirstModel(calls=calls, question=question, language=language, is_small=True)
    guard = Guard(SourceBook(), Gate(question, False), ScriptedPerson())
    loop = AgentLoop(strategy, tools, guard, HURRIED)
    return Asked([step async for step in loop.run([*earlier, HumanMessage(question)])], calls)


@pytest.mark.parametrize(
    ("question", "language", "found", "begins"),
    [
        ("current president of Argentina", "en", ARGENTINA, "The current president is Javier Milei"),
        ("What is the current president of Argentina?", "en", ARGENTINA, "The current president is Javier Milei"),
        ("¿Quién es el presidente actual de Argentina?", "es", ARGENTINA_ES, "El actual presidente es Javier Milei"),
        ("presidente actual de Argentina", "es", ARGENTINA_ES, "El actual presidente es Javier Milei"),
        ("Who is the president of Chile?", "en", CHILE, "José Antonio Kast is the current president"),
    ],
)
async def test_the_answer_is_what_was_found_word_for_word(
    question: str, language: str, found: tuple[Found, ...], begins: str
) -> None:
    scripted, search = searching(found)
    asked = await ask(question, [search], language)
    assert scripted.queries == [question.strip("¿?")]
    assert asked.answer.text.startswith(begins)
    sources = {source.number: source.text for source in asked.answer.sources}
    for sentence in asked.answer.text.split("] "):
        text, _, number = sentence.rstrip("]").rpartition(" [")
        assert text in " ".join(sources[int(number)].split())
    (run,) = asked.runs
    assert run.step == "quote"
    parts = [tokens.part for tokens in run.prompt if tokens.part is not Part.MARKERS]
    assert parts == [Part.SYSTEM, Part.QUESTION, Part.CALLS, Part.RESULTS]


async def test_a_number_that_was_found_is_worked_with() -> None:
    _, search = searching(CHILE)
    asked = await ask("age of the president of Chile raised to 0.4", [search, calculator_tool(), CLOCK])
    assert asked.calls == [
        ("web_search", {"query": "age of the president of Chile"}),
        ("calculator", {"expression": "60 ** 0.4"}),
    ]
    (thought,) = asked.thoughts
    assert thought.startswith("José Antonio Kast is 60 years old. He served")
    assert asked.answer.text == f"{thought}\n\n60 ** 0.4 = 5.14352079676"


async def test_an_age_follows_from_a_birthday() -> None:
    _, search = searching(CHILE_ES)
    tools = [search, calculator_tool(), CLOCK]
    asked = await ask("edad del presidente de Chile elevada a 0,4", tools, "es")
    assert [name for name, _ in asked.calls] == ["web_search", "date_time", "calculator"]
    assert asked.calls[1:] == [("date_time", {"from_date": "1966-01-18"}), ("calculator", {"expression": "60 ** 0.4"})]
    assert asked.answer.text.endswith(" [1]\n\nSon 60 años de edad.\n\n60 ** 0.4 = 5.14352079676")


@pytest.mark.parametrize(
    ("question", "call", "answer"),
    [
        ("¿Cuánto es 37 ** 0.4?", ("calculator", {"expression": "37 ** 0.4"}), "37 ** 0.4 = 4.23916859977"),
        ("how much is 9**9**9", ("calculator", {"expression": "9**9**9"}), NOT_CALCULATED["es"]),
        ("¿Qué día es hoy?", ("date_time", {}), "Hoy es domingo 22 de noviembre de 2026 y son las 08:30."),
    ],
)
async def test_some_questions_need_neither_search_nor_model(question: str, call: object, answer: str) -> None:
    scripted, search = searching(ARGENTINA)
    asked = await ask(question, [search, calculator_tool(), CLOCK], "es")
    assert (asked.calls, asked.answer.text) == ([call], answer)
    assert not scripted.queries
    assert asked.runs == ()


async def test_a_place_that_the_clock_does_not_know_is_searched_for() -> None:
    _, search = searching(ARGENTINA)
    asked = await ask("What time is it in Argentina?", [search, CLOCK])
    assert [name for name, _ in asked.calls] == ["date_time", "web_search"]


async def test_where_one_search_fails_the_next_is_asked() -> None:
    _, web = searching(SearchUnreachable(tool="web_search"))
    wikipedia, looked_up = searching(ARGENTINA, name="wikipedia")
    asked = await ask("current president of Argentina", [web, looked_up])
    assert wikipedia.queries == ["current president argentina"]
    assert asked.answer.text.startswith("The current president is Javier Milei")


@pytest.mark.parametrize("language", ["en", "es"])
async def test_what_is_not_found_is_said_and_no_model_is_asked(language: str) -> None:
    _, nothing = searching(())
    _, off_the_point = searching((Found("Tea", "Tea is a hot drink that many like.", "https://tea.example"),))
    _, failing = searching(SearchUnreachable(tool="web_search"))
    for tool, answer in ((nothing, NOTHING_FOUND), (off_the_point, NOTHING_FOUND), (failing, SEARCH_FAILED)):
        asked = await ask("Who wrote Zyxxy?", [tool], language)
        assert (asked.answer.text, asked.runs) == (answer[language], ())


async def test_an_excerpt_that_does_not_tell_is_followed_to_its_page() -> None:
    teaser = Found("Mount Everest", "Mount Everest: all about the mountain.", "https://example.org/everest")
    page = Found(
        "Mount Everest", "Mount Everest is a mountain. Its height is 8,849 metres.", "https://example.org/everest"
    )
    _, search = searching((teaser,))
    opened: list[str] = []
    asked = await ask("How high is Mount Everest?", [search, reading(page, opened)])
    assert opened == ["https://example.org/everest"]
    assert asked.answer.text.startswith("Mount Everest is a mountain. Its height is 8,849 metres. [1]")


async def test_a_page_that_cannot_be_read_is_no_end() -> None:
    pages = [Found(f"Everest {n}", "Mount Everest is the highest.", f"https://example.org/{n}") for n in range(4)]
    _, search = searching(tuple(pages))
    opened: list[str] = []
    asked = await ask(
        "Tell me about the weather of Mount Everest in the winter months", [search, reading(None, opened)]
    )
    assert len(opened) == len(set(opened)) == 2
    assert asked.answer.text.startswith("Mount Everest is the highest. [1]")


async def test_a_question_that_goes_on_is_searched_with_the_one_before() -> None:
    scripted, search = searching(ARGENTINA)
    earlier = [HumanMessage("Who is the president of Argentina?"), AIMessage("Javier Milei.")]
    await ask("And since when?", [search], earlier=earlier)
    assert scripted.queries == ["Who is the president of Argentina And since when"]


async def test_without_a_search_the_model_answers_by_itself() -> None:
    asked = await ask("Who is the president of Chile?", [calculator_tool()])
    assert (asked.calls, asked.answer.text) == ([], "Hello")


async def test_a_larger_model_answers_in_its_own_words_from_the_results() -> None:
    model = CallingModel(script=[Says("Javier Milei [1].")])
    question = "current president of Argentina"
    strategy = SearchFirstModel(
        calls=calls_of(model, context_tokens=4_000), question=question, language="en", is_small=False
    )
    _, search = searching(ARGENTINA)
    guard = Guard(SourceBook(), Gate(question, False), ScriptedPerson())
    loop = AgentLoop(strategy, [search], guard, HURRIED)
    steps = [step async for step in loop.run([HumanMessage(question)])]
    assert steps[-1].text == "Javier Milei [1]."  # type: ignore[attr-defined]
    (prompt,) = model.prompts
    assert parts_of(prompt) == [Part.QUESTION, Part.CALLS, Part.RESULTS]
    assert "| The president of Argentina" in prompt[-1].text
    assert not any(isinstance(message, AIMessage) and message.tool_calls for message in prompt)


def reading(page: Found | None, opened: list[str]) -> AgentTool:
    """``read_page`` over one page; None cannot be read."""

    async def read(url: str) -> Found:
        opened.append(url)
        if page is None:
            raise AddressUnreadable
        return page

    return read_page_tool(read)


TEXT = "who is the president of Chile ¿quién edad age raised to 0.4 and y 37 ** what time in [1] | >"
WORDS = st.sampled_from([*TEXT.split(), "\n"])


@given(st.lists(WORDS, max_size=12).map(" ".join), st.booleans(), st.booleans())
def test_every_question_comes_to_an_end(question: str, finds: bool, fails: bool) -> None:
    found: tuple[Found, ...] | Exception = CHILE if finds else ()
    _, search = searching(SearchUnreachable(tool="web_search") if fails else found)
    _, looked_up = searching(found, name="wikipedia")
    asked = asyncio.run(ask(question, [search, looked_up, calculator_tool(), CLOCK, reading(None, [])]))
    assert asked.answer.text
    assert len(asked.calls) <= 6


async def test_a_page_that_the_person_names_is_read_first() -> None:
    _, reading = searching(ARGENTINA, name="read_page")
    _, search = searching(ARGENTINA)
    asked = await ask("Read https://example.org/milei. Who is the current president of Argentina?", [search, reading])
    assert asked.calls[0] == ("read_page", {"url": "https://example.org/milei"})
    assert "Milei" in asked.answer.text


async def test_who_asks_for_the_encyclopedia_gets_it() -> None:
    tools = [searching(ARGENTINA, name=name)[1] for name in ("web_search", "wikipedia")]
    asked = await ask("According to Wikipedia, who is the president of Argentina?", tools)
    assert asked.calls[0][0] == "wikipedia"
