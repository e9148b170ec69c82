"""A worker process without a model: speaks the pipe's protocol and misbehaves when it is told to.

``python fake_worker.py SCRATCH_FOLDER OPTIONS_AS_JSON``. What it does at each start is named by the next line of
``SCRATCH_FOLDER/starts``: ``serve``, ``crash`` (by a signal, before Ready), ``refuse`` (as for a broken model).
While it serves, a message ``die`` kills it in mid-answer, ``hold`` is never answered, ``hang`` stops all signs of life,
``slow`` ends when something is written to the FIFO ``SCRATCH_FOLDER/go``, any other is echoed.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

from models.engine.protocol import (
    COMMANDS,
    EXIT_MODEL_REFUSED,
    Count,
    Counted,
    EngineOptions,
    Event,
    Finished,
    Generate,
    Piece,
)
from models.engine.worker_news import Heartbeat, ModelCard, Ready

IS_ALIVE = threading.Event()


PIPE = threading.Lock()
BEAT = Heartbeat(resident_bytes=1_000, step_s=0.5, num_running=2, num_waiting=1)


def send(event: Event) -> None:
    with PIPE:
        sys.stdout.write(event.model_dump_json() + "\n")
        sys.stdout.flush()


def beat() -> None:
    pause = threading.Event()
    while IS_ALIVE.is_set():
        pause.wait(0.05)
        send(BEAT)


def next_start(scratch: Path) -> str:
    first, *rest = (scratch / "starts").read_text().split()
    (scratch / "starts").write_text("\n".join(rest or [first]))
    return first


def answer(command: Generate) -> None:
    text = command.prompt.messages[-1].content
    if text == "hold":
        send(Piece(id=command.id, text="held"))
        return
    send(Piece(id=command.id, text=text))
    if text == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if text == "hang":
        IS_ALIVE.clear()
        threading.Event().wait()
    if text == "slow":
        Path(sys.argv[1], "go").read_text()
    send(
        Finished(
            id=command.id,
            reason="stop",
            num_prompt=1,
            num_cached=0,
            num_output=3,
            first_token_s=0.1,
            decode_s=0.5,
            seed=0,
        )
    )


def main() -> int:
    options = EngineOptions.model_validate_json(sys.argv[2])
    start = next_start(Path(sys.argv[1]))
    if start == "refuse":
        return EXIT_MODEL_REFUSED
    if start == "crash" and not options.plain_kernels:
        os.kill(os.getpid(), signal.SIGKILL)
    card = ModelCard(
        name=f"fake, {'plain' if options.plain_kernels else 'fast'} kernels",
        path=options.model_path,
        num_parameters=1,
        num_bytes=1,
        context_tokens=100,
        trained_context_tokens=100,
        cache_tokens=200,
        max_sequences=2,
        threads=1,
    )
    send(Ready(card=card))
    send(BEAT)
    IS_ALIVE.set()
    threading.Thread(target=beat, daemon=True).start()
    for line in sys.stdin.buffer:
        command = COMMANDS.validate_json(line)
        if isinstance(command, Generate):
            answer(command)
        elif isinstance(command, Count):
            send(Counted(id=command.id, num_tokens=7))
    return 0


if __name__ == "__main__":
    sys.exit(main())
