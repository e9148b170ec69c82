"""What many readers take is reckoned from what was measured, and nothing is made up."""

from __future__ import annotations

import pytest

from bench.load.sizing import size_for, table

MEASURED = {
    "readers": 40,
    "tokens_per_s": 200.0,
    "page_errors": 0,
    "refused": 0,
    "mb_per_visitor": 0.5,
    "bytes_per_token": 300.0,
}


def test_every_number_follows_from_its_formula() -> None:
    size = size_for(100, MEASURED)
    assert (size.replicas, size.generation_servers) == (3, 3)
    assert (size.tokens_per_s, size.visitors_mb, size.bytes_per_s) == (500, 50, 150_000)


@pytest.mark.parametrize("fault", ["page_errors", "refused"])
def test_what_was_not_carried_says_nothing_of_replicas(fault: str) -> None:
    assert size_for(100, MEASURED | {fault: 1}).replicas is None


def test_what_was_not_measured_is_left_empty() -> None:
    size = size_for(100, {"readers": 40, "page_errors": 0, "refused": 0})
    assert size.replicas == 3
    assert (size.tokens_per_s, size.generation_servers, size.visitors_mb, size.bytes_per_s) == (None,) * 4
    assert table({}).splitlines()[-1] == "| 10,000 |  |  |  |  |  |"
