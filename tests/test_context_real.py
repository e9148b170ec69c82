"""The Context tab's counts over the default model: what is shown is what the engine reads."""

from __future__ import annotations

import io
import re
from contextlib import redirect_stdout
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from chains.options import MemoryKind
from chains.prompts import SYSTEM_PROMPTS
from chains.room_model import RoomModel
from chains.run_record import Part
from components.context_examples import STORIES, TALKS
from models.chat_model import LocalChatModel
from models.engine.supervisor import Supervisor
from playground.context import ContextQuestion, ContextView, ContextWindows
from playground.exports import to_python
from playground.panel_options import ContextOptions
from playground.permalinks import Experiment

WINDOW = 256


@pytest.fixture
def model(engine: Supervisor) -> LocalChatModel:
    return LocalChatModel(engine=engine, model_name="local/m", context_tokens=engine.wait().context_tokens)


async def last_view(model: LocalChatModel, asked: ContextQuestion) -> ContextView:
    windows = ContextWindows(RoomModel(model, model, "local/m", model.context_tokens))
    return [view async for view in windows.views("ana", asked)][-1]


def talk(language: str, window_tokens: int = WINDOW) -> ContextQuestion:
    example = TALKS[language]
    options = ContextOptions(
        conversation=example.conversation, window_tokens=window_tokens, language="es" if language == "es" else "en"
    )
    return ContextQuestion(example.question, True, options)


async def test_everything_is_as_many_tokens_as_the_engine_reads(model: LocalChatModel) -> None:
    view = await last_view(model, talk("es"))
    said = [
        HumanMessage(text) if role == "user" else AIMessage(text) for turn in view.turns for role, text in turn.messages
    ]
    messages = [SystemMessage(SYSTEM_PROMPTS["es"]), *said, HumanMessage(TALKS["es"].question)]
    answer = await model.ainvoke(messages, max_tokens=1)
    assert answer.usage_metadata is not None
    assert view.num_tokens == answer.usage_metadata["input_tokens"]


@pytest.mark.parametrize("language", ["en", "es"])
async def test_no_memory_gives_more_than_the_window_holds(model: LocalChatModel, language: str) -> None:
    view = await last_view(model, talk(language))
    for sight in view.sights:
        assert sight.num_tokens + view.answer_tokens <= WINDOW
        seen = sum(turn.num_tokens for turn in view.turns[sight.first_seen :])
        assert sight.parts[Part.HISTORY] == seen
    summary = next(sight for sight in view.sights if sight.memory is MemoryKind.SUMMARY)
    assert summary.num_summarized
    assert summary.summary


async def test_a_larger_window_shows_more_until_everything_fits(model: LocalChatModel) -> None:
    views = [await last_view(model, talk("en", window)) for window in (128, 256, 1_024)]
    first = [view.sights[0].first_seen for view in views]
    assert first == sorted(first, reverse=True)
    assert (views[-1].excess, first[-1]) == (0, 0)


async def test_sentences_of_a_text_are_given_as_they_stand(model: LocalChatModel) -> None:
    example = STORIES["es"]
    view = await last_view(
        model, ContextQuestion(example.question, False, ContextOptions(conversation=example.conversation))
    )
    whole = f"{example.conversation}\n\n{example.question}"
    for sight in view.sights:
        assert whole.endswith(b"".join(text for run in sight.prompt for text in run.texts).decode())


async def test_the_program_prints_the_same(model: LocalChatModel, engine: Supervisor) -> None:
    asked = talk("en")
    view = await last_view(model, asked)
    told = Experiment(
        panel="context", model="local/m", fingerprint="f", text=asked.text, is_chat=True, options=asked.options
    )
    names: dict[str, Any] = {"__name__": "exported"}
    exec(compile(to_python(told), "experiment.py", "exec"), names)  # noqa: S102 - to run it is the point
    with redirect_stdout(io.StringIO()) as output:
        await names["experiment"](engine)
    printed = re.findall(r"^(\w+): (\d+) tokens", output.getvalue(), re.MULTILINE)
    assert printed == [("everything", str(view.num_tokens))] + [
        (str(sight.memory), str(sight.num_tokens)) for sight in view.sights
    ]
