"""An embedder's process: ``python -m models.embedding.worker``. Its first line says what to make, the others what of.

It ends when stdin does, that is, when its parent goes.
"""

from __future__ import annotations

import os
import pkgutil
import signal
import sys
from typing import BinaryIO

from errors import EmbedderUnavailable
from models.embedding.embedder import Embedder
from models.embedding.wire import Embed, Made, Make, PipeBroken, Rows, Unavailable, receive_line, send

NICENESS = 10  # of 19: whoever reads an answer comes before whoever fills a library


def serve(commands: BinaryIO, answers: BinaryIO) -> None:
    """Embed until the parent goes. What only a bug could raise ends the process, and the parent starts another."""
    try:
        make = Make.model_validate_json(receive_line(commands))
        embedder: Embedder = pkgutil.resolve_name(make.maker)(**make.arguments)
        made = Made(dimension=embedder.dimension, max_batch=embedder.max_batch, prefixes=embedder.prefixes)
    except (EmbedderUnavailable, ImportError):
        send(answers, Unavailable())
        return
    send(answers, made)
    while True:
        try:
            line = receive_line(commands)
        except PipeBroken:
            return
        _answer(embedder, Embed.model_validate_json(line), answers)


def _answer(embedder: Embedder, embed: Embed, answers: BinaryIO) -> None:
    try:
        if embed.is_question:
            vectors = embedder.embed_question(embed.texts[0])[None]
        else:
            vectors = embedder.embed_passages(embed.texts)
    except EmbedderUnavailable:
        send(answers, Unavailable())
        return
    send(answers, Rows(num_rows=len(vectors), dimension=vectors.shape[1]), vectors)


def _pipe_of_stdout() -> BinaryIO:
    """Take stdout for answers alone: whatever a library prints goes to stderr from now on."""
    pipe = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return pipe


def main() -> int:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the parent, which then closes the pipe
    if hasattr(os, "nice"):  # not on Windows
        os.nice(NICENESS)
    with _pipe_of_stdout() as answers:
        serve(sys.stdin.buffer, answers)
    return 0


if __name__ == "__main__":
    sys.exit(main())
