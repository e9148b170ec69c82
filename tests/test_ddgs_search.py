"""Searching without a key: ddgs itself against a DuckDuckGo of our own, and each of its faults."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from ddgs import DDGS
from ddgs.exceptions import DDGSException, RatelimitException, TimeoutException

from agents.sources import Found
from agents.tools.ddgs_search import DdgsSearch
from agents.tools.web_search import SearchOptions, SearchRequest, web_search_tool
from errors.agents import (
    SearchUnreachable,
    ServiceBusy,
    ServiceFaulty,
    ServiceUnreachable,
    ToolFailed,
    ToolTimedOut,
)
from tests.scripted_duckduckgo import ScriptedDuckDuckGo, scripted_duckduckgo
from tests.scripted_search import closed_place
from tests.web_tools import AGES_S, call, leave

RESULTS = [("Chile", "https://example.org/chile", "Un país."), ("Ads", "https://duckduckgo.com/y.js?ad", "Compra.")]
CHILE = Found("Chile", "Un país.", "https://example.org/chile", "example.org")


class FakeEngine:
    """Keeps what it was asked."""

    def __init__(self, results: Sequence[Mapping[str, Any]] = (), fault: Exception | None = None) -> None:
        self.asked: list[tuple[str, str, dict[str, Any]]] = []
        self._results = results
        self._fault = fault

    def text(self, query: str, **options: Any) -> Sequence[Mapping[str, Any]]:
        return self._answer("text", query, options)

    def news(self, query: str, **options: Any) -> Sequence[Mapping[str, Any]]:
        return self._answer("news", query, options)

    def _answer(self, kind: str, query: str, options: dict[str, Any]) -> Sequence[Mapping[str, Any]]:
        self.asked.append((kind, query, options))
        if self._fault is not None:
            raise self._fault
        return self._results


@pytest.fixture
def duckduckgo(tmp_path: Path) -> Iterator[ScriptedDuckDuckGo]:
    with scripted_duckduckgo(tmp_path, RESULTS) as script:
        yield script


def real(proxy: str, timeout_s: int = int(AGES_S)) -> DdgsSearch:
    return DdgsSearch(SearchOptions(timeout_s=AGES_S), lambda: DDGS(proxy=proxy, timeout=timeout_s, verify=False))


async def test_ddgs_itself_finds(duckduckgo: ScriptedDuckDuckGo) -> None:
    request = SearchRequest("capital de Chile", time_range="month", include_domains=("gob.cl", "bcn.cl"))
    assert await real(duckduckgo.proxy).search(request) == (CHILE,)
    (asked,) = duckduckgo.asked
    assert asked == {"q": ["capital de Chile site:gob.cl OR site:bcn.cl"], "l": ["wt-wt"], "df": ["m"]}


@pytest.mark.parametrize("status", ["200 OK", "202 Accepted", "429 Too Many Requests"])
async def test_nothing_and_no_may_both_be_meant_and_are_told_so(duckduckgo: ScriptedDuckDuckGo, status: str) -> None:
    duckduckgo.results, duckduckgo.status = [], status
    said, found = await call(web_search_tool(None, real(duckduckgo.proxy)), query="Chile")
    assert not found
    assert "declined" in said


async def test_ddgs_itself_reaches_nobody() -> None:
    service = real(f"http://{closed_place()}")
    with pytest.raises(ServiceUnreachable):
        await service.search(SearchRequest("Chile"))
    with pytest.raises(SearchUnreachable):
        await call(web_search_tool(None, service), query="Chile")


async def test_ddgs_itself_waits_in_vain(duckduckgo: ScriptedDuckDuckGo) -> None:
    duckduckgo.hangs = True
    with pytest.raises(ToolTimedOut):
        await real(duckduckgo.proxy, timeout_s=1).search(SearchRequest("Chile"))


async def test_a_search_that_hangs_is_left_at_once(duckduckgo: ScriptedDuckDuckGo) -> None:
    duckduckgo.hangs = True
    task = asyncio.create_task(call(web_search_tool(None, real(duckduckgo.proxy)), query="Chile"))
    await asyncio.to_thread(duckduckgo.has_come.wait)
    await leave(task)


async def test_a_search_may_take_no_longer_than_the_operator_says(duckduckgo: ScriptedDuckDuckGo) -> None:
    duckduckgo.hangs = True
    service = DdgsSearch(SearchOptions(timeout_s=0.1), lambda: DDGS(proxy=duckduckgo.proxy, verify=False))
    with pytest.raises(ToolTimedOut):
        await service.search(SearchRequest("Chile"))


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (RatelimitException("202"), ServiceBusy),
        (TimeoutException("late"), ToolTimedOut),
        (DDGSException("DNSError"), ServiceUnreachable),
        (ValueError("no JSON"), ServiceFaulty),
    ],
)
async def test_each_fault_says_whose_it_is(fault: Exception, kind: type[ToolFailed]) -> None:
    engine = FakeEngine(fault=fault)
    with pytest.raises(ToolFailed) as caught:
        await DdgsSearch(engine=lambda: engine).search(SearchRequest("Chile"))
    assert type(caught.value) is kind
    assert caught.value.values["service"] == "DuckDuckGo"


async def test_news_are_asked_for_as_news_and_have_dates() -> None:
    engine = FakeEngine([{"title": "Chile", "url": CHILE.url, "body": "Un país.", "date": "2026-03-01", "image": None}])
    options = SearchOptions(region="cl-es", exclude_domains=("example.com",))
    (found,) = await DdgsSearch(options, lambda: engine).search(SearchRequest("Chile", "news", max_results=1))
    assert found == Found("Chile", "Un país.", CHILE.url, CHILE.site, "2026-03-01")
    ((kind, query, asked),) = engine.asked
    assert (kind, query) == ("news", "Chile -site:example.com")
    assert (asked["region"], asked["max_results"], asked["backend"]) == ("cl-es", 1, "duckduckgo")


async def test_odd_results_are_left_out_and_no_more_are_taken_than_were_wanted() -> None:
    odd: list[Mapping[str, Any]] = [{}, {"href": "javascript:x", "title": "x"}, {"href": None}]
    good = [{"href": f"https://example.org/{number}", "title": None, "body": 3} for number in range(9)]
    engine = FakeEngine([*odd, *good])
    found = await DdgsSearch(engine=lambda: engine).search(SearchRequest("Chile", max_results=5))
    assert [one.url for one in found] == ["https://example.org/0", "https://example.org/1"]
