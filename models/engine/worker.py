"""The model's process: ``python -m models.engine.worker OPTIONS_AS_JSON``. Commands come on stdin, events go to stdout.

Two threads: the main one owns the engine and runs its steps; the other reads the pipe and turns messages into ids, so
that counting tokens never waits for a step. The process ends when stdin does, that is, when its parent goes.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO, TypeAlias

import psutil

from models.engine.cache import SlotCache
from models.engine.chat_template import TemplateFailed, usable_template
from models.engine.engine import Engine
from models.engine.pace import Pace
from models.engine.parking import ParkingLot
from models.engine.prompt_reader import PrefillRefused, PromptReader
from models.engine.protocol import (
    COMMANDS,
    EXIT_MODEL_REFUSED,
    Cancel,
    Count,
    Counted,
    EngineOptions,
    Event,
    Generate,
    Look,
    Prompt,
    ReadPrompt,
    ReadRow,
    Refused,
    Score,
    UseThreads,
)
from models.engine.runner import FILE_TYPE_Q8_0, LlamaRunner, ModelRefused, convert, start_backend
from models.engine.sizing import idle_cells
from models.engine.weights import prepare_weights
from models.engine.whole_vocabulary import ReadVocabulary, VocabularyRead
from models.engine.worker_news import Converting, Heartbeat, Loading, Ready
from models.sampling import SamplingParams

Queueing: TypeAlias = Generate | Look | ReadRow | Score  # for steps of the engine

HEARTBEAT_S = 1.0
PROGRESS_STEP = 0.02


class Worker:
    """Serves one loaded model over one pipe."""

    def __init__(
        self, runner: LlamaRunner, reader: PromptReader, events: EventPipe, parking: ParkingLot | None
    ) -> None:
        max_idle_cells = idle_cells(runner.card.num_bytes, runner.cell_bytes) if parking else None
        cache = SlotCache(runner.card.max_sequences, runner.card.cache_tokens, max_idle_cells)
        self._engine = Engine(runner, cache, runner.card.context_tokens, parking, Pace(runner.card.batch_tokens))
        self._process = psutil.Process()
        self._runner = runner
        self._reader = reader
        self._events = events
        self._inbox: queue.SimpleQueue[tuple[Queueing, list[int]] | Cancel | UseThreads] = queue.SimpleQueue()

    def warm_up(self) -> None:
        """One token through the whole machine: pages the weights in, and a build that crashes does so now."""
        sampling = SamplingParams(max_tokens=1, temperature=0)
        request = Generate(id="warm-up", prompt=Prompt(text="Tertulia"), sampling=sampling)
        self._engine.submit(request, self._reader.ids(request.prompt))
        while self._engine.has_work:
            self._engine.step()

    def read(self, commands: BinaryIO) -> None:
        """Read until the parent goes, then end the process, even in the middle of a step."""
        for line in commands:
            command = COMMANDS.validate_json(line)
            if isinstance(command, UseThreads):
                self._inbox.put(command)
                continue
            if isinstance(command, Cancel):
                self._inbox.put(command)
                if command.id in self._engine.reading_ids:
                    self._runner.abort()  # a step over a long prompt takes a second; one that writes is over anyway
                continue
            try:
                self._read(command)
            except (TemplateFailed, PrefillRefused) as error:
                sys.stderr.write(f"a prompt was refused: {error}\n")
                self._events.send([Refused(id=command.id, reason="failed")])
        os._exit(0)

    def _read(self, command: Queueing | Count | ReadPrompt | ReadVocabulary) -> None:
        """Answer what needs no step here, in the reading thread. Raises TemplateFailed or PrefillRefused."""
        if isinstance(command, ReadPrompt):
            self._events.send([self._reader.read(command)])
            return
        if isinstance(command, ReadVocabulary):
            self._events.send([self._vocabulary_read(command)])
            return
        ids = self._reader.ids(Prompt(text=command.text) if isinstance(command, Score) else command.prompt)
        if isinstance(command, Count):
            self._events.send([Counted(id=command.id, num_tokens=len(ids))])
        else:
            self._inbox.put((command, ids))

    def _vocabulary_read(self, command: ReadVocabulary) -> VocabularyRead:
        vocabulary = self._runner.vocabulary
        return VocabularyRead(
            id=command.id,
            fingerprint=self._runner.fingerprint,
            token_bytes=vocabulary.read_all(),
            control_ids=vocabulary.control_ids,
            suppressed_ids=vocabulary.suppressed_ids,
        )

    def run(self) -> None:
        """Step while there is work, else wait for a command. Never returns."""
        beat_at = 0.0
        while True:
            self._receive(wait=not self._engine.has_work)
            if self._engine.has_work:
                self._events.send(self._engine.step())
            if time.monotonic() - beat_at >= HEARTBEAT_S:
                beat_at = time.monotonic()
                self._events.send([self._heartbeat()])

    def _receive(self, *, wait: bool) -> None:
        """Take what has come; with ``wait``, until something comes or it is time for a heartbeat."""
        with suppress(queue.Empty):
            item = self._inbox.get(block=wait, timeout=HEARTBEAT_S)
            while True:
                if isinstance(item, Cancel):
                    self._events.send(self._engine.cancel(item.id))
                elif isinstance(item, UseThreads):
                    self._runner.use_threads(item.num)
                else:
                    self._events.send(self._engine.submit(*item))
                item = self._inbox.get_nowait()

    def _heartbeat(self) -> Heartbeat:
        return Heartbeat(
            resident_bytes=self._process.memory_info().rss,
            step_s=self._engine.last_step_s,
            num_running=self._engine.num_running,
            num_waiting=self._engine.num_waiting,
        )


class EventPipe:
    """Writes events as lines; both threads may send."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def send(self, events: Iterable[Event]) -> None:
        lines = b"".join(event.model_dump_json().encode() + b"\n" for event in events)
        if lines:
            with self._lock:
                self._stream.write(lines)
                self._stream.flush()


