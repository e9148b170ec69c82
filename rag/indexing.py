"""Indexes documents one after the other in a thread of its own, while the room is used.

Every document that is PENDING or INDEXING has a job here, or will have one when the program starts again.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from errors import CollectionNotFound, DocumentCancelled, DocumentNotFound, StorageError, TertuliaError
from rag.document_work import DocumentWork, Job, Progress, Stopped, Stores, Tools
from rag.turns import Turns
from safety.sandbox import SandboxCancelled
from storage.claims import Claims, document_key
from storage.document_records import Document, DocumentStatus
from storage.documents import DocumentChange

CLOSING_S = 5.0  # a batch that takes longer is left behind: nothing of it is kept, and its passages are embedded again
UNFINISHED = (DocumentStatus.PENDING, DocumentStatus.INDEXING)

logger = logging.getLogger(__name__)


class Indexer:
    """All calls may come from any thread; those that write block."""

    def __init__(self, stores: Stores, tools: Tools, claims: Claims | None = None) -> None:
        self._stores = stores
        self._claims = claims
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._work = DocumentWork(stores, tools, self._lock, self._tell, self._is_mine)
        self._turns = Turns()
        self._jobs: dict[str, Job] = {}
        self._versions: Counter[str] = Counter()
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="indexing", daemon=True)

    def resume(self) -> None:
        """Take up what the last run of the program left unfinished, and begin. To be called once."""
        self.adopt()
        self._thread.start()

    def adopt(self) -> None:
        """Take up what no process that lives is indexing."""
        for owner, found in self._stores.documents.unfinished():
            with self._changed:
                if self._is_closed or found.id in self._jobs or not self._take(found.id):
                    continue
                try:
                    document = self._stores.documents.get(owner, found.id)
                except DocumentNotFound:
                    self._release(found.id)
                    continue
                if document.status in UNFINISHED:
                    self._put(owner, document)
                else:  # whoever had it finished it before we took it
                    self._release(found.id)

    def close(self, timeout_s: float = CLOSING_S) -> None:
        """Stop where it is; the next start goes on from there."""
        with self._changed:
            self._is_closed = True
            for job in self._jobs.values():
                job.stop.set()
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)

    def add(self, owner: str, document: Document) -> None:
        """Have an unfinished document indexed, after the owner's others."""
        with self._changed:
            self._drop(document.id)
            if self._claims is not None:
                self._claims.seize(document_key(document.id))
            self._put(owner, document)

    def drop(self, document_ids: Iterable[str]) -> None:
        """Nothing is written for these documents any more when this returns, unless they are added again."""
        with self._changed:
            for document_id in document_ids:
                self._drop(document_id)

    def cancel(self, owner: str, document_id: str) -> None:
        """Let the document be, FAILED with the reason. Nothing happens to one that is finished already."""
        with self._changed:
            document = self._stores.documents.get(owner, document_id)
            if document.status in UNFINISHED:
                if self._claims is not None:
                    self._claims.seize(document_key(document_id))
                self._drop(document_id)
                self._release(document_id)
                self._put_fault(owner, document_id, DocumentCancelled(name=document.name))
                self._touch(owner)

    def touch(self, owner: str) -> None:
        """Something of the owner's documents is different now."""
        with self._changed:
            self._touch(owner)

    def version(self, owner: str) -> int:
        """Grows whenever anything about the owner's documents changes, their progress too. Answers at once."""
        return self._versions[owner]

    def progress(self, document_id: str) -> Progress | None:
        """None while it waits, and when it is finished. Answers at once."""
        job = self._jobs.get(document_id)
        return job.progress if job is not None else None

    def wait_until_idle(self, timeout_s: float | None = None) -> bool:
        """Block until no document waits or is worked on. Returns whether that came about in time."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._jobs, timeout_s)

    # --- the thread --------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while (job := self._next_job()) is not None:
            if self._is_over(job):
                with self._changed:
                    if self._jobs.get(job.document_id) is job:
                        del self._jobs[job.document_id]
                        self._release(job.document_id)
                    self._touch(job.owner)

    def _next_job(self) -> Job | None:
        """Waits for one. None at the end."""
        with self._changed:
            while not self._is_closed:
                if (job := self._turns.take()) is not None:
                    return job
                self._changed.wait()
        return None

    def _is_over(self, job: Job) -> bool:
        try:
            is_over = self._do_some(job)
        except (Stopped, SandboxCancelled, DocumentNotFound, CollectionNotFound):
            return True  # whoever stopped or deleted it has seen to the rest
        except TertuliaError as error:
            self._fail(job, error)
            return True
        except Exception as error:  # noqa: BLE001 (one document must not keep all others from being indexed)
            logger.error("indexing failed: %s", type(error).__name__)
            self._fail(job, TertuliaError())
            return True
        if not is_over:
            with self._changed:
                if not job.stop.is_set():
                    self._turns.add_again(job)
        return is_over

    def _do_some(self, job: Job) -> bool:
        if job.is_read:
            return self._work.embed(job)
        self._work.read(job)
        return False

    def _fail(self, job: Job, error: TertuliaError) -> None:
        with self._changed:
            if job.stop.is_set():
                return
            try:
                self._put_fault(job.owner, job.document_id, error)
            except DocumentNotFound:
                pass
            except StorageError as fault:  # it stays as it was, and the next start takes it up again
                logger.warning("a fault could not be kept: %s", fault.key)

    # --- the caller holds the lock -----------------------------------------------------------------------------------

    def _put(self, owner: str, document: Document) -> None:
        job = Job(owner, document.id, is_read=document.status is DocumentStatus.INDEXING)
        self._jobs[document.id] = job
        self._turns.add(job)
        self._touch(owner)

    def _take(self, document_id: str) -> bool:
        return self._claims is None or self._claims.take(document_key(document_id))

    def _is_mine(self, document_id: str) -> bool:
        return self._claims is None or self._claims.is_mine(document_key(document_id))

    def _release(self, document_id: str) -> None:
        if self._claims is not None:
            try:
                self._claims.release(document_key(document_id))
            except StorageError as error:  # others take it over when this process ends
                logger.warning("a claim could not be released: %s", error.key)

    def _drop(self, document_id: str) -> None:
        job = self._jobs.pop(document_id, None)
        if job is not None:
            job.stop.set()
            self._release(document_id)
            self._turns.remove(job)
            self._touch(job.owner)

    def _put_fault(self, owner: str, document_id: str, error: TertuliaError) -> None:
        fault = DocumentChange(fault=error.key, fault_values=_as_json(error.values), status=DocumentStatus.FAILED)
        self._stores.documents.change(owner, document_id, **fault)

    def _tell(self, job: Job) -> None:
        with self._changed:
            self._touch(job.owner)

    def _touch(self, owner: str) -> None:
        self._versions[owner] += 1
        self._changed.notify_all()


def _as_json(values: Mapping[str, object]) -> dict[str, Any]:
    return {name: value if isinstance(value, int | float) else str(value) for name, value in values.items()}
