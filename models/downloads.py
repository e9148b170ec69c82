"""Gets models from a hub or from this machine, each in a thread of its own, and tells how far they are.

Who may have it done is for the caller to know: a model fills the disk, and its file is a risk of its own.
"""

from __future__ import annotations

import errno
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout

from errors import (
    ModelAlreadyComing,
    ModelAlreadyHere,
    ModelFileSplit,
    ModelNotHere,
    ModelNotSaved,
    TertuliaError,
)
from models.disk_room import SPARED_BYTES, RoomySource, free_bytes, give_back, no_room
from models.download_job import Download, DownloadState, Job
from models.download_source import LocalSource, Source
from models.gguf import read_gguf
from models.hub import HubOptions, look_up
from models.model_folder import ModelFolder, hub_name, local_name
from models.transfer import Meter, Patience, Transfer, TransferStopped

CLOSING_S = 5.0
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class DownloadOptions:
    """``free_bytes`` of the disk that a folder is on."""

    hub: HubOptions = field(default_factory=HubOptions)
    patience: Patience = field(default_factory=Patience)
    free_bytes: Callable[[Path], int] = free_bytes
    clock: Callable[[], float] = time.monotonic


class Downloads:
    """All calls may come from any thread and answer at once, but for ``wait``, ``wait_for_change`` and ``discard``."""

    def __init__(self, folder: ModelFolder, options: DownloadOptions | None = None) -> None:
        self._folder = folder
        self._options = options or DownloadOptions()
        self._changed = threading.Condition()
        self._jobs: dict[str, Job] = {}
        self._version = 0

    def get(self, repository: str, file: str, revision: str = "main", sha256: str | None = None) -> str:
        """Begin with a file of the hub, or go on with it; ``sha256`` where somebody knows it. Returns its name here.

        Raises ModelNameInvalid, ModelFileSplit, ModelAlreadyHere and ModelAlreadyComing; the rest is told later.
        """
        name = hub_name(repository, file)
        self._start(name, lambda: look_up(self._options.hub, repository, file, revision), sha256=sha256)
        return name

    def bring(self, path: Path) -> str:
        """Have a file of this machine here too, without a copy where the disk can do that. Returns its name here.

        Raises ModelFileMissing and ModelFileBroken besides what ``get`` raises.
        """
        name = local_name(path)
        if read_gguf(path).num_files > 1:
            raise ModelFileSplit(file=path.name)
        self._start(name, lambda: LocalSource(path), origin=path)
        return name

    def cancel(self, name: str) -> None:
        """What came so far is kept. Nothing happens to what is over."""
        with self._changed:
            if (job := self._jobs.get(name)) is not None:
                job.stop.set()
        self._touch()

    def discard(self, name: str) -> None:
        """Stop, and forget what came; a model that is whole is deleted as well. Raises ModelNotHere."""
        self.cancel(name)
        job = self._jobs.get(name)
        if job is not None and job.thread is not None:
            job.thread.join()
        self.forget(name)
        try:
            self._folder.delete(name)
        except ModelNotHere:
            if job is None:
                raise

    def forget(self, name: str) -> None:
        """Tell no more of something that is over."""
        with self._changed:
            if (job := self._jobs.get(name)) is not None and job.told().is_over:
                del self._jobs[name]
        self._touch()

    def all(self) -> list[Download]:
        """In the order in which they were begun."""
        with self._changed:
            return [job.told() for job in self._jobs.values()]

    def progress(self, name: str) -> Download:
        """Raises ModelNotHere where none was begun, or it was forgotten."""
        with self._changed:
            if (job := self._jobs.get(name)) is None:
                raise ModelNotHere(name=name)
            return job.told()

    @property
    def version(self) -> int:
        """Grows with every change."""
        return self._version

    def wait_for_change(self, version: int, timeout_s: float | None = None) -> int:
        """Block until something is different from what it was at ``version``. Returns the version then."""
        with self._changed:
            self._changed.wait_for(lambda: self._version != version, timeout_s)
            return self._version

    def wait(self, name: str, timeout_s: float | None = None) -> Download:
        """Block until it is over, or the time is."""
        with self._changed:
            self._changed.wait_for(lambda: self.progress(name).is_over, timeout_s)
        return self.progress(name)

    def close(self, timeout_s: float = CLOSING_S) -> None:
        """Stop all; another start of the program can go on from there."""
        with self._changed:
            jobs = list(self._jobs.values())
        for job in jobs:
            job.stop.set()
        deadline = time.monotonic() + timeout_s
        for job in jobs:
            if job.thread is not None:
                job.thread.join(max(0.0, deadline - time.monotonic()))

    def _start(
        self, name: str, find: Callable[[], Source], origin: Path | None = None, sha256: str | None = None
    ) -> None:
        with self._changed:
            before = self._jobs.get(name)
            if self._folder.place(name).exists():
                raise ModelAlreadyHere(name=name)
            if before is not None and not before.told().is_over:
                raise ModelAlreadyComing(name=name)
            job = Job(name, find, Meter(self._touch, self._options.clock), origin, sha256)
            earlier = before.thread if before is not None else None
            job.thread = threading.Thread(target=self._run, args=(job, earlier), name="download", daemon=True)
            self._jobs.pop(name, None)
            self._jobs[name] = job
            job.thread.start()
        self._touch()

    # --- a thread ----------------------------------------------------------------------------------------------------

    def _run(self, job: Job, earlier: threading.Thread | None) -> None:
        if earlier is not None:
            earlier.join()  # it was stopped, and may still wait for a slow server
        try:
            with self._folder_faults(job):
                self._fetch(job)
            self._end(job, DownloadState.DONE)
        except TransferStopped:
            self._end(job, DownloadState.STOPPED)
        except TertuliaError as error:
            self._end(job, DownloadState.FAILED, error)
        except Exception as error:  # noqa: BLE001 (nobody else would ever hear of it)
            logger.error("a download failed: %s", type(error).__name__)
            self._end(job, DownloadState.FAILED, TertuliaError())

    def _fetch(self, job: Job) -> None:
        place = self._folder.place(job.name)
        place.parent.mkdir(parents=True, exist_ok=True)
        with _held(self._folder.lock(job.name), job.name):
            if place.exists() or (job.origin is not None and _link(job.origin, place)):
                job.meter.begin(place.stat().st_size, place.stat().st_size)
                return
            source = job.find()
            part = self._folder.part(job.name, source.version)
            self._drop_others(job.name, part)
            self._check_room(job, source, part)
            self._transfer(job, source, part)
            part.replace(place)

    def _transfer(self, job: Job, source: Source, part: Path) -> None:
        roomy = RoomySource(job.name, source, partial(self._options.free_bytes, part.parent))
        try:
            Transfer(job.name, roomy, part, job.meter, job.sha256).run(job.stop, self._options.patience)
        except OSError as error:
            if error.errno in NO_ROOM:
                give_back(part)
            raise

    def _drop_others(self, name: str, part: Path) -> None:
        """Parts of the file as it was before."""
        for other in self._folder.parts(name):
            if other != part:
                other.unlink(missing_ok=True)

    def _check_room(self, job: Job, source: Source, part: Path) -> None:
        """Also for what the other downloads will still write."""
        here = part.stat().st_size if part.exists() else 0
        with self._changed:
            coming = [other.told() for other in self._jobs.values() if other is not job]
        promised = sum((other.num_bytes or 0) - other.num_done for other in coming if not other.is_over)
        needed = max(0, source.num_bytes - here) + promised + SPARED_BYTES
        free = self._options.free_bytes(part.parent)
        if free < needed:
            raise no_room(job.name, needed, free)

    @contextmanager
    def _folder_faults(self, job: Job) -> Iterator[None]:
        """What the disk refuses, as ours."""
        try:
            yield
        except OSError as error:
            path = self._folder.folder
            if error.errno in NO_ROOM:
                rest = (job.meter.num_bytes or 0) - job.meter.num_done
                raise no_room(job.name, rest + SPARED_BYTES, self._options.free_bytes(path)) from error
            raise ModelNotSaved(name=job.name, path=path) from error

    def _end(self, job: Job, outcome: DownloadState, error: TertuliaError | None = None) -> None:
        with self._changed:
            job.outcome, job.error = outcome, error
        self._touch()

    def _touch(self) -> None:
        with self._changed:
            self._version += 1
            self._changed.notify_all()


@contextmanager
def _held(path: Path, name: str) -> Iterator[None]:
    """The model is this thread's: another program on the same folder would write into the same part."""
    lock = FileLock(path, blocking=False, thread_local=False)
    try:
        lock.acquire()
    except Timeout as error:
        raise ModelAlreadyComing(name=name) from error
    try:
        yield
    finally:
        lock.release()


def _link(origin: Path, place: Path) -> bool:
    """One file under two names, where both are on one disk and its file system can do that."""
    try:
        os.link(origin.resolve(), place)
    except OSError:
        return False
    return True