class Progress:
    """Tells the share of the weights that is read, in steps that can be seen."""

    def __init__(self, events: EventPipe) -> None:
        self._events = events
        self._told = 0.0

    def tell(self, share: float) -> None:
        if share - self._told >= PROGRESS_STEP:
            self._told = share
            self._events.send([Loading(share=min(share, 1.0))])


def load(options: EngineOptions, events: EventPipe) -> Worker:
    """Load the model as ``options`` say. Raises ModelRefused."""
    start_backend()
    weights = options.model_path
    if options.conversion_dir is not None:
        to_q8_0 = partial(convert, file_type=FILE_TYPE_Q8_0, threads=options.threads)
        announce = partial(events.send, [Converting()])
        try:
            weights = prepare_weights(weights, options.conversion_dir, to_q8_0, announce)
        except (ModelRefused, OSError) as error:  # no room or no right to write: slower is better than nothing
            sys.stderr.write(f"the weights could not be converted: {error}\n")
    runner = LlamaRunner(options, weights, Progress(events).tell)
    special_texts = {f"{name}_token": runner.vocabulary.special_text(name) for name in ("bos", "eos")}
    template, is_own = usable_template(runner.chat_template, runner.vocabulary, special_texts)
    parking = None
    if options.parking_dir is not None:
        parking = ParkingLot(options.parking_dir, runner.fingerprint, options.parking_bytes)
    worker = Worker(runner, PromptReader(template, runner.vocabulary), events, parking)
    worker.warm_up()
    events.send([Ready(card=runner.card.model_copy(update={"has_chat_template": is_own}))])
    return worker


def main(arguments: list[str]) -> int:
    """Serve until the parent goes; EXIT_MODEL_REFUSED when the file cannot be loaded."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the parent, which then closes the pipe
    options = EngineOptions.model_validate_json(arguments[0])
    with _pipe_of_stdout() as stdout:
        try:
            worker = load(options, EventPipe(stdout))
        except ModelRefused as error:
            sys.stderr.write(f"llama.cpp refuses {Path(str(error)).name}\n")
            return EXIT_MODEL_REFUSED
        threading.Thread(target=worker.read, args=(sys.stdin.buffer,), daemon=True).start()
        worker.run()
    return 0


def _pipe_of_stdout() -> BinaryIO:
    """Take stdout for events alone: whatever a library prints goes to stderr from now on."""
    pipe = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return pipe


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
