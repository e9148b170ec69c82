"""``app.py --get``: a model of the hub or of this machine is got, while the console shows how far it is."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

from building.console import EXIT_STOPPED, Console
from building.downloads import build_downloads, hub_options, model_folder
from components.model_catalogue_figures import size, time_left
from errors import ModelAlreadyHere, ModelFileMissing, TertuliaError
from models.catalogue import Catalogue
from models.download_job import Download, DownloadState
from models.downloads import Downloads
from models.getting import Getting
from models.hub import listed_files
from models.model_folder import gguf_files
from settings import Settings

EXIT_FAILED = 1
LOOK_EVERY_S = 0.25
REPOSITORY = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*", re.ASCII)
STEPS = 10  # lines of a download that nobody looks at


def get_model(settings: Settings, console: Console, wanted: Sequence[str]) -> int:
    """Returns the exit code.

    ``wanted`` is a repository and its file, a model of the catalogue by its id, a file or a folder of this machine; or
    a repository alone, whose files are then listed.
    """
    with closing(build_downloads(settings)) as downloads:
        getting = Getting(Catalogue.load(), downloads, model_folder(settings))
        try:
            if len(wanted) == 1 and _is_repository(wanted[0]):
                return _list_files(settings, console, wanted[0])
            ends = [_Watch(console, downloads, name).end() for name in _begun(console, getting, wanted)]
        except TertuliaError as error:
            console.complain(error)
            return EXIT_FAILED
        except KeyboardInterrupt:
            downloads.close()
            console.show("")
            console.say("get_stopped", command=f"python app.py --get {shlex.join(wanted)}")
            return EXIT_STOPPED
    return 0 if all(ends) else EXIT_FAILED


def _is_repository(word: str) -> bool:
    return bool(REPOSITORY.fullmatch(word)) and not Path(word).exists()


def _list_files(settings: Settings, console: Console, repository: str) -> int:
    found = listed_files(hub_options(settings), repository)
    if not found:
        console.say("get_none", repository=repository)
        return EXIT_FAILED
    for file in found:
        console.show(f"{size(console.text, file.size):>9}  {file.path}")
    console.say("get_one_of", repository=repository)
    return 0


def _begun(console: Console, getting: Getting, wanted: Sequence[str]) -> Iterator[str]:
    """Names of what is begun, each when the one before is over; what is here already is told, and is no fault."""
    calls: list[Callable[[], str]] = []
    if len(wanted) == 2:
        calls = [partial(getting.get, *wanted)]
    elif (entry := Catalogue.load().find(wanted[0])) is not None:
        calls = [partial(getting.get, entry.repository, entry.file)]
    else:
        calls = [partial(getting.bring, path) for path in _paths(Path(wanted[0]))]
    for call in calls:
        try:
            yield call()
        except ModelAlreadyHere as error:
            console.show(console.catalogue.error(console.language, error))


def _paths(path: Path) -> list[Path]:
    """Raises ModelFileMissing, also for a folder without any model."""
    paths = [found.path for found in gguf_files(path)] if path.is_dir() else [path]
    if not paths or not path.exists():
        raise ModelFileMissing(path=path)
    return paths


class _Watch:
    """Shows how far one download is: on one line of a terminal, elsewhere on a line now and then."""

    def __init__(self, console: Console, downloads: Downloads, name: str) -> None:
        self._console = console
        self._downloads = downloads
        self._name = name
        self._num_steps = 0

    def end(self) -> bool:
        """Whether the model is here now."""
        self._console.say("get_begun", name=self._name)
        while not (state := self._downloads.wait(self._name, LOOK_EVERY_S)).is_over:
            self._show(state)
        if self._console.is_terminal:
            self._console.replace("")
        if state.error is not None:
            self._console.complain(state.error)
        elif state.state is DownloadState.DONE:
            self._console.say("get_done", name=self._name, size=size(self._console.text, state.num_done))
        return state.state is DownloadState.DONE

    def _show(self, state: Download) -> None:
        if state.num_bytes is None:
            return
        if self._console.is_terminal:
            self._console.replace(self._line(state))
        elif (num_steps := STEPS * state.num_done // max(1, state.num_bytes)) > self._num_steps:
            self._num_steps = num_steps
            self._console.show(self._line(state))

    def _line(self, state: Download) -> str:
        text = self._console.text
        num_bytes = state.num_bytes or 0
        done = text.say("app_console_get_of", done=size(text, state.num_done), whole=size(text, num_bytes))
        parts = [text.percent(state.num_done / max(1, num_bytes)), done]
        if state.bytes_per_second:
            parts.append(f"{size(text, state.bytes_per_second)}/s")
        if state.seconds_left is not None:
            parts.append(time_left(text, state.seconds_left))
        return " · ".join(parts)
