"""Date, time and the days between two dates, anywhere."""

from __future__ import annotations

import asyncio
import calendar
import re
import unicodedata
import zoneinfo
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cached_property

from babel import Locale
from langchain_core.tools import StructuredTool
from pydantic import BaseModel, Field, field_validator

from agents.tools.tool import AgentTool, Observation, Reach
from errors.agents import CalculationTooLarge, PlaceUnknown

NAME = "date_time"
DESCRIPTION = (
    "Tells today's date, weekday and time, here or in a time zone. With from_date, tells the years, months and days "
    "from it to to_date or to today, such as somebody's age. With add_days, tells the date so many days later."
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")  # whatever the locale
MAX_DAYS = 3_660_000


class DateTimeArguments(BaseModel):
    """The arguments of a call."""

    time_zone: str = Field("", max_length=40, description="IANA name such as America/Santiago; empty means here")
    from_date: date | None = Field(None, description="YYYY-MM-DD")
    to_date: date | None = Field(None, description="YYYY-MM-DD; today where it is left out")
    add_days: int = Field(0, ge=-MAX_DAYS, le=MAX_DAYS, description="days after from_date or today; may be negative")

    @field_validator("from_date", "to_date", mode="before")
    @classmethod
    def _none_for_empty(cls, given: object) -> object:
        """Models fill in what they could leave out."""
        return given or None


def date_time_tool(now: Callable[[], datetime] | None = None) -> AgentTool:
    """``now`` tells the time with its zone, by default that of this machine."""
    clock = _Clock(now or _local_now)

    async def tell(
        time_zone: str = "", from_date: date | None = None, to_date: date | None = None, add_days: int = 0
    ) -> tuple[str, Observation]:
        asked = DateTimeArguments(time_zone=time_zone, from_date=from_date, to_date=to_date, add_days=add_days)
        return await asyncio.to_thread(clock.answer, asked), Observation()  # zones are read from files

    tool = StructuredTool.from_function(
        coroutine=tell,
        name=NAME,
        description=DESCRIPTION,
        args_schema=DateTimeArguments,
        response_format="content_and_artifact",
    )
    return AgentTool(tool, Reach.HERE, is_untrusted=False)


def time_between(start: date, end: date) -> tuple[int, int, int]:
    """Whole years, then whole months, then days; ``start`` is not after ``end``."""
    months = (end.year - start.year) * 12 + end.month - start.month
    if _months_after(start, months) > end:
        months -= 1
    return months // 12, months % 12, (end - _months_after(start, months)).days


def _months_after(start: date, months: int) -> date:
    """Of a month that is too short, its last day."""
    year, month = start.year + (start.month - 1 + months) // 12, (start.month - 1 + months) % 12 + 1
    return date(year, month, min(start.day, calendar.monthrange(year, month)[1]))


def _local_now() -> datetime:
    return datetime.now(UTC).astimezone()


class _Clock:
    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    def answer(self, asked: DateTimeArguments) -> str:
        now = self._now()
        if asked.time_zone.strip():
            now = now.astimezone(self._zone(asked.time_zone.strip()))
        today = now.date()
        if asked.add_days:
            return _days_after(asked.from_date or today, asked.add_days)
        if asked.from_date or asked.to_date:
            return _between(asked.from_date or today, asked.to_date or today)
        return f"Today is {_day(today)}. The time is {now:%H:%M:%S}{_place(now)}."

    def _zone(self, place: str) -> tzinfo:
        """The zone of that name, or of the city that its name ends with. No name reaches a file that is no zone's.

        Behind the city its country may stand, as in "Santiago de Chile".
        """
        city, *_ = re.split(r",| de | of ", place, maxsplit=1)
        name = self._zones.get(_folded(place)) or self._zones.get(_folded(city.strip()))
        if name is None:
            raise PlaceUnknown(tool=NAME, place=place)
        return zoneinfo.ZoneInfo(name)

    @cached_property
    def _zones(self) -> dict[str, str]:
        names = sorted(zoneinfo.available_timezones())
        cities = {_folded(name.rpartition("/")[2]): name for name in names if "/" in name}
        spanish = {name: told.get("city", "") for name, told in Locale("es").time_zones.items() if name in names}
        return (
            {_folded(city): name for name, city in spanish.items() if city}
            | cities
            | {_folded(name): name for name in names}
        )


def _folded(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.casefold().replace(" ", "_"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _day(day: date) -> str:
    return f"{WEEKDAYS[day.weekday()]}, {day.isoformat()}"


def _place(now: datetime) -> str:
    offset = f"UTC{now.isoformat()[-6:]}"
    key = getattr(now.tzinfo, "key", "")
    return f" in {key} ({offset})" if key else f" ({offset})"


def _days_after(start: date, days: int) -> str:
    try:
        return f"{days:+d} days from {start.isoformat()}: {_day(start + timedelta(days=days))}."
    except OverflowError as error:
        raise CalculationTooLarge(tool=NAME, expression=f"{start.isoformat()} {days:+d}") from error


def _between(start: date, end: date) -> str:
    first, last = sorted((start, end))
    years, months, days = time_between(first, last)
    parts = [_counted(years, "year"), _counted(months, "month"), _counted(days, "day")]
    told = ", ".join(part for part in parts if part) or "0 days"
    return f"From {first.isoformat()} to {last.isoformat()}: {told} ({(last - first).days} days in all)."


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'}" if number else ""
