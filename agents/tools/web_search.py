"""The tool that searches the web: with the service that the operator has a key for, else with one that needs none."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, Protocol

from langchain_core.tools import StructuredTool
from pydantic import BaseModel, Field, StringConstraints

from agents.sources import Found
from agents.tools.tool import AgentTool, Observation, Reach
from errors.agents import (
    SearchUnreachable,
    ServiceBusy,
    ServiceKeyRefused,
    ServiceQuotaSpent,
    ServiceUnreachable,
    ToolFailed,
)

logger = logging.getLogger(__name__)

NAME = "web_search"
DESCRIPTION = "Search the web. Returns titles, addresses and short texts of pages, the best first."
SITE = re.compile(r"(?:https?://)?(?:www\.)?((?:[a-z0-9][a-z0-9-]{0,62}\.)+[a-z]{2,24})(?:/.*)?$", re.IGNORECASE)
NO_QUERY = "Say what to search for."
NOTHING = "The search gave no results."
NOTHING_KEYLESS = f"{NOTHING} The service may also have declined to search."  # it does not say which
PATIENCE_S = 3  # a service that asks to wait longer is left alone for this search
TIMEOUT_S = 25.0  # of both services, one after the other

Topic = Literal["general", "news", "finance"]
TimeRange = Literal["any", "day", "week", "month", "year"]
Domain = Annotated[str, StringConstraints(max_length=100)]


@dataclass(frozen=True)
class SearchOptions:
    """What the operator chose. ``region`` is DuckDuckGo's, "wt-wt" none; ``max_results`` are the most of one search."""

    depth: Literal["basic", "advanced", "fast", "ultra-fast"] = "basic"
    max_results: int = 8
    include_answer: bool = False
    exclude_domains: tuple[str, ...] = ()
    region: str = "wt-wt"
    timeout_s: float = 10.0


@dataclass(frozen=True)
class SearchRequest:
    """What the model wants to find."""

    query: str
    topic: Topic = "general"
    time_range: TimeRange = "any"
    max_results: int = 5
    include_domains: tuple[str, ...] = ()


class SearchService(Protocol):
    """``name`` is known to people. Raises a ToolFailed that says whose fault it was."""

    @property
    def name(self) -> str: ...

    async def search(self, request: SearchRequest) -> tuple[Found, ...]: ...


class SearchArguments(BaseModel):
    """What the model is told of the arguments. All that fits the schema is taken: a grammar knows nothing else."""

    query: str = Field(min_length=1, max_length=300, description="A few words, as typed into a search box.")
    topic: Topic = Field(default="general", description='"news" for what happened lately, "finance" for markets.')
    time_range: TimeRange = Field(default="any", description="How old a page may be.")
    max_results: int = Field(default=5, ge=1, le=10, description="How many results.")
    include_domains: list[Domain] = Field(
        default_factory=list, max_length=3, description="Only these sites, such as gob.cl; empty for all."
    )


def web_search_tool(
    keyed: SearchService | None, keyless: SearchService | None, options: SearchOptions | None = None
) -> AgentTool:
    """``keyed`` is asked first; ``keyless`` where there is none, or where it cannot serve for now."""
    tool = StructuredTool.from_function(
        coroutine=_WebSearch(keyed, keyless, options or SearchOptions()).run,
        name=NAME,
        description=DESCRIPTION,
        args_schema=SearchArguments,
        response_format="content_and_artifact",
    )
    return AgentTool(tool, Reach.SERVICE, is_untrusted=True, timeout_s=TIMEOUT_S)


class _WebSearch:
    def __init__(self, keyed: SearchService | None, keyless: SearchService | None, options: SearchOptions) -> None:
        self._keyed = keyed
        self._keyless = keyless
        self._max_results = options.max_results

    async def run(
        self,
        query: str,
        topic: Topic = "general",
        time_range: TimeRange = "any",
        max_results: int = 5,
        include_domains: Sequence[str] = (),
    ) -> tuple[str, Observation]:
        """The content is what there is to say besides the results."""
        if not query.strip():
            return NO_QUERY, Observation()
        wanted = min(max_results, self._max_results)
        request = SearchRequest(query.strip(), topic, time_range, wanted, _sites(include_domains))
        if self._keyed is None:
            return _told(await self._without_key(request), NOTHING_KEYLESS)
        try:
            return _told(await self._keyed.search(request))
        except (ServiceKeyRefused, ServiceQuotaSpent, ServiceBusy, ServiceUnreachable) as error:
            if self._keyless is None or not _helps_elsewhere(error):
                raise
            logger.warning("%s cannot be used (%s): searching with %s", self._keyed.name, error.key, self._keyless.name)
            return await self._instead(self._keyless, request, self._keyed.name, error)

    async def _without_key(self, request: SearchRequest) -> tuple[Found, ...]:
        if self._keyless is None:
            raise SearchUnreachable(tool=NAME)
        try:
            return await self._keyless.search(request)
        except ServiceUnreachable as error:
            raise SearchUnreachable(tool=NAME) from error

    async def _instead(
        self, other: SearchService, request: SearchRequest, name: str, error: ToolFailed
    ) -> tuple[str, Observation]:
        """Results of ``other``. When it fails too, what ``name`` failed for is what somebody can mend."""
        try:
            found = await other.search(request)
        except ToolFailed as fault:
            if isinstance(error, ServiceUnreachable) and isinstance(fault, ServiceUnreachable):
                raise SearchUnreachable(tool=NAME) from fault
            raise error from fault
        text, observation = _told(found, NOTHING_KEYLESS)
        note = f"{name} could not be used ({error.told.rstrip('.')}); {other.name} was asked instead."
        return f"{note} {text}".strip(), observation


def _sites(domains: Sequence[str]) -> tuple[str, ...]:
    """Models write whole addresses where a site is asked for, or what is none: better found without than not at all."""
    sites = [SITE.match(domain.strip()) for domain in domains]
    return tuple(dict.fromkeys(site[1].lower() for site in sites if site))


def _helps_elsewhere(error: ToolFailed) -> bool:
    """Trying again soon does not help, so another service must."""
    wait_s = error.values.get("seconds")
    return not isinstance(error, ServiceBusy) or (isinstance(wait_s, int) and wait_s > PATIENCE_S)


def _told(found: tuple[Found, ...], nothing: str = NOTHING) -> tuple[str, Observation]:
    return ("" if found else nothing), Observation(found)
