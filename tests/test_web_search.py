"""Searching the web: Tavily's own client against its wire protocol, what goes wrong there, and who is asked instead."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Iterator

import pytest
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import SecretStr, ValidationError

from agents.sources import Found
from agents.tools.tavily_search import TavilySearch
from agents.tools.tool import AgentTool
from agents.tools.web_search import SearchOptions, SearchRequest, SearchService, web_search_tool
from errors.agents import (
    SearchUnreachable,
    ServiceBusy,
    ServiceFaulty,
    ServiceKeyRefused,
    ServiceQuotaSpent,
    ServiceUnreachable,
    ToolFailed,
    ToolTimedOut,
)
from tests.scripted_search import GOOD_KEY, Fault, ScriptedSearch, closed_place, scripted_search
from tests.web_tools import AGES_S, CORPUS, LEAVING_S, call, leave

QUERY = "presidente de Chile"
SHORT = SearchOptions(timeout_s=0.3)


class KeylessSearch:
    """Finds what the test says, or fails as it says."""

    name = "DuckDuckGo"

    def __init__(self, *found: Found, fault: ToolFailed | None = None) -> None:
        self.requests: list[SearchRequest] = []
        self._found = found
        self._fault = fault

    async def search(self, request: SearchRequest) -> tuple[Found, ...]:
        self.requests.append(request)
        if self._fault is not None:
            raise self._fault
        return self._found


@pytest.fixture
def web() -> Iterator[ScriptedSearch]:
    with scripted_search(CORPUS) as script:
        yield script


def tavily(web: ScriptedSearch, options: SearchOptions | None = None, key: str = GOOD_KEY) -> TavilySearch:
    return TavilySearch(SecretStr(key), options, web.tavily_address)


def tool_of(
    web: ScriptedSearch, options: SearchOptions | None = None, keyless: SearchService | None = None
) -> AgentTool:
    return web_search_tool(tavily(web, options), keyless, options)


# --- what is found ---------------------------------------------------------------------------------------------------


async def test_results_are_told_with_title_address_site_and_text(web: ScriptedSearch) -> None:
    said, found = await call(tool_of(web), query=QUERY)
    assert said == ""
    assert found[0] == Found(CORPUS[0].title, CORPUS[0].text, web.url(CORPUS[0]), "127.0.0.1")


async def test_news_come_with_their_date(web: ScriptedSearch) -> None:
    _, found = await call(tool_of(web), query=QUERY, topic="news")
    assert found[0].date == CORPUS[0].date


async def test_what_is_chosen_reaches_the_service(web: ScriptedSearch) -> None:
    options = SearchOptions(depth="advanced", max_results=2, exclude_domains=("example.org",), include_answer=True)
    arguments = {
        "time_range": "week",
        "topic": "finance",
        "max_results": 9,
        "include_domains": ["https://www.GOB.cl/x", "no site", "gob.cl"],
    }
    await call(tool_of(web, options), query=QUERY, **arguments)
    (request,) = web.requests
    assert request.key == GOOD_KEY
    sent = {name: value for name, value in request.fields.items() if name != "query"}
    assert sent == {
        "search_depth": "advanced",
        "topic": "finance",
        "time_range": "week",
        "max_results": 2,
        "include_domains": ["gob.cl"],
        "exclude_domains": ["example.org"],
        "include_answer": True,
    }


async def test_an_answer_of_the_service_comes_after_the_results_and_has_no_address(web: ScriptedSearch) -> None:
    web.answer = "El presidente vive en Santiago."
    _, found = await call(tool_of(web, SearchOptions(include_answer=True)), query=QUERY)
    assert (found[-1].text, found[-1].url, found[-1].site) == (web.answer, "", "Tavily")
    assert found[0].url


async def test_no_results_are_no_fault(web: ScriptedSearch) -> None:
    for query in ("zzz", "nothing"):
        web.faults["nothing"] = Fault.EMPTY
        assert await call(tool_of(web), query=query) == ("The search gave no results.", ())


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"query": "a" * 301},
        {"query": "a", "topic": "sports"},
        {"query": "a", "time_range": "2020"},
        {"query": "a", "max_results": 0},
        {"query": "a", "include_domains": ["a.cl", "b.cl", "c.cl", "d.cl"]},
    ],
)
async def test_arguments_that_make_no_sense_are_told_so(web: ScriptedSearch, arguments: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        await call(tool_of(web), **arguments)
    assert web.requests == []


async def test_nothing_is_asked_without_words(web: ScriptedSearch) -> None:
    assert await call(tool_of(web), query=" \n") == ("Say what to search for.", ())
    assert web.requests == []


def test_every_text_that_a_model_may_write_is_bounded_and_described(web: ScriptedSearch) -> None:
    function = convert_to_openai_tool(tool_of(web).tool)["function"]
    properties = function["parameters"]["properties"]
    assert function["parameters"]["required"] == ["query"]
    assert all(one["description"] for one in properties.values())
    assert properties["query"]["maxLength"] == 300
    assert properties["include_domains"]["items"]["maxLength"] == 100


# --- what goes wrong -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault.BAD_KEY, ServiceKeyRefused),
        (Fault.FORBIDDEN, ServiceKeyRefused),
        (Fault.PLAN_SPENT, ServiceQuotaSpent),
        (Fault.PAYING_SPENT, ServiceQuotaSpent),
        (Fault.BUSY, ServiceBusy),
        (Fault.BLOCKED, ServiceBusy),
        (Fault.BAD_REQUEST, ToolFailed),
        (Fault.BROKEN, ServiceFaulty),
        (Fault.MOVED, ServiceFaulty),
        (Fault.GATEWAY, ServiceFaulty),
        (Fault.PAGE, ServiceFaulty),
        (Fault.LIST, ServiceFaulty),
        (Fault.WRONG, ServiceFaulty),
        (Fault.CUT, ServiceUnreachable),
        (Fault.CLOSED, ServiceUnreachable),
        (Fault.HANG, ToolTimedOut),
        (Fault.HALF, ToolTimedOut),
    ],
)
async def test_each_fault_says_whose_it_is_and_never_the_key(
    web: ScriptedSearch, fault: Fault, kind: type[ToolFailed], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    web.faults[GOOD_KEY] = fault  # the key is in the words of the answer, too
    options = SHORT if kind is ToolTimedOut else None
    tool = tool_of(web, options)
    with pytest.raises(ToolFailed) as caught:
        await call(tool, query=QUERY)
    assert type(caught.value) is kind
    assert caught.value.values["tool"] == "web_search"
    assert caught.value.values["service"] == "Tavily"
    shown = [str(caught.value), repr(caught.value), repr(tool), "".join(traceback.format_exception(caught.value))]
    assert not any(GOOD_KEY in text for text in (*shown, caplog.text))


async def test_a_result_holds_no_key(web: ScriptedSearch, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    service = tavily(web)
    assert GOOD_KEY not in repr(await call(web_search_tool(service, None), query=QUERY))
    assert GOOD_KEY not in caplog.text + repr(vars(service))


async def test_nobody_there_is_unreachable() -> None:
    service = TavilySearch(SecretStr(GOOD_KEY), address=f"http://{closed_place()}")
    with pytest.raises(ServiceUnreachable):
        await service.search(SearchRequest(QUERY))


async def test_a_fault_that_passes_leaves_nothing_behind(web: ScriptedSearch) -> None:
    web.next_faults = [Fault.BUSY, Fault.BROKEN, Fault.CUT]
    tool = tool_of(web)
    for _ in range(3):
        with pytest.raises(ToolFailed) as caught:
            await call(tool, query=QUERY)
        assert caught.value.is_transient
    assert (await call(tool, query=QUERY))[1]


@pytest.mark.parametrize("fault", [Fault.HANG, Fault.HALF])
async def test_a_search_that_hangs_is_left_at_once(web: ScriptedSearch, fault: Fault) -> None:
    web.faults[QUERY] = fault
    task = asyncio.create_task(call(tool_of(web, SearchOptions(timeout_s=AGES_S)), query=QUERY))
    await asyncio.to_thread(web.has_come.wait)
    await leave(task)
    assert await asyncio.to_thread(web.has_left.wait, LEAVING_S)


# --- who is asked instead --------------------------------------------------------------------------------------------

OTHER = Found("Chile", "Un país.", "https://example.org/chile", "example.org")


async def test_without_a_key_the_other_service_is_asked() -> None:
    keyless = KeylessSearch(OTHER)
    said, found = await call(web_search_tool(None, keyless), query=QUERY, time_range="day")
    assert (said, found) == ("", (OTHER,))
    assert keyless.requests == [SearchRequest(QUERY, time_range="day")]


@pytest.mark.parametrize("keyless", [None, KeylessSearch(fault=ServiceUnreachable(tool="web_search", service="x"))])
async def test_without_any_service_it_says_so(keyless: SearchService | None) -> None:
    with pytest.raises(SearchUnreachable):
        await call(web_search_tool(None, keyless), query=QUERY)


@pytest.mark.parametrize(
    "fault",
    [Fault.BAD_KEY, Fault.PLAN_SPENT, Fault.PAYING_SPENT, Fault.BLOCKED, Fault.CLOSED],
    ids=lambda one: one.name,
)
async def test_what_waiting_does_not_mend_is_asked_of_the_other_service_and_said(
    web: ScriptedSearch, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    web.faults[GOOD_KEY] = fault
    said, found = await call(tool_of(web, keyless=KeylessSearch(OTHER)), query=QUERY)
    assert found == (OTHER,)
    assert said.startswith("Tavily could not be used (")
    assert "DuckDuckGo" in said
    assert "Tavily cannot be used" in caplog.text
    assert QUERY not in caplog.text
    assert GOOD_KEY not in said + caplog.text


@pytest.mark.parametrize("fault", [Fault.BUSY, Fault.BROKEN, Fault.PAGE], ids=lambda one: one.name)
async def test_what_waiting_may_mend_is_not(web: ScriptedSearch, fault: Fault) -> None:
    web.faults[GOOD_KEY] = fault
    keyless = KeylessSearch(OTHER)
    with pytest.raises(ToolFailed):
        await call(tool_of(web, keyless=keyless), query=QUERY)
    assert keyless.requests == []


async def test_when_both_fail_it_is_told_what_somebody_can_mend(web: ScriptedSearch) -> None:
    web.faults[GOOD_KEY] = Fault.BAD_KEY
    unreachable = KeylessSearch(fault=ServiceUnreachable(tool="web_search", service="DuckDuckGo"))
    with pytest.raises(ServiceKeyRefused):
        await call(tool_of(web, keyless=unreachable), query=QUERY)
    web.faults[GOOD_KEY] = Fault.CLOSED
    with pytest.raises(SearchUnreachable):
        await call(tool_of(web, keyless=unreachable), query=QUERY)
