"""The process that writes weights in another format: arguments are source, target, ``llama_ftype`` and threads."""

from __future__ import annotations

import sys
from pathlib import Path

from models.engine.runner import convert, start_backend


def main(arguments: list[str]) -> None:
    source, target, file_type, threads = arguments
    start_backend()
    convert(Path(source), Path(target), int(file_type), int(threads))


if __name__ == "__main__":
    main(sys.argv[1:])
