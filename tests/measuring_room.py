"""What shows and measures how well documents are found, for tests of the page: over the library's own embedders."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

from chains.room_model import RoomModel
from components.services import MeasuringRoom
from models.embedding.embedder import Embedder
from rag.document_work import settings_in_force
from rag.evaluation import Evaluation, EvaluationStores, EvaluationTools
from rag.evaluation_model import EvaluationModel
from rag.evaluation_results import EvaluationResults
from rag.projection import Projection
from rag.splitting import split
from storage.database import Database
from storage.document_records import Collection, Passage
from storage.ratings import RatedAnswers
from storage.triples import Triple, TripleStore
from tests.library_room import LibraryRoom
from tests.reading_room import ShelfSearch


async def propose_anything(owner: str, passages: Sequence[Passage]) -> AsyncGenerator[Triple | None, None]:
    """In the place of the model: every other passage gives a question, each after a while."""
    for number, passage in enumerate(passages):
        await asyncio.sleep(0.05)
        text = passage.chunk.text
        yield None if number % 2 else Triple(f"Question {number}?", text[:20], text, passage.document_id)


def measuring_room(
    database: Database, library: LibraryRoom, model_of: Callable[[str], Awaitable[RoomModel]]
) -> MeasuringRoom:
    """Over what ``library`` keeps; without anything that reads passages again."""

    def embedder_of(collection: Collection) -> Embedder:
        return library.embedders[settings_in_force(collection).embedder]

    stores, model = library.stores, EvaluationModel(model_of)
    tools = EvaluationTools(
        ShelfSearch(stores), split, library.embedders.__getitem__, rewrite=model.rewrite, answer=model.answer
    )
    return MeasuringRoom(
        Projection(stores.collections, stores.passages, embedder_of),
        embedder_of,
        TripleStore(database),
        Evaluation(EvaluationStores(stores.collections, stores.documents, stores.passages), tools),
        EvaluationResults(stores.collections),
        RatedAnswers(database),
        propose_anything,
    )
