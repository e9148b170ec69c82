"""The Agent room's services. LangChain's loop is imported with the first question, services' libraries when used."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from agents.answers import AgentAnswers, AgentParts
from agents.approvals import Approvals
from agents.options import ROOM, AgentOptions
from agents.planning import chosen_for, planned
from agents.tools.calculator import calculator_tool
from agents.tools.date_time import date_time_tool
from agents.tools.ddgs_search import DdgsSearch
from agents.tools.mcp_specs import McpServer, ServerState, read_servers
from agents.tools.operator_tools import load_tools
from agents.tools.read_page import read_page_tool
from agents.tools.tavily_search import ADDRESS, TavilySearch
from agents.tools.tool import AgentTool, Reach
from agents.tools.tool_shelf import ToolShelf
from agents.tools.web_search import web_search_tool
from agents.tools.wikipedia import wikipedia_tool
from agents.turns import Calls, Loop, Plan, ToolsOf, TurnOrder
from building.document_search import document_search_tool
from building.fetching import page_fetcher
from chains.conversations import Conversations
from chains.live import LiveAnswers
from chains.model_shelf import Models
from chains.room_model import RoomModel
from chains.turn_news import TurnListener
from components.services import AgentRoom, DocumentsRoom
from components.visitors import Visitors
from settings import Settings, child_environment, operator_variables
from storage.claims import Claims
from storage.conversations import ConversationStore
from storage.database import Database
from storage.notes import NoteStore

if TYPE_CHECKING:
    from agents.tools.mcp_servers import McpServers
    from rag.web_article import ArticleReader, WebArticle

READING_SECONDS = 10.0  # of a page: the tool that reads it has more


def build_agent_room(
    settings: Settings,
    database: Database,
    models: Models,
    documents: DocumentsRoom,
    on_end: TurnListener,
    visitors: Visitors,
) -> AgentRoom:
    """The Agent room's services; ``on_end`` hears of each turn, and ``visitors`` know what each may have.

    Raises SettingInvalid for what the operator listed and cannot be used.
    """
    shelf = build_tool_shelf(settings)
    store, live = ConversationStore(database), LiveAnswers(Claims(database), on_end)
    tools = _tools_of(settings, shelf, documents, visitors)
    parts = AgentParts(models, tools, _Turns(), Approvals(), settings.max_message_characters)

    always = {} if settings.tavily_api_key else {"web_search": "app_tool_note_no_key"}

    def notes() -> Mapping[str, str]:
        away = [server.name for server in shelf.status if server.state is ServerState.UNREACHABLE]
        return always | dict.fromkeys(away, "app_tool_note_server")

    answers = AgentAnswers(store, NoteStore(database), live, parts)
    return AgentRoom(Conversations(store, live, ROOM), answers, models, chosen_for, notes, shelf.close)


def build_tool_shelf(settings: Settings) -> ToolShelf:
    """The tools that are the same for everybody, and those of the operator."""
    key = settings.tavily_api_key
    keyed = TavilySearch(key, address=settings.tavily_base_url or ADDRESS) if key else None
    fetch = page_fetcher(settings, READING_SECONDS)

    async def read(url: str) -> WebArticle:
        fetched = await fetch(url)
        reader = await asyncio.to_thread(_article_reader)
        return await reader.read(fetched)

    fixed = [web_search_tool(keyed, DdgsSearch()), read_page_tool(read), calculator_tool(), date_time_tool()]
    own = load_tools(settings.tools_dir) if settings.tools_dir else ()
    servers = read_servers(settings.mcp_servers, operator_variables()) if settings.mcp_servers else {}
    make_servers = partial(_mcp_servers, servers, settings.cache_dir.absolute()) if servers else None
    return ToolShelf((*fixed, *own), make_servers)


def _tools_of(settings: Settings, shelf: ToolShelf, documents: DocumentsRoom, visitors: Visitors) -> ToolsOf:
    """Adds what is different for each owner or language."""
    fetch = page_fetcher(settings, READING_SECONDS)
    keyless_search = web_search_tool(None, DdgsSearch())
    encyclopedias = {"es": wikipedia_tool(fetch, "es"), "en": wikipedia_tool(fetch, "en")}

    async def tools(owner: str, language: str) -> tuple[AgentTool, ...]:
        search, *others = await shelf.tools()
        if not visitors.lends(owner):
            search = keyless_search
        if not visitors.allows_addresses(owner):
            others = [tool for tool in others if tool.reach is not Reach.ADDRESS]
        own = (encyclopedias[language], document_search_tool(owner, documents))
        names = {tool.name for tool in own}
        return (search, *own, *(tool for tool in others if tool.name not in names))

    return tools


class _Turns:
    """As ``agents.turns.Turns``; the loop is imported with the first turn."""

    def plan(self, room_model: RoomModel, options: AgentOptions, language: str) -> Plan:
        return planned(room_model, options, language, datetime.now().astimezone().date())

    def begin(self, order: TurnOrder) -> tuple[Loop, Calls]:
        from agents.beginning import begin

        return begin(order)


def _mcp_servers(servers: Mapping[str, McpServer], log_dir: Path) -> McpServers:
    from agents.tools.mcp_servers import McpServers

    return McpServers(servers, log_dir)


@cache
def _article_reader() -> ArticleReader:
    from rag.web_article import ArticleReader

    return ArticleReader(child_environment())
