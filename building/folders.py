"""The folders that the program keeps its files in."""

from __future__ import annotations

from pathlib import Path

from errors import FolderNotWritable
from settings import Settings


def make_folders(settings: Settings) -> None:
    """For this user alone. Raises FolderNotWritable."""
    for name, folder in (("TERTULIA_DATA_DIR", settings.data_dir), ("TERTULIA_CACHE_DIR", settings.cache_dir)):
        _make_folder(folder, name)


def _make_folder(folder: Path, setting: str) -> None:
    """Make ``folder`` and try to write in it."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        trial = folder / ".writable"
        trial.touch()
        trial.unlink()
    except OSError as error:
        raise FolderNotWritable(path=folder, setting=setting) from error
