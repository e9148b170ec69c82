"""Searches the web with DuckDuckGo, which needs no key, through ddgs. Only ``building`` imports this, and late.

ddgs reads pages that are made for people and has no contract with anybody: it may fail any day.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType
from typing import Any, Protocol

from ddgs import DDGS
from ddgs.exceptions import DDGSException, RatelimitException, TimeoutException

from agents.sources import Found
from agents.tools.web_results import found_on_web
from agents.tools.web_search import NAME, SearchOptions, SearchRequest
from errors.agents import ServiceBusy, ServiceFaulty, ServiceUnreachable, ToolTimedOut

SERVICE = "DuckDuckGo"
BACKEND = "duckduckgo"  # of the many that ddgs can read: the one that people are told of
MAX_AT_ONCE = 4
REQUEST_TIMEOUT_S = 5
NOTHING = "No results found."  # ddgs's own words, also for an answer that it could not read
DAYS: Mapping[str, str | None] = MappingProxyType({"any": None, "day": "d", "week": "w", "month": "m", "year": "y"})


class Engine(Protocol):
    """What is used of ddgs. Blocks."""

    def text(self, query: str, **options: Any) -> Sequence[Mapping[str, Any]]: ...

    def news(self, query: str, **options: Any) -> Sequence[Mapping[str, Any]]: ...


class DdgsSearch:
    """A search service, as ``web_search`` wants it.

    A search that is no longer waited for goes on in its thread until its own time is up, which is short.
    """

    name = SERVICE

    def __init__(self, options: SearchOptions | None = None, engine: Callable[[], Engine] | None = None) -> None:
        self._options = options or SearchOptions()
        self._engine = engine or (lambda: DDGS(timeout=REQUEST_TIMEOUT_S))
        self._threads = ThreadPoolExecutor(MAX_AT_ONCE, thread_name_prefix="ddgs")

    async def search(self, request: SearchRequest) -> tuple[Found, ...]:
        """Raises a ToolFailed."""
        seconds = self._options.timeout_s
        try:
            async with asyncio.timeout(seconds):
                results = await asyncio.get_running_loop().run_in_executor(self._threads, self._ask, request)
        except (TimeoutError, TimeoutException) as error:
            raise ToolTimedOut(tool=NAME, service=SERVICE, seconds=round(seconds)) from error
        except RatelimitException as error:
            raise ServiceBusy(tool=NAME, service=SERVICE) from error
        except DDGSException as error:
            if str(error) == NOTHING:
                return ()
            raise ServiceUnreachable(tool=NAME, service=SERVICE) from error
        except (ValueError, TypeError, AttributeError) as error:
            raise ServiceFaulty(tool=NAME, service=SERVICE) from error
        return results

    def _ask(self, request: SearchRequest) -> tuple[Found, ...]:
        engine = self._engine()
        ask = engine.news if request.topic == "news" else engine.text
        results = ask(
            _with_sites(request.query, request.include_domains, self._options.exclude_domains),
            region=self._options.region,
            timelimit=DAYS[request.time_range],
            max_results=request.max_results,
            backend=BACKEND,
        )
        found = [_found(result) for result in results[: request.max_results]]
        return tuple(one for one in found if one is not None)


def _found(result: Mapping[str, Any]) -> Found | None:
    """Results of pages have ``href``, those of news ``url`` and ``date``."""
    texts = {name: text for name, text in result.items() if isinstance(text, str)}
    url = texts.get("href") or texts.get("url") or ""
    return found_on_web(texts.get("title", ""), url, texts.get("body", ""), texts.get("date", ""))


def _with_sites(query: str, include: Sequence[str], exclude: Sequence[str]) -> str:
    """The query with sites in the words of the service."""
    wanted = " OR ".join(f"site:{site}" for site in include)
    return " ".join([query, *([wanted] if wanted else []), *(f"-site:{site}" for site in exclude)])
