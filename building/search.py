"""Search over documents, with indexes in the data folder, each of which can be lost."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from models.embedding.shelf import EmbedderShelf
from rag.document_work import settings_in_force
from rag.index_keeper import SERVER_PAUSE_SECONDS, IndexKeeper
from rag.lexical_indexes import LexicalIndexes
from rag.listings import Listings
from rag.search import Indexes, Searcher, Stores
from rag.upkeep import Upkeep
from settings import Settings
from storage.collections import CollectionStore
from storage.database import Database
from storage.passage_ids import PassageIds
from storage.passages import PassageStore

if TYPE_CHECKING:
    from rag.vector_index import ChromaIndex
    from rag.vector_server import ChromaServer


def build_searcher(settings: Settings, database: Database, shelf: EmbedderShelf, upkeep: Upkeep) -> Searcher:
    """Search over indexes in the data folder, each of which can be lost."""
    passages, folder = PassageStore(database), settings.data_dir.absolute() / "index"
    keeper = _index_keeper(settings, folder / "vectors", passages, upkeep)
    lexical = LexicalIndexes(folder / "lexical", passages, upkeep)
    stores = Stores(CollectionStore(database), Listings(PassageIds(database)), passages)
    return Searcher(
        stores, Indexes(lexical, keeper), lambda collection: shelf.get(settings_in_force(collection).embedder)
    )


def _index_keeper(settings: Settings, folder: Path, passages: PassageStore, upkeep: Upkeep) -> IndexKeeper:
    """Over files of our own, or a server."""
    if settings.chroma_url is None:
        return IndexKeeper(folder, _open_index, passages, upkeep)
    open_server = partial(_open_server, settings.chroma_url)
    return IndexKeeper(folder, open_server, passages, upkeep, pause_s=SERVER_PAUSE_SECONDS)


def _open_server(url: str, _: Path) -> ChromaServer:
    from rag.vector_server import ChromaServer

    return ChromaServer(url)


def _open_index(folder: Path) -> ChromaIndex:
    from rag.vector_index import ChromaIndex

    return ChromaIndex(folder)
