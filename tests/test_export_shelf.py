"""Files are kept for those who made them, and never more than there is room for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.export_shelf import ExportShelf
from errors import ExportGone

OWNERS, TABS, NAMES = ("ana", "bella", "carla"), ("1", "2"), ("next", "score")
KEPT = st.tuples(*map(st.sampled_from, (OWNERS, TABS, NAMES)), st.text(max_size=40), st.text(max_size=40))


@given(st.lists(KEPT, max_size=40))
def test_there_is_never_more_than_there_is_room_for(kept: list[tuple[str, str, str, str, str]]) -> None:
    shelf = ExportShelf(max_bytes=500, max_bytes_of_one=200)
    for owner, session, name, csv, json in kept:
        shelf.keep(owner, session, name, csv, json)
        assert shelf.num_bytes <= 500
        if len(csv.encode()) + len(json.encode()) < 200:
            assert shelf.take(owner, session, name, "csv") == csv.encode()
            assert shelf.take(owner, session, name, "json") == json.encode()


def test_who_keeps_much_loses_only_their_own() -> None:
    shelf = ExportShelf(max_bytes=10_000, max_bytes_of_one=100)
    shelf.keep("ana", "1", "next", "a", "b")
    for number in range(50):
        shelf.keep("bella", str(number), "next", "x" * 40, "y" * 40)
    assert shelf.take("ana", "1", "next", "csv") == b"a"
    assert shelf.take("bella", "49", "next", "json") == b"y" * 40
    with pytest.raises(ExportGone):
        shelf.take("bella", "48", "next", "json")


def test_nobody_takes_what_is_anothers() -> None:
    shelf = ExportShelf()
    shelf.keep("ana", "1", "next", "a", "b")
    for owner, session, name, kind in (
        ("bella", "1", "next", "csv"), ("ana", "2", "next", "csv"), ("ana", "1", "score", "csv"),
        ("ana", "1", "next", "exe"),
    ):  # fmt: skip
        with pytest.raises(ExportGone):
            shelf.take(owner, session, name, kind)
