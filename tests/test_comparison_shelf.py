"""Comparisons are kept for a while, each for its owner alone; models are loaded before they are asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from chains.comparison import Comparer, Comparison
from chains.comparison_shelf import ComparisonShelf
from errors import ComparisonGone, ModelTooLarge
from models.local_models import Loading
from tests.scripted_local_models import ScriptedLocalModels, file_card
from tests.test_comparison import WHY, compared, contender, ended, says

SMALL, LARGE = "local/small", "local/large"


def comparison(owner: str, *, is_blind: bool = True) -> Comparison:
    return Comparer().ask(owner, WHY, [contender("a"), contender("b")], is_blind=is_blind)


def test_what_is_kept_is_its_owners() -> None:
    shelf, anas = ComparisonShelf(), comparison("ana")
    shelf.keep(anas)
    assert shelf.get("ana", anas.id) is anas
    for owner, comparison_id in (("eva", anas.id), ("ana", "no-such-id"), ("", anas.id)):
        with pytest.raises(ComparisonGone):
            shelf.get(owner, comparison_id)


def test_the_oldest_make_room_first_those_of_the_same_owner() -> None:
    shelf = ComparisonShelf(max_of_one=2, max_in_all=3)
    evas, *anas = comparison("eva"), comparison("ana"), comparison("ana"), comparison("ana")
    udos = comparison("udo"), comparison("udo")
    for each in (evas, *anas, *udos):
        shelf.keep(each)
    kept = [shelf.get(each.owner, each.id) for each in (anas[2], *udos)]
    assert kept == [anas[2], *udos]
    for each in (evas, *anas[:2]):
        with pytest.raises(ComparisonGone):
            shelf.get(each.owner, each.id)


async def test_names_are_told_once_a_vote_was_cast_or_none_can_be() -> None:
    shelf, blind, open_one = ComparisonShelf(), comparison("ana"), comparison("ana", is_blind=False)
    failed = Comparer().ask("ana", WHY, [contender("a"), contender("b", says(""))], is_blind=True)
    for each in (blind, open_one, failed):
        shelf.keep(each)
    assert [shelf.is_open(each) for each in (blind, open_one, failed)] == [False, True, False]
    for each in (blind, failed):
        await ended(each)
    assert [shelf.is_open(each) for each in (blind, failed)] == [False, True]
    shelf.reveal(blind)
    assert shelf.is_open(blind)


# --- loading ---------------------------------------------------------------------------------------------------------


def models(*faulty: str) -> ScriptedLocalModels:
    faults = {name: ModelTooLarge(model=name, need=9, limit=4) for name in faulty}
    return ScriptedLocalModels(cards={name: file_card(name) for name in (SMALL, LARGE)}, faults=faults, in_memory=[])


async def test_what_cannot_be_loaded_is_not_asked_and_stops_no_other() -> None:
    large = says("never")
    comparison = Comparer(local=models(LARGE)).ask("ana", WHY, [contender(LARGE, large), contender(SMALL)])
    await ended(comparison)
    failed, good = comparison.answers
    assert (type(failed.error), failed.is_done, large.prompts) == (ModelTooLarge, True, [])
    assert (failed.loading, good.loading, good.is_whole) == (None, None, True)


@pytest.mark.parametrize("is_blind", [False, True])
async def test_blind_ones_wait_for_each_other(is_blind: bool) -> None:
    """Else it would be seen which of them was not in memory."""
    local = models()
    local.go_on.clear()
    comparison = Comparer(local=local).ask("ana", WHY, [contender("cloud"), contender(SMALL)], is_blind=is_blind)

    async def run() -> None:
        async with aclosing(comparison.run()) as states:
            async for answers in states:
                by_name = {answer.contender.model.name: answer for answer in answers}
                if by_name["cloud"].is_done or (is_blind and by_name[SMALL].loading):
                    assert by_name["cloud"].is_done is not is_blind or local.go_on.is_set()
                    local.go_on.set()

    async with asyncio.timeout(20):
        await run()
    assert all(answer.is_whole for answer in comparison.answers)


async def test_a_model_with_two_settings_is_loaded_once() -> None:
    local, loads = models(), []

    class Counting(ScriptedLocalModels):
        async def load(self, name: str) -> AsyncGenerator[Loading, None]:
            loads.append(name)
            async for loading in super().load(name):
                yield loading

    counting = Counting(cards=local.cards, in_memory=[])
    asked = [contender(SMALL, temperature=0.0), contender(SMALL, temperature=1.0), contender("cloud")]
    await ended(Comparer(local=counting).ask("ana", WHY, asked))
    assert loads == [SMALL]


async def test_models_of_services_are_not_loaded() -> None:
    answers = await compared(contender("a"), contender("b"))
    assert all(answer.loading is None and answer.is_whole for answer in answers)
