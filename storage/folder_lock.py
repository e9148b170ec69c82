"""Keeps a second process out of a data folder."""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock, Timeout

from errors import DataFolderInUse


def lock_folder(folder: Path) -> FileLock:
    """Hold the folder until ``release()`` or the end of this process, however it ends. Raises DataFolderInUse."""
    lock = FileLock(folder / ".lock", blocking=False, thread_local=False)
    try:
        lock.acquire()
    except Timeout as error:
        raise DataFolderInUse(path=folder) from error
    return lock
