"""The folders that the program keeps its files in."""

from __future__ import annotations

from pathlib import Path

from errors import FolderNotWritable
from settings import Settings


def make_folders(settings: Settings) -> None:
    """For this user alone. Raises FolderNotWritable."""
    folders = {"DATA": settings.data_dir, "CACHE": settings.cache_dir, "SHARED": settings.shared_folder}
    for name, folder in folders.items():
        _make_folder(folder, f"TERTULIA_{name}_DIR")


def _make_folder(folder: Path, setting: str) -> None:
    """Make ``folder`` and try to write in it."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        trial = folder / ".writable"
        trial.touch()
        trial.unlink()
    except OSError as error:
        raise FolderNotWritable(path=folder, setting=setting) from error
