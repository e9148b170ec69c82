"""The tools of the benchmark: the real calculator, clock, search, encyclopedia and reading of pages, with nothing but
the results of one task at a time behind them. The search is Tavily's own client against its wire protocol."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from langchain_core.tools import StructuredTool
from pydantic import SecretStr

from agents.sources import Found
from agents.tools.calculator import calculator_tool
from agents.tools.date_time import date_time_tool
from agents.tools.read_page import read_page_tool
from agents.tools.tavily_search import TavilySearch
from agents.tools.tool import AgentTool, Observation, Reach
from agents.tools.web_search import web_search_tool
from agents.tools.wikipedia import wikipedia_tool
from bench.agent.tasks import Task
from bench.agent.watch import Watch
from errors import AddressUnreadable
from rag.retriever import DocumentQuery
from rag.web_article import WebArticle
from safety.net import GuardedClient
from tests.scripted_search import GOOD_KEY, ScriptedSearch, WebPage, scripted_search

NOTHING = "No passage of the documents answers this."


class World:
    """``watch`` is told when a tool is at work. ``service`` is what the network is."""

    def __init__(self, service: ScriptedSearch, watch: Watch) -> None:
        self.service = service
        self._task: Task | None = None
        fetch = GuardedClient(inner_places=[service.place]).fetch
        search = TavilySearch(SecretStr(GOOD_KEY), address=service.tavily_address)
        shared = (web_search_tool(search, None), read_page_tool(self._read), calculator_tool(), date_time_tool())
        tools = {
            language: (*shared, wikipedia_tool(fetch, language, service.wikipedia_address), self._documents())
            for language in ("es", "en")
        }
        self._tools = {language: tuple(_watched(tool, watch) for tool in those) for language, those in tools.items()}

    def show(self, task: Task) -> tuple[AgentTool, ...]:
        """The tools, with the results of ``task`` behind them from now on."""
        self._task = task
        self.service.corpus = tuple(
            WebPage(f"{number}", one.title, one.text, language=task.language)
            for number, one in enumerate(task.results)
            if one.url
        )
        return self._tools[task.language]

    async def _read(self, url: str) -> WebArticle:
        """The page under the address of the task, or under that of the service here."""
        pages = dict(zip((one.url for one in self._results), self.service.corpus, strict=False))
        served = {self.service.url(page): page for page in self.service.corpus}
        page = pages.get(url) or served.get(url)
        if page is None:
            raise AddressUnreadable(address=url)
        return WebArticle(url, page.title, page.text)

    @property
    def _results(self) -> Iterator[Any]:
        return (one for one in (self._task.results if self._task else ()) if one.url)

    def _documents(self) -> AgentTool:
        async def search(query: str) -> tuple[str, Observation]:
            own = [one for one in (self._task.results if self._task else ()) if not one.url]
            return ("" if own else NOTHING), Observation(tuple(Found(one.title, one.text) for one in own))

        tool = StructuredTool.from_function(
            coroutine=search,
            name="search_documents",
            description="Search the person's own documents. Returns numbered passages with document and page.",
            args_schema=DocumentQuery,
            response_format="content_and_artifact",
        )
        return AgentTool(tool, Reach.HERE, is_untrusted=True, is_private=True)


@contextmanager
def open_world(watch: Watch) -> Iterator[World]:
    with scripted_search(()) as service:
        yield World(service, watch)


def _watched(tool: AgentTool, watch: Watch) -> AgentTool:
    inner: Any = tool.tool
    return replace(tool, tool=inner.model_copy(update={"coroutine": watch.tool(inner.coroutine)}))
