"""What the operator does with files of models: get, stop, discard, delete. Who asks was checked before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from components import model_catalogue_figures as figures
from components.local_text import LocalText
from components.model_catalogue_found import hub_files, local_files
from components.model_catalogue_panel import MAX_NAME, MAX_PATH
from components.model_catalogue_screen import ModelCatalogueScreen
from components.models_room import FilesRoom
from components.page_action import PageAction
from components.shown_errors import Update
from errors import ModelFileMissing, ModelFileUnknown, ModelNotHere
from models.getting import Getting, free_disk
from models.hub import listed_files
from models.known_models import KnownModel, KnownModels
from models.model_folder import StoredModel, gguf_files, hub_name
from safety.surrogates import without_surrogates

ANY_FILE = "any.gguf"


class Adding:
    """All but ``do`` block."""

    def __init__(self, room: FilesRoom, getting: Getting, known: KnownModels) -> None:
        self._room = room
        self._getting = getting
        self._known = known

    async def do(self, screen: ModelCatalogueScreen, action: PageAction) -> Update | None:
        """What to say of it; None where it is nothing that can be asked for."""
        name = action.text("name")[:MAX_PATH]
        if action.name == "delete":
            return await self._delete(screen, name)
        deed = self._deeds.get(action.name)
        if deed is None:
            return None
        await asyncio.to_thread(deed, name)
        return {} if action.name in ("hide", "cancel") else screen.say(f"app_md_did_{action.name}")

    @property
    def _deeds(self) -> dict[str, Callable[[str], object]]:
        return {
            "get": self._getting.go_on,
            "bring": lambda name: self._getting.bring(_place(name)),
            "cancel": self._room.downloads.cancel,
            "discard": self._discard,
            "hide": self._room.downloads.forget,
        }

    def _discard(self, name: str) -> None:
        """Should it have become whole a moment ago, it stays."""
        self._room.downloads.cancel(name)
        if not self._room.folder.place(name).exists():
            self._room.downloads.discard(name)

    async def _delete(self, screen: ModelCatalogueScreen, stored_name: str) -> Update:
        """One of the folder: what came with the program is not in it. Of those that write, answers end before."""
        model = await asyncio.to_thread(self._find, stored_name)
        if model.local_name:
            await self._room.local.delete(model.local_name)
            await asyncio.to_thread(self._room.downloads.forget, stored_name)
        else:
            await asyncio.to_thread(self._room.downloads.discard, stored_name)
        freed = figures.size(screen.visit.text, model.size_bytes)
        return screen.say("app_md_deleted", name=model.name, size=freed)

    def _find(self, stored_name: str) -> KnownModel:
        found = (model for model in self._known.all() if stored_name and model.stored_name == stored_name)
        model = next((model for model in found if model.is_here), None)
        if model is None:
            raise ModelNotHere(name=stored_name)
        return model

    def of_hub(self, repository: str, file: str, text: LocalText) -> str:
        """Raises a DownloadError."""
        repository, file = (_plain(given)[:MAX_NAME] for given in (repository, file))
        hub_name(repository, file or ANY_FILE)
        files = [one for one in listed_files(self._room.hub, repository) if file in ("", one.path)]
        if file and not files:
            raise ModelFileUnknown(repository=repository, file=file)
        return hub_files(repository, files, free_disk(self._room.folder.folder), text)

    def of_machine(self, given: str, text: LocalText) -> str:
        """Raises ModelFileMissing."""
        path = _place(given)
        files = gguf_files(path) if path.is_dir() else [StoredModel(path.name, path, path.stat().st_size)]
        return local_files(files, free_disk(self._room.folder.folder), text)


def _place(given: str | None) -> Path:
    """A file or folder that is there. Raises ModelFileMissing."""
    shown = _plain(given)[:MAX_PATH]
    try:
        path = Path(shown).expanduser()
        is_there = path.is_absolute() and path.exists()
    except (OSError, ValueError, RuntimeError) as error:  # a name that no path can have, or nobody's home
        raise ModelFileMissing(path=shown) from error
    if not is_there:
        raise ModelFileMissing(path=shown)
    return path


def _plain(given: str | None) -> str:
    """As somebody copied it."""
    return without_surrogates(given or "").strip().strip("\"'")
