"""Models that stand in for each other: when the next is asked, when not, and what is told of it afterwards."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import tool

from chains.answering import AnswerCall, Call
from chains.composition import Frame, compose
from chains.fallback import OUTAGES, FallbackChatModel, in_order
from chains.options import ConversationOptions
from chains.room_model import RoomModel
from chains.run_record import MissedModel, RunRecord
from errors import (
    EngineBusy,
    EngineDied,
    GenerationFailed,
    ModelFaulty,
    ModelKeyRefused,
    ModelQuotaSpent,
    ModelRefused,
    ModelUnknownToService,
    ModelUnreachable,
    PromptTooLong,
    TertuliaError,
)
from models.remote.attempts import PAUSES_S
from models.remote.estimated_prompt import EstimatingPromptReader
from tests.chat_services import gemini_fault, gemini_text, openai_fault, openai_text
from tests.scripted_model import ScriptedModel
from tests.service_bench import ASKED, Bench

pytest_plugins = ["tests.service_fixtures"]

ERRORS: dict[type[TertuliaError], TertuliaError] = {
    EngineBusy: EngineBusy(),
    EngineDied: EngineDied(),
    ModelFaulty: ModelFaulty(model="a"),
    ModelQuotaSpent: ModelQuotaSpent(model="a"),
    ModelUnreachable: ModelUnreachable(model="a"),
}


def scripted(name: str, *pieces: str | Exception, context_tokens: int = 4_096) -> RoomModel:
    return RoomModel(ScriptedModel(script=lambda _: pieces), EstimatingPromptReader(), name, context_tokens)


def asked(room_model: RoomModel) -> int:
    model: Any = room_model.model
    return len(model.prompts)


def standing_in(*models: RoomModel) -> FallbackChatModel:
    model = in_order(models).model
    assert isinstance(model, FallbackChatModel)
    return model


class Clock:
    """Each look at it takes a second."""

    now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


@pytest.mark.parametrize("error", ERRORS)
async def test_the_next_model_answers_for_one_that_is_down(error: type[TertuliaError]) -> None:
    models = scripted("a", ERRORS[error]), scripted("b", ERRORS[error]), scripted("c", "Here ", "I am."), scripted("d")
    model = standing_in(*models).model_copy(update={"clock": Clock()})
    answer = await model.ainvoke(ASKED)
    assert answer.text == "Here I am."
    missed = RunRecord(model="a").told_by(answer).missed
    assert missed == tuple(MissedModel(model=name, error=error.key, seconds=1.0) for name in ("a", "b"))
    assert [asked(one) for one in models] == [1, 1, 1, 0]


def test_no_outage_is_without_a_test_of_its_own_kind() -> None:
    assert {kind for kind in OUTAGES if kind.__name__ != "EngineUnavailable"} == set(ERRORS)


async def test_a_model_that_answers_is_the_only_one_asked() -> None:
    models = scripted("a", "Me."), scripted("b", "Not me.")
    answer = await standing_in(*models).ainvoke(ASKED)
    assert (answer.text, asked(models[1])) == ("Me.", 0)
    assert RunRecord(model="a").told_by(answer).missed == ()


@pytest.mark.parametrize(
    "error",
    [ModelKeyRefused(model="a"), ModelUnknownToService(model="a"), ModelRefused(model="a"), GenerationFailed()],
)
async def test_what_somebody_must_mend_is_not_hidden(error: TertuliaError) -> None:
    models = scripted("a", error), scripted("b", "Not me.")
    with pytest.raises(type(error)):
        await standing_in(*models).ainvoke(ASKED)
    assert asked(models[1]) == 0


async def test_nothing_is_asked_twice_once_a_piece_was_told() -> None:
    models = scripted("a", "Half ", ModelUnreachable(model="a")), scripted("b", "Not me.")
    with pytest.raises(ModelUnreachable):
        await standing_in(*models).ainvoke(ASKED)
    assert asked(models[1]) == 0


async def test_when_none_answers_the_first_ones_error_is_told() -> None:
    models = scripted("a", ModelQuotaSpent(model="a")), scripted("b", EngineBusy())
    with pytest.raises(ModelQuotaSpent) as caught:
        await standing_in(*models).ainvoke(ASKED)
    assert caught.value.values == {"model": "a"}


async def test_a_prompt_too_long_is_the_persons_to_mend_unless_only_a_stand_in_says_so() -> None:
    too_long = PromptTooLong(length=9, limit=8)
    with pytest.raises(PromptTooLong):
        await standing_in(scripted("a", too_long), scripted("b", "Not me.")).ainvoke(ASKED)
    down = scripted("a", EngineDied())
    assert (await standing_in(down, scripted("b", too_long), scripted("c", "Me.")).ainvoke(ASKED)).text == "Me."
    with pytest.raises(EngineDied):
        await standing_in(down, scripted("b", too_long)).ainvoke(ASKED)


async def test_an_answers_length_is_kept_to_half_of_a_smaller_window() -> None:
    models = scripted("a", EngineDied()), scripted("b", "Me.", context_tokens=512)
    await standing_in(*models).ainvoke(ASKED, max_tokens=1_000, stop=["END"])
    options = [one.model.options[0] for one in models if isinstance(one.model, ScriptedModel)]
    assert [one["max_tokens"] for one in options] == [1_000, 256]
    assert [one["stop"] for one in options] == [["END"], ["END"]]


class HeldModel(ScriptedModel):
    """Can be held to the beginning of an answer."""

    prefill: str = ""


async def test_a_model_that_cannot_be_held_to_what_is_asked_is_passed_over() -> None:
    held = replace(scripted("b"), model=HeldModel(script=lambda _: ["Me."]))
    others = scripted("a", "Not me."), held
    assert (await standing_in(*others).ainvoke(ASKED, prefill="Well, ")).text == "Me."
    assert (await standing_in(*others).ainvoke(ASKED)).text == "Not me."


async def test_tokens_that_an_answer_begins_with_are_of_the_first_model_alone() -> None:
    class Begun(ScriptedModel):
        prefill_ids: tuple[int, ...] = ()

    first, second = (replace(scripted(name), model=Begun(script=lambda _: ["Me."])) for name in "ab")
    down = replace(first, model=Begun(script=lambda _: [EngineDied()]))
    assert (await standing_in(first, second).ainvoke(ASKED, prefill_ids=(1, 2))).text == "Me."
    with pytest.raises(EngineDied):
        await standing_in(down, second).ainvoke(ASKED, prefill_ids=(1, 2))
    assert asked(second) == 0


async def test_tools_are_offered_to_each() -> None:
    @tool
    def power(base: float) -> str:
        """base squared."""
        return str(base**2)

    models = scripted("a", EngineDied()), scripted("b", "Me.")
    await standing_in(*models).bind_tools([power], tool_choice="any").ainvoke(ASKED)
    for one in models:
        assert isinstance(one.model, ScriptedModel)
        assert [offer["function"]["name"] for offer in one.model.options[0]["tools"]] == ["power"]


async def test_leaving_an_answer_closes_the_stream_of_the_model_that_writes_it() -> None:
    models = scripted("a", EngineDied()), scripted("b", "One ", "two ", "three")
    chunks: Any = standing_in(*models).astream(ASKED)
    async with aclosing(chunks):
        assert (await anext(chunks)).text == "One "
    for _ in range(3):
        await asyncio.sleep(0)  # the generators inside are closed by the loop
    assert isinstance(models[1].model, ScriptedModel)
    assert models[1].model.num_closed == 1


async def test_the_record_of_an_answer_tells_who_wrote_it_and_who_did_not() -> None:
    models = scripted("a", ModelQuotaSpent(model="a")), scripted("b", "Here ", "I am.")
    room_model = in_order(models)
    options = room_model.settled(ConversationOptions())
    composition = compose(Frame(()), [], "Who?", options)
    call = AnswerCall(room_model, Call(composition, (), options, "ann"))
    async with aclosing(call.grow()) as growths:
        texts = [growth.text async for growth in growths]
    assert texts[-1] == "Here I am."
    assert [(one.model, one.error) for one in call.record.missed] == [("a", "error_model_quota_spent")]
    assert RunRecord.model_validate_json(call.record.model_dump_json()).missed == call.record.missed
    assert RunRecord.model_validate({"model": "of an older version"}).missed == ()


# --- models of services ----------------------------------------------------------------------------------------------


def of_bench(bench: Bench) -> RoomModel:
    return RoomModel(bench.model, EstimatingPromptReader(), bench.model.model_name, 4_096)


async def test_a_service_that_takes_no_more_is_followed_by_another(gemini: Bench, openai: Bench) -> None:
    spent = gemini_fault(429, "Too many requests.")
    gemini.service.replies, openai.service.replies = [spent] * 3, [openai_text("Here I am.")]
    answer = await in_order([of_bench(gemini), of_bench(openai)]).model.ainvoke([HumanMessage("Hi")])
    assert isinstance(answer, AIMessage)
    assert answer.text == "Here I am."
    assert answer.response_metadata["model_name"] == openai.model.model_name
    assert gemini.pauses == list(PAUSES_S)
    (missed,) = RunRecord(model="").told_by(answer).missed
    assert (missed.model, missed.error) == (gemini.model.model_name, "error_model_quota_spent")


@pytest.mark.parametrize("num_retries", [0, 1, 2])
async def test_how_often_a_service_is_asked_again_can_be_chosen(num_retries: int, openai: Bench) -> None:
    down = openai_fault(503, "Loading model")
    openai.service.replies = [down] * (num_retries + 1)
    (only,) = [in_order([of_bench(openai)], num_retries)]
    with pytest.raises(ModelFaulty):
        await only.model.ainvoke(ASKED)
    assert openai.pauses == list(PAUSES_S[:num_retries])
    assert openai.service.replies == []


async def test_a_local_model_stands_in_for_services(gemini: Bench, openai: Bench) -> None:
    gemini.service.replies, openai.service.replies = [gemini_fault(503, "Down")], [openai_fault(503, "Down")]
    local = scripted("local/small", "At home.")
    answer = await in_order([of_bench(gemini), of_bench(openai), local], 0).model.ainvoke(ASKED)
    assert answer.text == "At home."
    assert len(RunRecord(model="").told_by(answer).missed) == 2
    gemini.service.replies = [gemini_text("Back.")]
    assert (await in_order([of_bench(gemini), local], 0).model.ainvoke(ASKED)).text == "Back."
