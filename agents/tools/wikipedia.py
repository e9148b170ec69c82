"""The tool that looks things up in Wikipedia, over MediaWiki's own interface."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Literal
from urllib.parse import urlencode

from langchain_core.tools import StructuredTool
from pydantic import BaseModel, Field, ValidationError, create_model

from agents.sources import Found
from agents.tools.tool import AgentTool, Observation, Reach
from agents.tools.web_results import found_on_web
from errors import AddressRefused, AddressUnreadable
from errors.agents import ServiceBusy, ServiceFaulty, ServiceUnreachable
from safety.net import FAULTS
from safety.web_address import Fetched

NAME = "wikipedia"
SERVICE = "Wikipedia"
DESCRIPTION = "Look up a person, place, event or idea in Wikipedia. Returns the beginnings of the best articles."
ADDRESS = "https://{language}.wikipedia.org/w/api.php"
MAX_ARTICLES = 3
BUSY = ("ratelimited", "maxlag")  # MediaWiki's names of the faults that pass

Language = Literal["es", "en"]
Fetch = Callable[[str], Awaitable[Fetched]]


class LookupArguments(BaseModel):
    """What the model is told of the arguments; ``wikipedia_tool`` adds the language."""

    query: str = Field(min_length=1, max_length=200, description="The title of an article, or a few words about it.")


class _Revision(BaseModel):
    timestamp: str = ""


class _Page(BaseModel):
    title: str
    fullurl: str
    index: int = 0
    extract: str = ""
    revisions: list[_Revision] = []

    @property
    def day(self) -> str:
        """When it was last written to."""
        return self.revisions[0].timestamp[:10] if self.revisions else ""


class _Query(BaseModel):
    pages: list[_Page] = []


class _Fault(BaseModel):
    code: str = ""


class _Answer(BaseModel):
    """``batchcomplete`` is in every sound answer, also in that to a search that found nothing."""

    query: _Query | None = None
    error: _Fault | None = None
    batchcomplete: bool = False


def wikipedia_tool(fetch: Fetch, language: Language = "es", address: str = ADDRESS) -> AgentTool:
    """``fetch`` is the guarded client's. ``language`` is the Wikipedia that is asked where the model names none."""
    described = Field(default=language, description="Which Wikipedia: es is Spanish, en is English.")
    tool = StructuredTool.from_function(
        coroutine=_Wikipedia(fetch, language, address).run,
        name=NAME,
        description=DESCRIPTION,
        args_schema=create_model("LookupArguments", __base__=LookupArguments, language=(Language, described)),
        response_format="content_and_artifact",
    )
    return AgentTool(tool, Reach.SERVICE, is_untrusted=True)


class _Wikipedia:
    def __init__(self, fetch: Fetch, language: Language, address: str) -> None:
        self._fetch = fetch
        self._language = language
        self._address = address

    async def run(self, query: str, language: Language | None = None) -> tuple[str, Observation]:
        if not query.strip():
            return "Say what to look up.", Observation()
        asked = self._address.format(language=language or self._language)
        try:
            fetched = await self._fetch(f"{asked}?{urlencode(_parameters(query))}")
        except AddressRefused as error:  # its name leads nowhere: there is no network
            raise ServiceUnreachable(tool=NAME, service=SERVICE) from error
        except AddressUnreadable as error:
            kind = ServiceUnreachable if isinstance(error.__cause__, FAULTS) else ServiceFaulty
            raise kind(tool=NAME, service=SERVICE) from error
        found = _read(fetched)
        return ("" if found else "Wikipedia has no article about this."), Observation(found)


def _parameters(query: str) -> dict[str, Any]:
    """A search, and of each article that it finds the part before the first heading, as plain text."""
    return {
        "action": "query",
        "format": "json",
        "formatversion": 2,
        "generator": "search",
        "gsrsearch": query,
        "gsrlimit": MAX_ARTICLES,
        "prop": "extracts|info|revisions",
        "exintro": 1,
        "explaintext": 1,
        "exlimit": MAX_ARTICLES,
        "inprop": "url",
        "rvprop": "timestamp",
    }


def _read(fetched: Fetched) -> tuple[Found, ...]:
    try:
        answer = _Answer.model_validate_json(fetched.body)
    except ValidationError as error:
        raise ServiceFaulty(tool=NAME, service=SERVICE) from error
    if answer.error is not None and answer.error.code in BUSY:
        raise ServiceBusy(tool=NAME, service=SERVICE)
    if answer.error is not None or (answer.query is None and not answer.batchcomplete):
        raise ServiceFaulty(tool=NAME, service=SERVICE)
    pages = sorted(answer.query.pages if answer.query else (), key=lambda page: page.index)
    found = [found_on_web(page.title, page.fullurl, page.extract, page.day) for page in pages]
    return tuple(one for one in found if one is not None)
