"""A program that gets one model of a hub, to be killed while it does: ``python -m tests.download_writer URL FOLDER``.

It takes the disk for as large as one likes, as programs do that know nothing of a quota. Tells each step, then the end:
its state, and the key of its error.
"""

from __future__ import annotations

import sys
from pathlib import Path

from models.downloads import DownloadOptions, Downloads
from models.hub import HubOptions
from models.model_folder import ModelFolder
from models.transfer import Patience

REPOSITORY, FILE = "owner/tiny-GGUF", "tiny.Q8_0.gguf"


def main(url: str, folder: Path) -> None:
    options = DownloadOptions(HubOptions(url, token=""), Patience(max_tries=1), lambda _: 10**12)
    downloads = Downloads(ModelFolder(folder), options)
    name, version = downloads.get(REPOSITORY, FILE), -1
    while not (found := downloads.progress(name)).is_over:
        say(found.num_done)
        version = downloads.wait_for_change(version)
    say(found.state, found.error.key if found.error else "")


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
