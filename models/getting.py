"""Begins downloads and goes on with them, by all that is known: the catalogue's hashes, and where files came from."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from errors import ModelNotHere
from models.catalogue import Catalogue
from models.download_job import Download, DownloadState
from models.downloads import Downloads
from models.model_folder import LOCAL, ModelFolder


@dataclass(frozen=True)
class HubPlace:
    """Where a model of the folder came from."""

    repository: str
    file: str

    @classmethod
    def of(cls, stored_name: str) -> HubPlace | None:
        """None for those of this machine."""
        owner, _, rest = stored_name.partition("/")
        name, _, file = rest.partition("/")
        return cls(f"{owner}/{name}", file) if file and owner != LOCAL else None


class Getting:
    """Over ``downloads``; whatever it is asked for blocks briefly at the most. ``origins`` of files of this machine."""

    def __init__(self, catalogue: Catalogue, downloads: Downloads, folder: ModelFolder) -> None:
        self._catalogue = catalogue
        self._downloads = downloads
        self._folder = folder
        self._origins: dict[str, Path] = {}

    def get(self, repository: str, file: str) -> str:
        """Begin with a file of the hub, or go on with it; of one in the catalogue the hash is known. Raises as that."""
        entry = self._catalogue.find_file(repository, file)
        if entry is None:
            return self._downloads.get(repository, file)
        return self._downloads.get(entry.repository, entry.file, sha256=entry.sha256)

    def bring(self, path: Path) -> str:
        """Have a file of this machine here, too. Raises as Downloads.bring."""
        name = self._downloads.bring(path)
        self._origins[name] = path
        return name

    def can_go_on(self, name: str) -> bool:
        """Whether it is known where the rest of ``name`` comes from."""
        return name in self._origins or HubPlace.of(name) is not None

    def go_on(self, name: str) -> str:
        """Raises as ``get``, and ModelNotHere when nobody knows where it came from."""
        if (origin := self._origins.get(name)) is not None:
            return self.bring(origin)
        place = HubPlace.of(name)
        if place is None:
            raise ModelNotHere(name=name)
        return self.get(place.repository, place.file)

    def coming(self) -> list[Download]:
        """What was begun since the program started, and then what was left unfinished before."""
        begun = self._downloads.all()
        known = {download.name for download in begun}
        left = {part.name: part.num_bytes for part in self._folder.unfinished() if part.name not in known}
        stopped = [Download(name, DownloadState.STOPPED, size, self._size(name)) for name, size in left.items()]
        return begun + stopped

    def _size(self, name: str) -> int | None:
        place = HubPlace.of(name)
        entry = self._catalogue.find_file(place.repository, place.file) if place else None
        return entry.size_bytes if entry is not None and entry.sha256 else None


def free_disk(folder: Path) -> int:
    """Bytes that the disk has left on which ``folder`` is, or will be."""
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    return shutil.disk_usage(there).free
