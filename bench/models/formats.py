"""The default model in other formats."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bench.answer import ContenderFailed

ROOT = Path(__file__).resolve().parents[2]
FILE_TYPES = {"f16": 1, "q4_1": 3, "q8_0": 7}  # enum llama_ftype


def file_in_format(source: Path, folder: Path, name: str, threads: int) -> Path:
    """``source`` written as ``name`` into ``folder``, once. In a process of its own: llama.cpp may die over it."""
    target = folder / f"{name}.gguf"
    if not target.exists():
        command = [sys.executable, "-m", "bench.models.conversion_process", str(source), str(target)]
        command += [str(FILE_TYPES[name]), str(threads)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ContenderFailed(f"{name}: {done.stderr.strip().rpartition(chr(10))[2]}")
    return target
