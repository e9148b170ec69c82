"""Hands the search of an owner's documents to the agent: the two rooms do not know each other."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from langchain_core.tools import StructuredTool

from agents.sources import Found
from agents.tools.tool import AgentTool, Observation, Reach
from components.services import DocumentsRoom
from rag.retrieval import Where
from rag.retriever import NUM_PASSAGES, DocumentQuery, DocumentRetriever, document_tool
from rag.search import Hit

TIMEOUT_S = 30.0  # the first search after the start loads the embedder
PLACE = "{name} · {page}"


def document_search_tool(owner: str, documents: DocumentsRoom) -> AgentTool:
    """Searches all collections of ``owner``. What it returns is theirs, and may have been written by others."""
    tool = document_tool(lambda query: _hits(owner, documents, query))

    async def observe(query: str) -> tuple[str, Observation]:
        content, hits = await asyncio.to_thread(tool.func, query) if tool.func else ("", ())
        return ("" if hits else content), Observation(tuple(map(_found, hits)))

    observing = StructuredTool.from_function(
        coroutine=observe,
        name=tool.name,
        description=tool.description,
        args_schema=DocumentQuery,
        response_format="content_and_artifact",
    )
    return AgentTool(observing, Reach.HERE, is_untrusted=True, is_private=True, timeout_s=TIMEOUT_S)


def _hits(owner: str, documents: DocumentsRoom, query: str) -> Sequence[Hit]:
    """The best of all collections: scores are calibrated, and so can be compared."""
    places = [Where(owner, collection.id) for collection in documents.library.collections(owner)]
    retrievers = [DocumentRetriever(searching=documents.reading.searcher, where=where) for where in places]
    hits = [hit for retriever in retrievers for hit in retriever.hits(query)]
    return sorted(hits, key=lambda hit: -hit.score)[:NUM_PASSAGES]


def _found(hit: Hit) -> Found:
    chunk = hit.passage.chunk
    title = PLACE.format(name=hit.passage.document_name, page=chunk.page)
    return Found(title, chunk.text, document_id=hit.passage.document_id)
