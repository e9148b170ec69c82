"""The Compare tab without a browser: who takes part, what blind answers tell, whose votes count, what can be taken."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

import gradio as gr
import pytest

from components.services import Services
from errors import (
    ComparisonGone,
    ContendersAlike,
    EngineDied,
    ModelUnknown,
    OptionInvalid,
    PromptBlank,
    SessionMissing,
    VoteAlreadyCast,
)
from tests.comparison_page import FAILING, FIRST, OTHER, TOO_LARGE, ComparisonPage, too_large
from tests.comparison_visitor import ComparisonVisitor
from tests.page_reader import catalogue

MODELS = [FIRST, OTHER, TOO_LARGE, FAILING]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> ComparisonPage:
    return ComparisonPage(tmp_path_factory.mktemp("page"))


@pytest.fixture(scope="module")
def services(page: ComparisonPage) -> Services:
    return page.services()


@pytest.fixture
async def ana(page: ComparisonPage, services: Services) -> ComparisonVisitor:
    page.local.go_on = asyncio.Event()
    page.local.go_on.set()
    return ComparisonVisitor(page, services)


def say(key: str, **values: object) -> str:
    return catalogue.text("en", key, **values)


# --- who takes part --------------------------------------------------------------------------------------------------


async def test_every_model_is_offered_and_the_first_ones_are_chosen(ana: ComparisonVisitor) -> None:
    await ana.look()
    assert [choice[0] for choice in ana.shown[ana.parts.contenders.controls[0].model].choices] == MODELS
    assert ana.models == MODELS
    assert len(ana.read(ana.parts.examples).all(data_act="example")) == 3
    assert say("app_md_cmp_board_none") in ana.read(ana.parts.board).text


async def test_what_was_chosen_stays_when_one_looks_again(ana: ComparisonVisitor) -> None:
    await ana.look()
    ana.given[1] = OTHER
    await ana.look()
    assert ana.models == [OTHER, OTHER, TOO_LARGE, FAILING]


async def test_one_more_takes_part_and_one_less(ana: ComparisonVisitor) -> None:
    await ana.look()
    for count in ("3", "4", "4"):
        await ana.add()
        assert ana.given[0] == count
    await ana.remove(1)
    assert ana.given[0] == "3"
    assert ana.models[:3] == [FIRST, TOO_LARGE, FAILING]
    for _ in range(3):
        await ana.remove(0)
    assert ana.given[0] == "2"


async def test_with_one_model_the_second_differs_by_a_setting(ana: ComparisonVisitor) -> None:
    parts = ana.parts.contenders
    shown = parts.offer([FIRST], ana.given)
    assert float(shown[parts.controls[1].numbers["temperature"]]) > 1


@pytest.mark.parametrize(
    ("names", "settings", "question", "error"),
    [
        pytest.param([FIRST, FIRST], {}, "Why?", ContendersAlike(), id="alike"),
        pytest.param([FIRST, OTHER], {}, " ", PromptBlank(), id="blank"),
        pytest.param([FIRST, "local/gone"], {}, "Why?", ModelUnknown(model="local/gone"), id="unknown model"),
        pytest.param(
            [FIRST, OTHER], {"top_p": "7"}, "Why?", OptionInvalid(name="top_p", value="7"), id="impossible setting"
        ),
    ],
)
async def test_what_cannot_be_compared_is_refused(
    ana: ComparisonVisitor, names: list[str], settings: dict[str, Any], question: str, error: Any
) -> None:
    ana.choose(*names, **settings)
    ana.table.question = question
    await ana.compare()
    assert ana.said == catalogue.error("en", error)


async def test_who_has_no_cookie_compares_nothing(ana: ComparisonVisitor) -> None:
    ana.choose(FIRST, OTHER)
    ana.request = gr.Request(cookies={}, headers={})
    await ana.compare()
    assert ana.said == catalogue.error("en", SessionMissing())
    assert ana.texts == []


# --- answers ---------------------------------------------------------------------------------------------------------


async def test_answers_stand_side_by_side_with_their_figures(ana: ComparisonVisitor) -> None:
    ana.choose(FIRST, OTHER, temperature="0,2")
    ana.table.question = "echo one two three"
    await ana.compare()
    assert ana.texts == ["one two three", "**Short** answers are `good` answers. "]
    assert [FIRST in ana.heads[0], f"{OTHER} (temperature 0.2)" in ana.heads[1]] == [True, True]
    assert say("app_md_cmp_figure_first_token") in ana.figures[0]
    assert "US$ 0.001234 by list prices of test-prices 1.0" in ana.figures[0]
    assert "US$" not in ana.figures[1]


async def test_what_fails_says_why_in_its_own_column(ana: ComparisonVisitor) -> None:
    ana.choose(FAILING, OTHER, TOO_LARGE, FIRST)
    ana.table.question = "echo fine"
    await ana.compare()
    assert catalogue.error("en", EngineDied()) in ana.heads[0]
    assert ana.texts[0] == "I will begin this answer but "
    assert catalogue.error("en", too_large()) in ana.heads[2]
    assert say("app_md_cmp_done") in ana.heads[1]
    assert ana.texts[3] == "fine"
    assert ana.choices == ["1", "3", "tie", "none"]


async def test_a_model_that_is_not_in_memory_loads_in_its_own_column(ana: ComparisonVisitor) -> None:
    ana.choose(FIRST, OTHER)
    ana.table.question = "echo fine"
    ana.page.local.go_on.clear()
    async with aclosing(ana.comparing()) as states:
        async for state in states:
            ana.keep(state)
            if "progress" in ana.html(ana.parts.columns[1].head):
                ana.page.local.go_on.set()
    assert ana.texts == ["fine", "**Short** answers are `good` answers. "]
    assert ana.page.local.in_memory[0] in (FIRST, OTHER)


async def test_stop_keeps_what_was_written(ana: ComparisonVisitor) -> None:
    ana.choose(FIRST, OTHER)
    ana.page.local.go_on.clear()  # the second one never begins
    async with aclosing(ana.comparing()) as states:
        async for state in states:
            ana.keep(state)
            await ana.stop()
    assert say("app_md_cmp_stopped") in ana.heads[1]
    assert say("app_md_cmp_no_vote") in ana.read(ana.parts.vote).text
    assert ana.shown[ana.parts.run].visible


async def test_hostile_answers_are_text(ana: ComparisonVisitor) -> None:
    ana.choose(FIRST, OTHER)
    ana.table.question = "echo <img src=x onerror=alert(1)>"
    await ana.compare()
    assert "<img" not in ana.texts[0]


# --- blind -----------------------------------------------------------------------------------------------------------


async def test_nothing_tells_who_wrote_what_before_the_vote(ana: ComparisonVisitor) -> None:
    ana.choose(FIRST, OTHER, FAILING, TOO_LARGE)
    ana.table.question, ana.table.is_blind = "echo one", True
    async with aclosing(ana.comparing()) as states:
        async for state in states:
            ana.keep(state)
            assert not any(name in ana.everything for name in MODELS)
            assert "US$" not in ana.everything
            assert "progress" not in ana.everything
            assert not any(ana.figures)
    assert sum(say("app_md_cmp_failed_blind") in head for head in ana.heads) == 2
    await ana.vote(ana.choices[0])
    assert all(name in ana.everything for name in MODELS)
    assert sum(say("app_md_cmp_won") in head for head in ana.heads) == 1
    assert all(ana.figures[place] for place, text in enumerate(ana.texts) if text)


async def test_where_nobody_can_vote_the_names_are_told(ana: ComparisonVisitor) -> None:
    ana.choose(FIRST, FAILING)
    ana.table.is_blind = True
    await ana.compare()
    assert ana.choices == []
    assert FAILING in ana.everything


# --- votes -----------------------------------------------------------------------------------------------------------


async def asked(ana: ComparisonVisitor, *, is_blind: bool = True) -> None:
    ana.choose(FIRST, OTHER)
    ana.table.question, ana.table.is_blind = "echo one", is_blind
    await ana.compare()


@pytest.mark.parametrize(
    ("choice", "is_none_good", "sentence"),
    [("tie", False, "app_md_cmp_voted_tie"), ("none", True, "app_md_cmp_voted_none")],
)
async def test_a_tie_is_a_vote(ana: ComparisonVisitor, choice: str, is_none_good: bool, sentence: str) -> None:
    await asked(ana)
    await ana.vote(choice)
    (vote,) = ana.services.models.comparing.votes.listed(ana.owner)
    assert (vote.winner, vote.is_none_good, vote.is_blind) == (None, is_none_good, True)
    assert say(sentence) in ana.read(ana.parts.vote).text


async def test_a_vote_is_cast_once_and_makes_the_leaderboard(ana: ComparisonVisitor) -> None:
    await asked(ana)
    comparison_id = ana.comparison_id
    await ana.vote("0")
    (vote,) = ana.services.models.comparing.votes.listed(ana.owner)
    assert vote.id == comparison_id
    board = ana.read(ana.parts.board)
    assert board.all(scope="row")[0].text == vote.answers[0].contender
    assert say("app_md_cmp_board_provisional") in board.text
    await ana.act("vote", comparison=comparison_id, choice="1")
    assert ana.said == catalogue.error("en", VoteAlreadyCast())
    assert len(ana.services.models.comparing.votes.listed(ana.owner)) == 1


@pytest.mark.parametrize("choice", ["2", "7", "-1", "", "first"])
async def test_only_an_answer_that_is_there_can_be_voted_for(ana: ComparisonVisitor, choice: str) -> None:
    await asked(ana)
    await ana.vote(choice)
    assert ana.services.models.comparing.votes.listed(ana.owner) == ()
    assert ana.read(ana.parts.status).all(role="alert")


async def test_nobody_votes_on_the_comparison_of_another(ana: ComparisonVisitor) -> None:
    await asked(ana)
    eva = ana.another()
    said = []
    for comparison_id in (ana.comparison_id, "no-such-comparison"):
        await eva.act("vote", comparison=comparison_id, choice="0")
        said.append(eva.said)
    assert said == [catalogue.error("en", ComparisonGone())] * 2
    assert not any(eva.services.models.comparing.votes.listed(owner) for owner in (eva.owner, ana.owner))
    assert FIRST not in eva.everything


async def test_votes_are_deleted_for_their_owner_alone(ana: ComparisonVisitor) -> None:
    eva = ana.another()
    for visitor in (ana, eva):
        await asked(visitor)
        await visitor.vote("0")
    await ana.act("forget")
    assert say("app_md_cmp_board_none") in ana.read(ana.parts.board).text
    assert [len(ana.services.models.comparing.votes.listed(one.owner)) for one in (ana, eva)] == [0, 1]


async def test_blind_votes_can_be_counted_alone(ana: ComparisonVisitor) -> None:
    for is_blind in (True, False):
        await asked(ana, is_blind=is_blind)
        await ana.vote("0")
    assert say("app_md_cmp_board_counted", count=2) in ana.read(ana.parts.board).text
    await ana.count_blind(only=True)
    assert say("app_md_cmp_board_counted_one", count=1) in ana.read(ana.parts.board).text
