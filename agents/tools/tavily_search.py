"""Searches the web with Tavily, through its own client. Only ``building`` imports this, and late.

The key is in the headers of the requests and nowhere else. What the service writes about a fault is dropped, with the
exceptions of its client: it may repeat the key.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx
import tavily.errors  # type: ignore[import-untyped]
from pydantic import BaseModel, SecretStr
from tavily import AsyncTavilyClient

from agents.sources import Found
from agents.tools.web_results import found_on_web, plain
from agents.tools.web_search import NAME, SearchOptions, SearchRequest
from errors.agents import (
    ServiceBusy,
    ServiceFaulty,
    ServiceKeyRefused,
    ServiceQuotaSpent,
    ServiceUnreachable,
    ToolFailed,
    ToolTimedOut,
)

SERVICE = "Tavily"
ADDRESS = "https://api.tavily.com"
MAX_WAIT_S = 86_400
UNASKED = 0  # in place of a status: no answer began
# What the client raises by itself: over refusals, and over answers that it cannot read.
REFUSALS = (
    tavily.errors.InvalidAPIKeyError,
    tavily.errors.ForbiddenError,
    tavily.errors.UsageLimitExceededError,
    tavily.errors.BadRequestError,
)
MALFORMED = (ValueError, TypeError, AttributeError, RecursionError)


class _Result(BaseModel):
    url: str
    title: str | None = None
    content: str | None = None
    published_date: str | None = None


class _Answer(BaseModel):
    results: list[_Result]
    answer: str | None = None


class _Heard:
    """Status and wish to be left alone of the last answer: the client's exceptions do not tell them."""

    def __init__(self) -> None:
        self.status = UNASKED
        self.wait_s = 0

    async def __call__(self, response: httpx.Response) -> None:
        self.status = response.status_code
        wait = response.headers.get("retry-after", "")
        self.wait_s = min(int(wait), MAX_WAIT_S) if wait.isascii() and wait.isdigit() else 0


class TavilySearch:
    """A search service, as ``web_search`` wants it."""

    name = SERVICE

    def __init__(self, key: SecretStr, options: SearchOptions | None = None, address: str = ADDRESS) -> None:
        self._key = key
        self._options = options or SearchOptions()
        self._address = address
        self._tls = httpx.create_ssl_context()  # once: it reads all the certificates there are

    async def search(self, request: SearchRequest) -> tuple[Found, ...]:
        """Raises a ToolFailed. One connection for each search: they are rare, and nothing is left to be closed."""
        heard = _Heard()
        seconds = self._options.timeout_s
        try:
            async with (
                asyncio.timeout(seconds),
                httpx.AsyncClient(verify=self._tls, event_hooks={"response": [heard]}) as http,
            ):
                return self._read(await self._ask(http, request))
        except (TimeoutError, tavily.errors.TimeoutError):
            raise ToolTimedOut(tool=NAME, service=SERVICE, seconds=round(seconds)) from None
        except (*REFUSALS, httpx.HTTPStatusError):
            raise _refusal(heard) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError):
            raise ServiceUnreachable(tool=NAME, service=SERVICE) from None
        except MALFORMED:
            raise ServiceFaulty(tool=NAME, service=SERVICE) from None

    async def _ask(self, http: httpx.AsyncClient, request: SearchRequest) -> Mapping[str, Any]:
        client = AsyncTavilyClient(self._key.get_secret_value(), api_base_url=self._address, client=http)
        answer: Mapping[str, Any] = await client.search(
            request.query,
            search_depth=self._options.depth,
            topic=request.topic,
            time_range=None if request.time_range == "any" else request.time_range,
            max_results=request.max_results,
            include_domains=request.include_domains or None,
            exclude_domains=self._options.exclude_domains or None,
            include_answer=self._options.include_answer,
            timeout=self._options.timeout_s,
        )
        return answer

    def _read(self, answer: Mapping[str, Any]) -> tuple[Found, ...]:
        read = _Answer.model_validate(answer)
        found = [
            found_on_web(one.title or "", one.url, one.content or "", one.published_date or "") for one in read.results
        ]
        written = plain(read.answer or "") if self._options.include_answer else ""
        own = (Found(f"{SERVICE}: answer", written, site=SERVICE),) if written else ()
        return (*(one for one in found if one is not None), *own)


def _refusal(heard: _Heard) -> ToolFailed:
    """Whose fault the status says it is."""
    named = {"tool": NAME, "service": SERVICE}
    match heard.status:
        case 401 | 403:
            return ServiceKeyRefused(**named)
        case 402 | 432 | 433:
            return ServiceQuotaSpent(**named)
        case 429:
            return ServiceBusy(**named, seconds=heard.wait_s)
        case 400 | 422:
            return ToolFailed(**named)
    return ServiceFaulty(**named)
