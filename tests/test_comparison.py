"""Answers side by side: asked together, measured by one clock, failing one by one, and voted on blind."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any

import pytest

from chains.compared_answer import ComparedAnswer, Contender, Stopwatch
from chains.comparison import MAX_CHARACTERS, Comparer, Comparison, Question
from chains.exports.comparison_tables import comparison_rows
from chains.options import ConversationOptions, SamplingChoice
from chains.room_model import RoomModel
from errors import (
    ContendersAlike,
    ContendersMiscounted,
    MessageTooLong,
    ModelFaulty,
    OptionInvalid,
    PromptBlank,
    PromptTooLong,
    TertuliaError,
)
from models.chat_model import LocalChatModel
from models.engine.supervisor import Supervisor
from tests.scripted_model import ScriptedModel
from tests.scripted_prices import ScriptedPrices

ANA = "ana"
WHY = Question("Why?")


class Clock:
    """Goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


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


def contender(name: str, model: ScriptedModel | None = None, **sampling: Any) -> Contender:
    model = model or ScriptedModel()
    return Contender(RoomModel(model, model, name, 2_048), SamplingChoice(**sampling))


def says(*pieces: str | Exception) -> ScriptedModel:
    return ScriptedModel(script=lambda _: list(pieces))


async def ended(comparison: Comparison) -> tuple[ComparedAnswer, ...]:
    return [answers async for answers in comparison.run()][-1]


async def compared(*contenders: Contender, **options: Any) -> tuple[ComparedAnswer, ...]:
    return await ended(Comparer(**options).ask(ANA, WHY, contenders))


# --- asking ----------------------------------------------------------------------------------------------------------


async def test_all_are_asked_together_each_with_its_own_settings() -> None:
    model = ScriptedModel(pace=Gate(3).wait)
    asked = [contender("local/m", model, temperature=number, seed=7) for number in (0.0, 0.5, 1.0)]
    answers = await compared(*asked)
    assert [answer.text for answer in answers] == ["You said: Why? "] * 3
    assert [answer.contender for answer in answers] == asked
    assert sorted(options["temperature"] for options in model.options) == [0.0, 0.5, 1.0]
    assert {(options["owner"], options["seed"]) for options in model.options} == {(ANA, 7)}


async def test_the_prompt_is_the_chosen_one_or_the_programs_own() -> None:
    model = ScriptedModel()
    for question in (Question("¿Por qué?", "es"), Question("Why?", system="Be brief.")):
        await ended(Comparer().ask(ANA, question, [contender("a", model), contender("b")]))
    assert [[message.text for message in prompt] for prompt in model.prompts] == [
        ["Eres un asistente servicial. Responde siempre en español, con claridad y brevedad.", "¿Por qué?"],
        ["Be brief.", "Why?"],
    ]


async def test_a_base_model_is_given_the_text_alone() -> None:
    model = ScriptedModel()
    base = Contender(RoomModel(model, model, "base", 2_048, has_chat_template=False))
    await compared(base, contender("b"))
    assert [message.text for message in model.prompts[0]] == ["Why?"]
    assert model.options[0]["is_completion"]


@pytest.mark.parametrize(
    ("names", "text", "error"),
    [
        pytest.param("a", "Why?", ContendersMiscounted, id="one"),
        pytest.param("abcde", "Why?", ContendersMiscounted, id="five"),
        pytest.param("aba", "Why?", ContendersAlike, id="twice the same"),
        pytest.param("ab", " \n", PromptBlank, id="blank"),
        pytest.param("ab", "x" * (MAX_CHARACTERS + 1), MessageTooLong, id="too long"),
    ],
)
def test_what_cannot_be_compared_is_refused(names: str, text: str, error: type[TertuliaError]) -> None:
    with pytest.raises(error):
        Comparer().ask(ANA, Question(text), [contender(name) for name in names])


def test_a_seed_makes_no_other_contender() -> None:
    assert contender("m", seed=1).label == contender("m", seed=2).label == "m"
    assert contender("m", top_p=0.5, temperature=0.2).label == "m (temperature 0.2, top_p 0.5)"


