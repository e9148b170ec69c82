"""A contender in a process of its own: one JSON object a line, a question in and an answer out, nothing in between."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.answer import ContenderFailed
from settings import child_environment

ROOT = Path(__file__).resolve().parents[2]
CLOSING_S = 5.0


@dataclass(frozen=True)
class Load:
    """How to load the weights: as our worker did, so that like is compared with like."""

    weights: str
    threads: int
    context_tokens: int
    cache_tokens: int
    max_sequences: int
    plain_kernels: bool
    num_gpu_layers: int


class Child:
    """Runs ``python -m module``; blocks until it has loaded. Raises ContenderFailed when it cannot, then or later."""

    def __init__(self, module: str, load: Load) -> None:
        self._name = module.rsplit(".", 1)[-1]
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, json.dumps(asdict(load))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=child_environment(),
        )
        self._read()

    def call(self, command: dict[str, Any]) -> Any:
        """Ask and wait for the answer."""
        assert self._process.stdin is not None
        with suppress(OSError):  # it is gone, which reading will tell
            self._process.stdin.write(json.dumps(command).encode() + b"\n")
            self._process.stdin.flush()
        return self._read()

    def _read(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line.endswith(b"\n"):
            raise ContenderFailed(f"{self._name} ended with code {self._process.wait()}")
        return json.loads(line)

    def close(self) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        try:
            self._process.wait(CLOSING_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def serve(make: Callable[[Load], Callable[[dict[str, Any]], Any]]) -> None:
    """In the child: load with ``make``, then answer until the parent goes. Stray prints go to stderr."""
    with os.fdopen(os.dup(1), "w") as answers:
        os.dup2(2, 1)
        answer = make(Load(**json.loads(sys.argv[1])))
        print("null", file=answers, flush=True)
        for line in sys.stdin:
            print(json.dumps(answer(json.loads(line))), file=answers, flush=True)
