"""The folder of the models that were got: what is in it, what may be called what, and how to be rid of it.

A model's name is its path below the folder, with slashes: ``OWNER/REPOSITORY/FILE`` of the hub's, ``local/FILE`` of
those brought from this machine. Names come from outside, so only such become paths as mean the same everywhere.
What is not whole yet lies beside its place, under a name that begins with a dot.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from errors import ModelFileSplit, ModelNameInvalid, ModelNotDeleted, ModelNotHere

SUFFIX = ".gguf"
PART_SUFFIX = ".part"
LOCAL = "local"
MAX_CHARACTERS = 150  # of one part of a name; a file system takes 255 bytes, and a part's ending needs some
MAX_PARTS = 6
MAX_FOUND = 1_000  # files listed of a folder that somebody names
REPOSITORY = re.compile(r"[A-Za-z0-9_](?:[\w.-]{0,94}[A-Za-z0-9_])?", re.ASCII)
SPLIT = re.compile(r"-\d{5}-of-\d{5}\.gguf", re.IGNORECASE)
NOT_IN_NAMES = frozenset('<>:"|?*\\/')
RESERVED = {"con", "prn", "aux", "nul"} | {f"{port}{number}" for port in ("com", "lpt") for number in range(10)}


@dataclass(frozen=True)
class StoredModel:
    """``num_bytes`` on the disk; less than the model has while it is not whole."""

    name: str
    path: Path
    num_bytes: int


class ModelFolder:
    """All names are checked, also those that this folder gave."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def models(self) -> list[StoredModel]:
        """What is whole, by name."""
        return sorted((self._stored(path) for path in self._files(SUFFIX)), key=lambda model: model.name)

    def unfinished(self) -> list[StoredModel]:
        """What is not, by name; of two versions of a file, both."""
        parts = ((path, path.with_name(_whole_name(path.name))) for path in self._files(PART_SUFFIX))
        found = (StoredModel(self._name(whole), path, path.stat().st_size) for path, whole in parts)
        return sorted(found, key=lambda model: model.name)

    def path(self, name: str) -> Path:
        """Of a model that is here. Raises ModelNotHere."""
        path = self.place(name)
        if not path.is_file():
            raise ModelNotHere(name=name)
        return path

    def place(self, name: str) -> Path:
        """Where the model is, or will be. Raises ModelNameInvalid."""
        return self.folder.joinpath(*_checked(name))

    def part(self, name: str, version: str) -> Path:
        """Where the model grows. ``version``: parts of one file at two times must never be joined."""
        place = self.place(name)
        return place.with_name(f".{place.name}.{re.sub('[^a-z0-9]', '', version.lower())[:16]}{PART_SUFFIX}")

    def delete(self, name: str) -> None:
        """The model and whatever there is of it, and the folders that are left empty. Raises ModelNotHere."""
        place = self.place(name)
        found = [place, *self.parts(name)]
        if not any(path.is_file() for path in found):
            raise ModelNotHere(name=name)
        try:
            for path in [*found, self.lock(name)]:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise ModelNotDeleted(name=name) from error
        with suppress(OSError):  # not empty
            for folder in place.parents:
                if folder == self.folder:
                    break
                folder.rmdir()

    def parts(self, name: str) -> list[Path]:
        """All that was begun of the model."""
        place = self.place(name)
        begun = f".{place.name}."
        return [path for path in _listed(place.parent) if path.name.startswith(begun) and path.suffix == PART_SUFFIX]

    def lock(self, name: str) -> Path:
        """Held by whoever gets the model."""
        place = self.place(name)
        return place.with_name(f".{place.name}.lock")

    def _stored(self, path: Path) -> StoredModel:
        return StoredModel(self._name(path), path, path.stat().st_size)

    def _name(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()

    def _files(self, suffix: str) -> Iterator[Path]:
        """Those whose names are ours; whatever else somebody put there is let be."""
        is_part = suffix == PART_SUFFIX
        for path in _walk(self.folder):
            if path.suffix.lower() == suffix and path.name.startswith(".") == is_part:
                whole = path.with_name(_whole_name(path.name)) if is_part else path
                with suppress(ModelNameInvalid, ModelFileSplit):
                    if self.place(self._name(whole)) == whole:
                        yield path


def hub_name(repository: str, file: str) -> str:
    """What a file of the hub is called here. Raises ModelNameInvalid or ModelFileSplit."""
    owner, _, rest = repository.partition("/")
    if not (REPOSITORY.fullmatch(owner) and REPOSITORY.fullmatch(rest)) or "--" in repository or ".." in repository:
        raise ModelNameInvalid(name=repository)
    name = f"{repository}/{file}"
    _checked(name)
    return name


def local_name(path: Path) -> str:
    """What a file of this machine is called once it is brought. Raises ModelNameInvalid or ModelFileSplit."""
    name = f"{LOCAL}/{unicodedata.normalize('NFC', path.name)}"
    _checked(name)
    return name


def gguf_files(folder: Path) -> list[StoredModel]:
    """Whole model files below a folder of this machine, named by their path in it; those in parts are left out."""
    found = [path for path in _walk(folder) if path.suffix.lower() == SUFFIX and not SPLIT.search(path.name)]
    return [StoredModel(path.relative_to(folder).as_posix(), path, path.stat().st_size) for path in found[:MAX_FOUND]]


def _checked(name: str) -> list[str]:
    """The parts of a name that may become a path."""
    parts = name.split("/")
    if not 2 <= len(parts) <= MAX_PARTS or not all(_is_plain(part) for part in parts):
        raise ModelNameInvalid(name=name)
    if not parts[-1].lower().endswith(SUFFIX) or len(parts[-1]) == len(SUFFIX):
        raise ModelNameInvalid(name=name)
    if SPLIT.search(parts[-1]):
        raise ModelFileSplit(file=parts[-1])
    return parts


def _is_plain(part: str) -> bool:
    """Means the same in every file system, hides nothing and climbs nowhere."""
    if not part or len(part.encode(errors="replace")) > MAX_CHARACTERS or part[0] in ". " or part[-1] in ". ":
        return False
    if NOT_IN_NAMES.intersection(part) or any(unicodedata.category(character)[0] == "C" for character in part):
        return False
    return unicodedata.normalize("NFC", part) == part and part.split(".")[0].strip().lower() not in RESERVED


def _whole_name(part_name: str) -> str:
    """``.FILE.VERSION.part`` without what was added."""
    return part_name[1:].removesuffix(PART_SUFFIX).rpartition(".")[0]


def _walk(folder: Path) -> Iterator[Path]:
    """Files below it in the order of their names; links to folders are not followed."""
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (path for path in (Path(here, name) for name in sorted(files)) if path.is_file())


def _listed(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []
