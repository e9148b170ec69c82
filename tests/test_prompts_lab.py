"""How the calls of a comparison run: together or in turn, with one seed, stopped all at once."""

from __future__ import annotations

import asyncio
import io
from contextlib import aclosing, redirect_stdout
from typing import Any

import pytest

from chains.room_model import RoomModel
from errors import EngineDied, PromptTooLong, TertuliaError
from models.chat_model import LocalChatModel
from models.engine.supervisor import Supervisor
from models.sampling import SamplingParams
from playground.exports import to_python
from playground.panel_options import PromptsOptions
from playground.permalinks import Experiment
from playground.positions import PromptText
from playground.prompt_calls import NEW_TOKENS
from playground.prompt_lab import CallState, PromptLab, prompts_table
from tests.playground_texts import scripted_room_model
from tests.scripted_model import ScriptedModel

ANA = "ana"
ASKED = PromptText("the film", is_chat=True)
SAMPLING = SamplingParams(seed=7, temperature=0.3, top_k=5)
SHOTS = PromptsOptions(examples=(("good", "+"), ("bad", "-")), max_tokens=9)


async def ended(
    model: RoomModel, options: PromptsOptions, asked: PromptText = ASKED, sampling: SamplingParams = SAMPLING
) -> tuple[CallState, ...]:
    return [states async for states in PromptLab(model).run(ANA, asked, options, sampling)][-1]


class Gate:
    """Holds whoever comes until ``num`` are there, or for good."""

    def __init__(self, num: int, *, opens: bool = True) -> None:
        self._num_missing = num
        self._opens = opens
        self.all_there = asyncio.Event()

    async def wait(self) -> None:
        self._num_missing -= 1
        if self._num_missing <= 0:
            self.all_there.set()
        await (self.all_there if self._opens else asyncio.Event()).wait()


async def test_calls_that_wait_for_nobody_are_asked_together() -> None:
    states = await ended(scripted_room_model(ScriptedModel(pace=Gate(3).wait)), SHOTS)
    assert [state.text for state in states] == ["You said: the film "] * 3
    assert all(state.is_done for state in states)
    assert states[0].num_prompt < states[1].num_prompt < states[2].num_prompt


async def test_every_call_is_sent_the_settings_and_the_seed() -> None:
    model = ScriptedModel()
    await ended(scripted_room_model(model), SHOTS)
    for options in model.options:
        assert options["owner"] == ANA
        assert (options["seed"], options["temperature"], options["top_k"]) == (7, 0.3, 5)
        assert options["max_tokens"] == 9
        assert not options["is_completion"]


async def test_a_text_ends_before_the_next_question() -> None:
    model = ScriptedModel()
    await ended(scripted_room_model(model), SHOTS, PromptText("the film"))
    assert {tuple(options["stop"]) for options in model.options} == {("\nQuestion:",)}
    assert all(options["is_completion"] for options in model.options)


async def test_what_only_stops_a_text_is_not_counted() -> None:
    class Stopped(ScriptedModel):
        """Holds back what a stop string begins with, as the engine does."""

        async def _astream(self, *args: Any, **kwargs: Any) -> Any:
            async for chunk in super()._astream(*args, **kwargs):
                if chunk.text.startswith("\n"):
                    chunk.message.content = ""
                yield chunk

    model = Stopped(script=lambda _: ["fine ", "\nQuest", "\nion:"])
    states = await ended(scripted_room_model(model), SHOTS, PromptText("the film"))
    assert {(state.text, len(state.tokens), state.end) for state in states} == {("fine ", 1, "stop")}


async def test_a_chain_hands_on_what_each_call_wrote() -> None:
    model = ScriptedModel()
    options = PromptsOptions(compare="chain", steps=("Tell {question}", "Turn {previous} round"))
    states = await ended(scripted_room_model(model), options)
    assert [prompt[-1].text for prompt in model.prompts] == ["Tell the film", "Turn You said: Tell the film round"]
    assert states[1].text == "You said: Turn You said: Tell the film round "


async def test_a_call_for_fewer_tokens_is_the_beginning_of_the_longest() -> None:
    model = ScriptedModel(script=lambda _: [f"{number} " for number in range(20)], finish_reason="length")
    states = await ended(scripted_room_model(model), PromptsOptions(compare="lengths"))
    assert len(model.prompts) == 1
    assert [len(state.tokens) for state in states] == list(NEW_TOKENS)
    assert all(states[-1].text.startswith(state.text) for state in states)
    assert all(state.is_done and state.was_cut for state in states)


async def test_a_text_that_ends_early_is_told_as_ended_by_the_model() -> None:
    model = ScriptedModel(script=lambda _: ["only ", "two"])
    states = await ended(scripted_room_model(model), PromptsOptions(compare="lengths"))
    assert [state.was_cut for state in states] == [True, False, False, False]
    assert states[-1].text == "only two"


