"""How many replicas and generation servers a number of readers takes, reckoned from a file that bench.load wrote.

Every line is a calculation from what was measured, by these formulas; what was not measured is left empty:

- a replica is held to carry as many readers as were measured on it without a page error or a refusal, and no more;
- replicas = readers / readers of one, rounded up;
- tokens per second that all readers get at the measured pace = readers * (tokens_per_s / readers measured);
- generation servers = that / tokens_per_s of the one measured, rounded up;
- memory for visitors in MB = readers * mb_per_visitor;
- bytes per second to browsers = tokens per second * bytes_per_token.

Usage: python -m bench.load.sizing FILE.json
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

READERS = (100, 1_000, 10_000)
HEADINGS = ("readers", "replicas", "tokens/s", "generation servers", "visitors' memory, MB", "to browsers, bytes/s")

Measured = Mapping[str, float | None]


@dataclass(frozen=True)
class Size:
    """What ``readers`` who all read at once take. None is not known."""

    readers: int
    replicas: int | None
    tokens_per_s: float | None
    generation_servers: int | None
    visitors_mb: float | None
    bytes_per_s: float | None


def size_for(readers: int, measured: Measured) -> Size:
    """Reckon from the figures of one replica over one generation server."""
    of_one, speed = measured.get("readers"), measured.get("tokens_per_s")
    was_carried = measured.get("page_errors") == 0 and measured.get("refused") == 0
    replicas = math.ceil(readers / of_one) if of_one and was_carried else None
    tokens_per_s = readers * speed / of_one if of_one and speed is not None else None
    servers = math.ceil(readers / of_one) if of_one and speed else None  # tokens_per_s / speed, without its rounding
    return Size(
        readers,
        replicas,
        tokens_per_s,
        servers,
        _product(readers, measured.get("mb_per_visitor")),
        _product(tokens_per_s, measured.get("bytes_per_token")),
    )


def table(measured: Measured) -> str:
    """In Markdown, a line for each number of readers."""
    lines: list[Sequence[str]] = [HEADINGS, ["--:"] * len(HEADINGS)]
    for readers in READERS:
        size = size_for(readers, measured)
        numbers = (size.replicas, size.tokens_per_s, size.generation_servers, size.visitors_mb, size.bytes_per_s)
        lines.append([f"{readers:,}", *(_shown(number) for number in numbers)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _product(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one * other


def _shown(number: float | None) -> str:
    return "" if number is None else f"{number:,.0f}"


if __name__ == "__main__":
    sys.stdout.write(table(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))) + "\n")
