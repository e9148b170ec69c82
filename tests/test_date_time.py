"""Dates and times as the agent's tool tells them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agents.tools.date_time import date_time_tool, time_between
from errors import CalculationTooLarge, PlaceUnknown

NOON = datetime(2026, 11, 22, 12, 0, 5, tzinfo=UTC)
DATES = st.dates(date(1, 1, 1), date(9990, 1, 1))


async def ask(**arguments: Any) -> str:
    return str(await date_time_tool(lambda: NOON).tool.ainvoke(arguments))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({}, "Today is Sunday, 2026-11-22. The time is 12:00:05 (UTC+00:00)."),
        (
            {"time_zone": "America/Santiago"},
            "Today is Sunday, 2026-11-22. The time is 09:00:05 in America/Santiago (UTC-03:00).",
        ),
        ({"time_zone": " tokyo "}, "Today is Sunday, 2026-11-22. The time is 21:00:05 in Asia/Tokyo (UTC+09:00)."),
        (
            {"time_zone": "Pacific/Auckland"},
            "Today is Monday, 2026-11-23. The time is 01:00:05 in Pacific/Auckland (UTC+13:00).",
        ),
        (
            {"from_date": "1986-02-11"},
            "From 1986-02-11 to 2026-11-22: 40 years, 9 months, 11 days (14894 days in all).",
        ),
        ({"from_date": "2026-11-22"}, "From 2026-11-22 to 2026-11-22: 0 days (0 days in all)."),
        (
            {"from_date": "2024-02-29", "to_date": "2023-02-28"},
            "From 2023-02-28 to 2024-02-29: 1 year, 1 day (366 days in all).",
        ),
        ({"from_date": "", "to_date": "", "add_days": 90}, "+90 days from 2026-11-22: Saturday, 2027-02-20."),
        ({"from_date": "2024-03-01", "add_days": -1}, "-1 days from 2024-03-01: Thursday, 2024-02-29."),
    ],
)
async def test_what_is_told(arguments: dict[str, Any], told: str) -> None:
    assert await ask(**arguments) == told


@pytest.mark.parametrize(
    ("place", "zone"),
    [
        ("Tokio", "Asia/Tokyo"),
        ("Santiago de Chile", "America/Santiago"),
        ("Santiago, Chile", "America/Santiago"),
        ("Nueva York", "America/New_York"),
        ("madrid", "Europe/Madrid"),
    ],
)
async def test_cities_are_known_in_spanish_and_with_their_country(place: str, zone: str) -> None:
    assert f" in {zone} " in await ask(time_zone=place)


@pytest.mark.parametrize("place", ["Atlantis", "../../etc/passwd", "/etc/localtime", "America/../America/Lima", "\x00"])
async def test_a_place_without_a_zone_is_unknown(place: str) -> None:
    with pytest.raises(PlaceUnknown):
        await ask(time_zone=place)


async def test_no_date_lies_beyond_the_calendar() -> None:
    with pytest.raises(CalculationTooLarge):
        await ask(add_days=3_000_000)


async def test_what_is_no_date_is_refused() -> None:
    with pytest.raises(ValidationError):
        await ask(from_date="2023-02-29")


@given(DATES, DATES)
def test_years_months_and_days_lead_from_one_date_to_the_other(one: date, other: date) -> None:
    start, end = sorted((one, other))
    years, months, days = time_between(start, end)
    assert 0 <= months < 12
    assert 0 <= days < 31
    month = start.year * 12 + start.month - 1 + years * 12 + months
    for day in range(start.day, 0, -1):  # of a month that is too short, its last one
        try:
            reached = date(month // 12, month % 12 + 1, day)
        except ValueError:
            continue
        assert reached + timedelta(days=days) == end
        return
