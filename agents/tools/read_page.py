"""The tool that opens an address and returns the article there, in parts that fit into a prompt."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol
from urllib.parse import urlsplit

from langchain_core.tools import StructuredTool
from pydantic import BaseModel, Field

from agents.sources import Found
from agents.tools.tool import AgentTool, Observation, Reach
from agents.tools.web_results import line, plain
from errors import AddressRefused, AddressUnreadable, DocumentRefused
from errors.agents import PageNotRead

NAME = "read_page"
DESCRIPTION = "Read a web page: the text of its article. Long ones come in parts."
TIMEOUT_S = 25.0
PART_CHARACTERS = 3_400
MAX_PARTS = 20
LINE_WITHIN = 600  # characters before the end of a part within which a line is ended rather than cut
MAX_SHOWN = 200  # characters of an address in a sentence about it


class Article(Protocol):
    """``url`` is where it was found in the end, ``date`` as the page says it, empty where it does not."""

    @property
    def url(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def text(self) -> str: ...

    @property
    def date(self) -> str: ...


Read = Callable[[str], Awaitable[Article]]


class PageArguments(BaseModel):
    """What the model is told of the arguments."""

    url: str = Field(min_length=1, max_length=1_000, description="The whole address, as a result gave it.")
    part: int = Field(default=1, ge=1, le=MAX_PARTS, description="Which part of a long page, from 1.")


def read_page_tool(read: Read) -> AgentTool:
    """``read`` raises AddressRefused, AddressUnreadable or DocumentRefused for what cannot be read."""
    tool = StructuredTool.from_function(
        coroutine=_PageReading(read).run,
        name=NAME,
        description=DESCRIPTION,
        args_schema=PageArguments,
        response_format="content_and_artifact",
    )
    return AgentTool(tool, Reach.ADDRESS, is_untrusted=True, timeout_s=TIMEOUT_S)


class _PageReading:
    def __init__(self, read: Read) -> None:
        self._read = read

    async def run(self, url: str, part: int = 1) -> tuple[str, Observation]:
        try:
            article = await self._read(url.strip())
        except (AddressRefused, AddressUnreadable, DocumentRefused) as error:
            raise PageNotRead(tool=NAME, address=url[:MAX_SHOWN]) from error
        parts = _parts(plain(article.text))
        if not parts:
            raise PageNotRead(tool=NAME, address=url[:MAX_SHOWN])
        if part > len(parts):
            return f"This page has {len(parts)} parts.", Observation()
        site = urlsplit(article.url).hostname or ""
        title = line(article.title) or site
        if len(parts) > 1:
            title = f"{title} ({part}/{len(parts)})"
        return "", Observation((Found(title, parts[part - 1], article.url, site, line(article.date)),))


def _parts(text: str) -> list[str]:
    """``text`` cut at the ends of lines, or of words, where there are any near."""
    parts: list[str] = []
    while text and len(parts) < MAX_PARTS:
        end = len(text)
        if end > PART_CHARACTERS:
            near = max(text.rfind("\n", PART_CHARACTERS - LINE_WITHIN, PART_CHARACTERS), 0)
            end = near or text.rfind(" ", PART_CHARACTERS - LINE_WITHIN, PART_CHARACTERS)
            end = end if end > 0 else PART_CHARACTERS
        parts.append(text[:end].rstrip())
        text = text[end:].lstrip()
    return parts