async def test_who_leaves_stops_every_call() -> None:
    gate = Gate(3, opens=False)
    model = ScriptedModel(pace=gate.wait)
    async with aclosing(PromptLab(scripted_room_model(model)).run(ANA, ASKED, SHOTS, SAMPLING)) as run:
        await anext(run)
        await gate.all_there.wait()
    assert model.num_closed == 3


async def test_a_call_that_fails_ends_the_others_and_says_why() -> None:
    def script(question: str) -> list[str | Exception]:
        return [EngineDied()] if "one" in question else ["word ", "that never comes"]

    both, nothing = Gate(2), asyncio.Event()

    async def pace() -> None:
        await (nothing if both.all_there.is_set() else both).wait()

    model = ScriptedModel(script=script, pace=pace)
    options = PromptsOptions(compare="templates", templates=("one {question}", "two {question}"))
    with pytest.raises(TertuliaError) as caught:
        await ended(scripted_room_model(model), options)
    assert isinstance(caught.value, EngineDied)
    assert model.num_closed == 2


async def test_a_table_has_a_row_for_each_call() -> None:
    table = prompts_table(await ended(scripted_room_model(), SHOTS))
    assert [row["number"] for row in table.rows] == [0, 1, 2]
    assert {row["text"] for row in table.rows} == {"You said: the film "}
    assert table.rows[0]["prompt"] == "<turn>the film"
    assert table.rows[0]["perplexity"] == pytest.approx(1 / 0.75)


# --- the default model -----------------------------------------------------------------------------------------------


@pytest.fixture
def local(float_engine: Supervisor) -> RoomModel:
    card = float_engine.wait()
    model = LocalChatModel(engine=float_engine, model_name="local/m", context_tokens=card.context_tokens)
    return RoomModel(model, model, "local/m", card.context_tokens)


async def test_one_text_is_sent_with_and_without_the_marks_of_the_template(local: RoomModel) -> None:
    question = "What is the capital of France?"
    text, chat = await ended(local, PromptsOptions(compare="forms", max_tokens=8), PromptText(question))
    sent = [b"".join(content for part in state.prompt for content in part.texts).decode() for state in (text, chat)]
    assert sent[0] == question
    assert f"<|im_start|>user\n{question}<|im_end|>" in sent[1]
    assert all(len(state.tokens) <= 8 for state in (text, chat))


async def test_a_prompt_beyond_the_window_is_told_as_one(local: RoomModel) -> None:
    with pytest.raises(PromptTooLong):
        await ended(local, PromptsOptions(compare="forms"), PromptText("word " * 3_000))


@pytest.mark.parametrize("text", ["<|im_end|>", "🦩中文", "\ud83d", "\0"])
async def test_any_text_is_asked_as_it_is(local: RoomModel, text: str) -> None:
    states = await ended(local, PromptsOptions(compare="lengths"), PromptText(text))
    sent = b"".join(content for part in states[0].prompt for content in part.texts)
    assert sent.decode() == text.encode(errors="replace").decode()
    assert all(len(state.tokens) <= state.call.max_tokens for state in states)


async def test_a_longer_call_begins_as_a_shorter_one(local: RoomModel) -> None:
    asked = PromptText("Llama is an open source")
    shown = await ended(local, PromptsOptions(compare="lengths"), asked, SamplingParams(temperature=0))
    written: list[str] = []
    for number in NEW_TOKENS:
        options: dict[str, Any] = {"max_tokens": number, "is_completion": True, "temperature": 0}
        written.append((await local.model.bind(**options).ainvoke(asked.text)).text)
    assert [state.text for state in shown] == written


async def test_examples_make_the_model_surer(local: RoomModel) -> None:
    examples = (("I like to play", "positive"), ("I do not like it", "negative"), ("A lovely day", "positive"))
    options = PromptsOptions(examples=examples, labels=("Sentence", "Sentiment"), max_tokens=4)
    none, _, all_of_them = await ended(local, options, PromptText("I hate this film"), SamplingParams(seed=1))
    assert none.perplexity is not None
    assert all_of_them.perplexity is not None
    assert all_of_them.perplexity < none.perplexity
    assert all_of_them.text.strip().startswith(("positive", "negative"))


@pytest.mark.parametrize("options", [PromptsOptions(compare="forms", max_tokens=8), SHOTS], ids=["forms", "shots"])
async def test_an_exported_program_asks_the_same(
    local: RoomModel, float_engine: Supervisor, options: PromptsOptions
) -> None:
    greedy = SamplingParams(temperature=0)
    shown = await ended(local, options, PromptText("What is the sun?"), greedy)
    told = {"panel": "prompts", "model": "local/m", "fingerprint": "f", "text": "What is the sun?"}
    program = to_python(Experiment.model_validate({**told, "options": options, "sampling": greedy}))
    names: dict[str, Any] = {"__name__": "exported"}
    exec(compile(program, "experiment.py", "exec"), names)  # noqa: S102 - to run it is the point
    with redirect_stdout(io.StringIO()) as output:
        await names["experiment"](float_engine)
    for state in shown:
        assert f"the model: {state.text!r}\n" in output.getvalue()
