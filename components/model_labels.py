"""What lists call models: those of this machine by the name of their file, where that tells one from another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TypeAlias

LOCAL = "local/"
SUFFIX = ".gguf"

Choices: TypeAlias = list[tuple[str, str | int | float]]  # as Gradio takes them


def labelled(names: Sequence[str]) -> Choices:
    """Each of ``names`` with what is shown for it, in order."""
    shorter = [_short(name) for name in names]
    count = Counter(shorter)
    return [(short if count[short] == 1 else name, name) for short, name in zip(shorter, names, strict=True)]


def _short(name: str) -> str:
    if not (name.startswith(LOCAL) and name.lower().endswith(SUFFIX)):
        return name
    return LOCAL + name.rpartition("/")[2][: -len(SUFFIX)]