# --- answers ---------------------------------------------------------------------------------------------------------


async def test_an_answer_that_fails_stops_no_other() -> None:
    failing = contender("bad", says("half ", ModelFaulty(model="bad"), "never"))
    bad, good = await compared(failing, contender("good"))
    assert (bad.text, bad.is_done, bad.is_whole) == ("half ", True, False)
    assert isinstance(bad.error, ModelFaulty)
    assert (good.text, good.error, good.is_whole) == ("You said: Why? ", None, True)


async def test_a_prompt_that_one_cannot_read_is_its_own_error() -> None:
    class Narrow(ScriptedModel):
        async def aread_prompt(self, *args: Any, **kwargs: Any) -> Any:
            raise PromptTooLong(length=9, limit=8)

    narrow, wide = await compared(contender("narrow", Narrow()), contender("wide"))
    assert isinstance(narrow.error, PromptTooLong)
    assert narrow.run is None
    assert wide.is_whole


async def test_a_fault_of_the_program_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        await compared(contender("a", says(ZeroDivisionError())), contender("b"))


async def test_figures_are_by_one_clock_and_at_the_end_the_models_own() -> None:
    clock = Clock()

    def slowly(question: str) -> Sequence[str]:
        clock.now += 1.5
        return ["one ", "two ", "three "]

    answer, _ = await compared(contender("a", ScriptedModel(script=slowly)), contender("b", says("x")), clock=clock)
    assert answer.first_token_s == 1.5
    assert answer.run is not None
    assert (answer.num_output, answer.run.num_cached) == (3, answer.run.num_prompt // 2 if answer.run.num_prompt else 0)
    assert answer.tokens_per_second == pytest.approx(2 / 0.5)


def test_speed_is_measured_while_an_answer_grows() -> None:
    clock = Clock()
    stopwatch = Stopwatch(clock)
    clock.now += 2
    assert stopwatch.read(1) == {"first_token_s": 2.0, "num_output": 1}
    clock.now += 4
    assert stopwatch.read(9) == {"first_token_s": 2.0, "num_output": 9, "tokens_per_second": 2.0}
    assert stopwatch.read(0) == {"first_token_s": 2.0}


async def test_a_model_that_counts_nothing_has_no_figures_of_tokens() -> None:
    mute, _ = await compared(contender("mute", ScriptedModel(tells_little=True)), contender("a"))
    assert (mute.num_output, mute.tokens_per_second) == (None, None)


async def test_who_leaves_stops_all_and_keeps_what_came() -> None:
    gate = Gate(2, opens=False)
    held, done = ScriptedModel(pace=gate.wait), says("all ", "of it")
    comparison = Comparer().ask(ANA, WHY, [contender("a", held), contender("b", held), contender("c", done)])
    async with aclosing(comparison.run()) as run:
        async for answers in run:
            if gate.all_there.is_set() and answers[2].is_done:
                break
    assert held.num_closed == 2
    assert [answer.text for answer in comparison.answers] == ["", "", "all of it"]
    assert [answer.is_done for answer in comparison.answers] == [False, False, True]
    assert not comparison.may_vote


async def test_answers_are_told_as_rows() -> None:
    answers = await compared(
        contender("bad", says(ModelFaulty(model="bad"))), contender("good"), prices=ScriptedPrices({"good": 0.25})
    )
    bad, good = comparison_rows("Why?", answers)
    assert (bad["contender"], bad["error"], bad["is whole"]) == ("bad", "error_model_faulty", False)
    assert (good["answer"], good["new tokens"], good["tokens per s"]) == ("You said: Why? ", 3, 4.0)
    assert (good["cost usd"], good["prices"]) == (0.25, "test-prices 1.0")


# --- votes -----------------------------------------------------------------------------------------------------------


def backwards(order: list[Contender]) -> None:
    order.reverse()


async def test_blind_contenders_stand_in_a_drawn_order() -> None:
    asked = [contender(name) for name in "abc"]
    for is_blind, names in ((True, "cba"), (False, "abc")):
        comparison = Comparer(shuffle=backwards).ask(ANA, WHY, asked, is_blind=is_blind)
        assert "".join(answer.contender.label for answer in comparison.answers) == names


async def test_nothing_shown_before_the_vote_tells_a_name() -> None:
    answers = await compared(contender("secret-1", says(ModelFaulty(model="secret-1"))), contender("secret-2"))
    shown = [answer.blind for answer in answers]
    assert "secret" not in repr(shown)
    assert [answer.has_failed for answer in shown] == [True, False]


async def test_a_vote_keeps_what_was_chosen_from_and_leaves_out_who_failed() -> None:
    failing = contender("bad", says(ModelFaulty(model="bad")))
    comparison = Comparer(shuffle=backwards).ask(ANA, WHY, [contender("a"), contender("b"), failing], is_blind=True)
    await ended(comparison)
    vote = comparison.vote(2)
    assert (vote.id, vote.question, vote.winner, vote.is_blind) == (comparison.id, "Why?", 1, True)
    assert [answer.contender for answer in vote.answers] == ["b", "a"]
    assert vote.answers[0].text == "You said: Why? "
    assert vote.answers[0].figures["num_output"] == 3
    assert comparison.vote(None, is_none_good=True).winner is None


@pytest.mark.parametrize("winner", [0, 3, -1])
async def test_only_a_whole_answer_can_win(winner: int) -> None:
    failing = contender("bad", says(ModelFaulty(model="bad")))
    comparison = Comparer().ask(ANA, WHY, [failing, contender("a"), contender("b")])
    await ended(comparison)
    with pytest.raises(OptionInvalid):
        comparison.vote(winner)


async def test_the_best_of_bad_answers_is_none() -> None:
    comparison = Comparer().ask(ANA, WHY, [contender("a"), contender("b")])
    await ended(comparison)
    with pytest.raises(OptionInvalid):
        comparison.vote(0, is_none_good=True)


@pytest.mark.parametrize("other", ["", ModelFaulty(model="b")])
async def test_one_answer_alone_is_no_choice(other: str | Exception) -> None:
    comparison = Comparer().ask(ANA, WHY, [contender("a"), contender("b", says(other))])
    await ended(comparison)
    assert not comparison.may_vote
    with pytest.raises(OptionInvalid):
        comparison.vote(0)


async def test_nobody_votes_before_the_answers_are_there() -> None:
    comparison = Comparer().ask(ANA, WHY, [contender("a"), contender("b")])
    async with aclosing(comparison.run()) as run:
        async for answers in run:
            assert all(answer.is_done for answer in answers) or not comparison.may_vote
    assert comparison.may_vote


# --- the default model -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("greedy_at", [0, 1])
async def test_one_model_answers_with_two_settings_at_once(float_engine: Supervisor, greedy_at: int) -> None:
    card = float_engine.wait()
    model = LocalChatModel(engine=float_engine, model_name="local/m", context_tokens=card.context_tokens)
    room_model = RoomModel(model, model, "local/m", card.context_tokens)
    greedy, drawn = SamplingChoice(temperature=0, max_tokens=12), SamplingChoice(temperature=1, seed=1, max_tokens=12)
    question = Question("What is the capital of France?")
    settings = [drawn, drawn.model_copy(update={"seed": 2})]
    settings[greedy_at] = greedy
    comparison = Comparer().ask(ANA, question, [Contender(room_model, one) for one in settings])
    states = [answers async for answers in comparison.run()]
    for answer in states[-1]:
        assert answer.is_whole
        assert answer.num_output is not None
        assert 0 < answer.num_output <= 12
        assert answer.first_token_s is not None
        assert answer.tokens_per_second is not None
        assert answer.cost is None
    messages = question.composition(ConversationOptions(sampling=greedy)).messages
    alone = await model.ainvoke(messages, **greedy.chosen())
    assert states[-1][greedy_at].text == alone.text.strip()
    assert states[-1][1 - greedy_at].text != alone.text.strip()
    assert comparison.may_vote
