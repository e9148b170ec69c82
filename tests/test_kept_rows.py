"""Rows of logits in a bounded memory."""

from __future__ import annotations

import pytest

from models.next_token import ModelVocabulary
from playground.kept_rows import OWNER_BYTES, KeptRows
from playground.positions import Position, PromptText
from tests.scripted_rows import VOCABULARY, ScriptedRows

ANA, BEN = "ana", "ben"


@pytest.fixture
def rows() -> ScriptedRows:
    return ScriptedRows()


async def test_an_owner_keeps_so_many_bytes_and_the_newest_row(rows: ScriptedRows) -> None:
    kept = KeptRows(owner_bytes=2_500, all_bytes=10**6)  # a row has 1,200
    for place in range(4):
        kept.keep(ANA, at(place), await rows.row(ANA, "", ()))
    assert [kept.get(ANA, at(place)) is not None for place in range(4)] == [False, False, True, True]
    small = KeptRows(owner_bytes=1, all_bytes=1)
    small.keep(ANA, at(0), await rows.row(ANA, "", ()))
    assert small.get(ANA, at(0)) is not None


async def test_all_owners_together_keep_so_many_bytes(rows: ScriptedRows) -> None:
    kept = KeptRows(owner_bytes=OWNER_BYTES, all_bytes=3_000)
    for owner in (ANA, BEN, "eva"):
        kept.keep(owner, at(0), await rows.row(owner, "", ()))
    assert [kept.get(owner, at(0)) is not None for owner in (ANA, BEN, "eva")] == [False, True, True]


async def test_another_model_leaves_nothing_of_the_one_before(rows: ScriptedRows) -> None:
    kept = KeptRows()
    kept.keep(ANA, at(0), await rows.row(ANA, "", ()))
    kept.keep_chance(ANA, at(0), 0.5)
    other = ModelVocabulary("other", VOCABULARY.token_bytes, VOCABULARY.control_ids, ())
    kept.keep(BEN, at(0), await ScriptedRows(other).row(BEN, "", ()))
    assert (kept.get(ANA, at(0)), kept.chance(ANA, at(0))) == (None, None)


def at(place: int) -> Position:
    return Position(PromptText("the"), (place,))
