"""What failed behind the page: storage and the model's process."""

from __future__ import annotations

from errors.tertulia_error import TertuliaError


class StorageError(TertuliaError):
    """What was to be kept could not be written or read; what was kept before is whole."""


class StorageFull(StorageError):
    """No room is left on the disk of the database."""

    key = "error_storage_full"


class StorageFailed(StorageError):
    """The database failed in some other way."""

    key = "error_storage_failed"


class DataUnreadable(StorageError):
    """What lies encrypted in the database does not open: it was changed there, or is of another key."""

    key = "error_data_unreadable"


class EngineError(TertuliaError):
    """The model's process failed."""


class EngineDied(EngineError):
    """It ended in the middle of a request; it is being restarted."""

    key = "error_engine_died"


class EngineUnavailable(EngineError):
    """It ended too often and is not being restarted."""

    key = "error_engine_unavailable"


class EngineBusy(EngineError):
    """Too many requests wait already."""

    key = "error_engine_busy"


class GenerationFailed(EngineError):
    """It could not finish this request."""

    key = "error_generation_failed"
