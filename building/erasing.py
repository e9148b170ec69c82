"""Deletes all that is kept of an owner, wherever it is: what they ask for, and what happens to what expires."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from components.services import Services
from errors import CollectionNotFound, EvaluationNotFound, StorageFailed
from models.parked_folders import ParkedFolders
from storage.database import Database
from storage.holdings import Holdings
from storage.sqlite_file import erase_in_backups

ROUNDS = 2  # somebody may have been adding while the first went on
SETTLING_S = 30.0

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class KeptIn:
    """The folders that hold what is not in the database or beside documents' files."""

    backups: Path
    parked: Path | None = None


class Eraser:
    """To be called on the page's loop. Whatever is written for the owner meanwhile finds nothing to be written to."""

    def __init__(self, services: Services, database: Database, kept: KeptIn) -> None:
        self._services = services
        self._database = database
        self._kept = kept
        self._holdings = Holdings(database)

    async def __call__(self, owner: str) -> None:
        """All of it, for good. Work for the owner is stopped. Raises StorageFailed or StorageFull."""
        models, playground = self._services.models, self._services.playground
        for one in await asyncio.to_thread(models.evaluating.store.listed, owner):
            with suppress(EvaluationNotFound):
                await models.evaluating.runner.delete(owner, one.id)
        models.comparing.shelf.forget(owner)
        playground.exports.forget(owner)
        models.keys.forget(owner)
        await asyncio.to_thread(self._erase_stored, owner)

    def _erase_stored(self, owner: str) -> None:
        documents = self._services.documents
        for _ in range(ROUNDS):
            for collection_id in self._holdings.collections(owner):
                with suppress(CollectionNotFound):
                    documents.library.delete_collection(owner, collection_id)
            self._holdings.delete_all(owner)
            if not documents.settled(SETTLING_S):
                logger.warning("indexes still hold what was deleted: the next start takes it out")
        if not self._database.fold_log():
            logger.warning("the log of the database still holds what was deleted: the next deletion takes it out")
        ParkedFolders(self._kept.parked).clear()
        try:
            erase_in_backups(self._kept.backups, owner)
        except OSError as error:
            raise StorageFailed from error
