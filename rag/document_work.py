"""What is done for one document: its text is read and cut, then its passages are embedded, a few batches at a time.

What was done is in SQL after every step, and nowhere else: whoever takes a document up again, after others had their
turn or after the program was killed, goes on from there.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from errors import DocumentEmpty, DocumentTooLong, EmbedderUnavailable
from models.embedding.embedder import Embedder
from rag.document_files import DocumentFiles
from rag.passage_embedding import batches, embedded
from rag.settings import CollectionSettings, settings_of, stamp_of
from storage.collections import CollectionStore
from storage.document_records import Chunk, Collection, Document, Page, Passage
from storage.documents import DocumentChange, DocumentStore
from storage.passages import PassageStore

MAX_CHUNKS = 12_000  # 500 dense pages at the default size are about 4,000; 5 MB of text, all that is read, 10,000
BATCHES_A_TURN = 8  # then others have theirs


class Stopped(Exception):
    """Somebody cancelled, deleted or replaced the job: nothing more may be written for it."""


@dataclass(frozen=True)
class Progress:
    """Pages read or passages embedded. ``seconds_left`` is None until there is a speed to tell it from."""

    stage: Literal["reading", "embedding"]
    done: int
    total: int
    seconds_left: float | None = None


@dataclass(frozen=True)
class Reading:
    """What a document says. ``name`` is the title of a web page, and else the name it had."""

    pages: tuple[Page, ...]
    kind: str
    language: str
    name: str


class Reader(Protocol):
    """Blocks; ends early, with any exception, when the event is set. ``on_progress`` takes pages read, of how many."""

    def __call__(
        self, document: Document, path: Path, on_progress: Callable[[int, int], None], cancelled: threading.Event
    ) -> Reading: ...


@dataclass(frozen=True)
class Stores:
    """Three over one database, and the folder of the files."""

    collections: CollectionStore
    documents: DocumentStore
    passages: PassageStore
    files: DocumentFiles


@dataclass(frozen=True)
class Tools:
    """What does the work. ``embedder`` finds one by its name; its calls block, best in a process of their own."""

    read: Reader
    split: Callable[[Sequence[Page], CollectionSettings], tuple[Chunk, ...]]
    embedder: Callable[[str], Embedder]
    clock: Callable[[], float] = time.monotonic


@dataclass
class Job:
    """A document on its way. ``cut_with`` are the settings that its text was cut with, None while nobody knows."""

    owner: str
    document_id: str
    is_read: bool
    stop: threading.Event = field(default_factory=threading.Event)
    progress: Progress | None = None
    cut_with: CollectionSettings | None = None
    num_embedded: int = 0
    embedding_s: float = 0.0


class DocumentWork:
    """``lock`` is held while something is written: who sets a job's ``stop`` under it has the last word.

    ``is_mine`` tells whether another process took the document over.
    """

    def __init__(
        self,
        stores: Stores,
        tools: Tools,
        lock: threading.RLock,
        on_change: Callable[[Job], None],
        is_mine: Callable[[str], bool],
    ) -> None:
        self._stores = stores
        self._tools = tools
        self._lock = lock
        self._on_change = on_change
        self._is_mine = is_mine

    def read(self, job: Job) -> None:
        """Store the text and its chunks: from here on its words are found. Raises what the reader raises."""

        def tell(done: int, total: int) -> None:
            self._tell(job, Progress("reading", done, total))

        document = self._stores.documents.get(job.owner, job.document_id)
        tell(0, 0)
        reading = self._tools.read(document, self._stores.files.path(document.id), tell, job.stop)
        settings = self._settings(job, document)
        chunks = self._cut(document, reading.pages, settings)
        with self._writing(job):
            known = DocumentChange(kind=reading.kind, language=reading.language, name=reading.name)
            self._stores.documents.change(job.owner, job.document_id, **known)
            self._stores.passages.put_text(job.owner, job.document_id, reading.pages, chunks)
        job.is_read, job.cut_with = True, settings
        self._tell(job, Progress("embedding", 0, len(chunks)))

    def embed(self, job: Job) -> bool:
        """Embed some more of what has no vectors. Returns whether the document is READY."""
        document = self._stores.documents.get(job.owner, job.document_id)
        settings = self._settings(job, document)
        embedder = self._tools.embedder(settings.embedder)
        lacking = self._cut_as_wanted(job, document, settings)
        total = self._stores.documents.get(job.owner, job.document_id).num_chunks
        self._stamp(job, document.collection_id, settings, embedder)
        for batch in batches(lacking, embedder.max_batch)[:BATCHES_A_TURN]:
            began = self._tools.clock()
            vectors = embedded(batch, embedder)
            with self._writing(job):
                self._stores.passages.put_vectors(job.owner, job.document_id, vectors)
            job.embedding_s += self._tools.clock() - began
            job.num_embedded += len(batch)
            lacking = lacking[len(batch) :]
            seconds_left = len(lacking) * job.embedding_s / job.num_embedded
            self._tell(job, Progress("embedding", total - len(lacking), total, seconds_left))
        if lacking:
            return False
        with self._writing(job):
            return self._stores.passages.finish(job.owner, job.document_id)

    def _settings(self, job: Job, document: Document) -> CollectionSettings:
        return settings_in_force(self._stores.collections.get(job.owner, document.collection_id))

    def _cut(self, document: Document, pages: Sequence[Page], settings: CollectionSettings) -> tuple[Chunk, ...]:
        chunks = self._tools.split(pages, settings)
        if not chunks:
            raise DocumentEmpty(name=document.name)
        if len(chunks) > MAX_CHUNKS:
            raise DocumentTooLong(name=document.name, limit=f"{MAX_CHUNKS * settings.chunk_size / 1e6:.1f} MB")
        return chunks

    def _cut_as_wanted(self, job: Job, document: Document, settings: CollectionSettings) -> tuple[Passage, ...]:
        """The passages without vectors. While none has any, the text is cut anew if its settings ask for it."""
        found = self._stores.passages.without_vectors(job.owner, job.document_id)
        if len(found) < document.num_chunks or job.cut_with == settings:
            return found
        pages = self._stores.passages.pages(job.owner, job.document_id)
        chunks = self._cut(document, pages, settings)
        if chunks != tuple(passage.chunk for passage in found):
            with self._writing(job):
                self._stores.passages.put_text(job.owner, job.document_id, pages, chunks)
            found = self._stores.passages.without_vectors(job.owner, job.document_id)
        job.cut_with = settings
        return found

    def _stamp(self, job: Job, collection_id: str, settings: CollectionSettings, embedder: Embedder) -> None:
        """Say what the collection's vectors are made with, before the first. Others must be of the same making."""
        wanted = stamp_of(settings, embedder)
        with self._writing(job):
            stamp = self._stores.collections.get(job.owner, collection_id).stamp
            if stamp is None:
                self._stores.collections.change(job.owner, collection_id, stamp=wanted)
            elif any(stamp.get(name) != wanted[name] for name in ("embedder", "dimension", "prefixes")):
                raise EmbedderUnavailable(name=settings.embedder)  # not the one that made the others

    @contextmanager
    def _writing(self, job: Job) -> Iterator[None]:
        with self._lock:
            if job.stop.is_set() or not self._is_mine(job.document_id):
                raise Stopped
            yield

    def _tell(self, job: Job, progress: Progress) -> None:
        job.progress = progress
        self._on_change(job)


def settings_in_force(collection: Collection) -> CollectionSettings:
    """What documents are indexed with now: as long as there are vectors, what these were made with."""
    if collection.stamp is None:
        return settings_of(collection)
    splitter: Mapping[str, Any] = collection.stamp["splitter"]
    sizes = {name: splitter[name] for name in ("chunk_size", "chunk_overlap")}
    return settings_of(collection).model_copy(update={"embedder": collection.stamp["embedder"], **sizes})
