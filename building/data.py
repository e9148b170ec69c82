"""The page of everybody's own data, and what it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from building.erasing import Eraser, KeptIn
from building.expiry import Expiring, Expiry
from components.services import DataRoom, Services
from settings import Settings
from storage.database import Database
from storage.holdings import Holdings


def with_data(services: Services, database: Database, kept: KeptIn, hours_kept: Callable[[], float]) -> Services:
    """``services`` with the page."""
    erase, holdings = Eraser(services, database, kept), Holdings(database)
    expiring = Expiring(holdings, erase, hours_kept, services.presence.is_here, services.audit)
    return replace(services, data=DataRoom(holdings, erase, hours_kept, Expiry(expiring).serving))


def kept_in(settings: Settings) -> KeptIn:
    """Where the program keeps what is beside the database."""
    folder = settings.data_dir.absolute()
    return KeptIn(folder / "backups", folder / "parked")
