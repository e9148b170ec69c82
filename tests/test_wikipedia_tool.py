"""Looking things up in Wikipedia: MediaWiki's protocol over the guarded client."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from langchain_core.utils.function_calling import convert_to_openai_tool

from agents.sources import Found
from agents.tools.tool import AgentTool
from agents.tools.wikipedia import Language, wikipedia_tool
from errors.agents import ServiceBusy, ServiceFaulty, ServiceUnreachable, ToolFailed
from safety.net import FetchLimits, GuardedClient
from safety.web_address import Fetched
from tests.scripted_search import Fault, ScriptedSearch, closed_place, scripted_search
from tests.web_tools import AGES_S, CORPUS, LEAVING_S, call, leave, titles

QUERY = "Chile"


@pytest.fixture
def web() -> Iterator[ScriptedSearch]:
    with scripted_search(CORPUS) as script:
        yield script


def tool_of(web: ScriptedSearch, language: Language = "es", seconds: float = 20.0) -> AgentTool:
    client = GuardedClient(FetchLimits(total_seconds=seconds), inner_places=[web.place])
    return wikipedia_tool(client.fetch, language, web.wikipedia_address)


async def test_the_beginnings_of_articles_come_in_the_order_of_their_rank(web: ScriptedSearch) -> None:
    said, found = await call(tool_of(web), query="ríos de Chile")
    assert said == ""
    assert titles(found) == ["Ríos de Chile", "Presidente de Chile"]
    assert found[0] == Found("Ríos de Chile", CORPUS[1].text, web.url(CORPUS[1]), "127.0.0.1", "2020-01-02")


async def test_the_language_is_the_page_s_unless_the_model_says_another(web: ScriptedSearch) -> None:
    for language, arguments in (("en", {}), ("es", {"language": "en"})):
        _, found = await call(tool_of(web, language), query=QUERY, **arguments)  # type: ignore[arg-type]
        assert titles(found) == ["Rivers of Chile"]
    schema = convert_to_openai_tool(tool_of(web, "en").tool)["function"]["parameters"]["properties"]["language"]
    assert (schema["default"], schema["enum"]) == ("en", ["es", "en"])


async def test_what_is_not_there_is_no_fault(web: ScriptedSearch) -> None:
    assert await call(tool_of(web), query="zzz") == ("Wikipedia has no article about this.", ())


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault.BUSY, ServiceFaulty),
        (Fault.BROKEN, ServiceFaulty),
        (Fault.GATEWAY, ServiceFaulty),
        (Fault.PAGE, ServiceFaulty),
        (Fault.LIST, ServiceFaulty),
        (Fault.WRONG, ServiceFaulty),
        (Fault.CUT, ServiceUnreachable),
        (Fault.CLOSED, ServiceUnreachable),
        (Fault.MOVED, ServiceUnreachable),
        (Fault.HANG, ServiceUnreachable),
        (Fault.HALF, ServiceUnreachable),
    ],
)
async def test_each_fault_says_whose_it_is(web: ScriptedSearch, fault: Fault, kind: type[ToolFailed]) -> None:
    web.faults[QUERY] = fault
    with pytest.raises(ToolFailed) as caught:
        await call(tool_of(web, seconds=0.3 if fault in (Fault.HANG, Fault.HALF) else 20.0), query=QUERY)
    assert type(caught.value) is kind
    assert caught.value.values == {"tool": "wikipedia", "service": "Wikipedia"}


async def test_nobody_there_is_unreachable() -> None:
    place = closed_place()
    for client in (GuardedClient(inner_places=[place]), GuardedClient()):  # the second may not even ask
        with pytest.raises(ServiceUnreachable):
            await call(wikipedia_tool(client.fetch, address=f"http://{place}/{{language}}/w/api.php"), query=QUERY)


@pytest.mark.parametrize("body", [b'{"error": {"code": "ratelimited"}}', b'{"error": {"code": "maxlag"}}'])
async def test_mediawiki_s_own_word_for_busy_is_known(body: bytes) -> None:
    async def fetch(url: str) -> Fetched:
        return Fetched(url, "application/json", body)

    with pytest.raises(ServiceBusy):
        await call(wikipedia_tool(fetch), query=QUERY)


async def test_nothing_is_asked_without_words(web: ScriptedSearch) -> None:
    assert await call(tool_of(web), query=" ") == ("Say what to look up.", ())
    assert web.requests == []


async def test_words_cannot_become_other_parameters(web: ScriptedSearch) -> None:
    await call(tool_of(web), query="Chile&action=login&x=#")
    assert web.requests[0].fields["gsrsearch"] == "Chile&action=login&x=#"
    assert web.requests[0].fields["action"] == "query"


@pytest.mark.parametrize("fault", [Fault.HANG, Fault.HALF])
async def test_a_search_that_hangs_is_left_at_once(web: ScriptedSearch, fault: Fault) -> None:
    web.faults[QUERY] = fault
    task = asyncio.create_task(call(tool_of(web, seconds=AGES_S), query=QUERY))
    await asyncio.to_thread(web.has_come.wait)
    await leave(task)
    assert await asyncio.to_thread(web.has_left.wait, LEAVING_S)
