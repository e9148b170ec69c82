"""A hub of one file in a process of its own: ``FILE BYTES_PER_SECOND``, 0 for as many as it can. Tells its address."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from tests.scripted_hub import scripted_hub

REPOSITORY, FILE = "bench/model-GGUF", "model.gguf"


def main(arguments: list[str]) -> None:
    path, rate = arguments
    content = Path(path).read_bytes()
    with scripted_hub() as hub:
        file = hub.add(REPOSITORY, FILE, content)
        file.sha256 = hashlib.sha256(content).hexdigest()
        file.bytes_per_second = float(rate) or None
        print(hub.url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1:])
