"""The person at the terminal: what the program says there, in one language."""

from __future__ import annotations

import sys

from components.catalogue import Catalogue
from components.local_text import LocalText
from errors import TertuliaError

EXIT_STOPPED = 130  # as shells tell that somebody pressed Ctrl+C
ERASE_TO_END = "\x1b[K"


class Console:
    """Speaks to the person who started the program, in one language."""

    def __init__(self, catalogue: Catalogue, language: str) -> None:
        self.catalogue = catalogue
        self.language = language

    @property
    def text(self) -> LocalText:
        return LocalText(self.catalogue, self.language)

    @property
    def is_terminal(self) -> bool:
        """Somebody looks at it; else it goes to a file or to another program."""
        return sys.stdout.isatty()

    def say(self, key: str, **values: object) -> None:
        self.show(self.text.say(f"app_console_{key}", **values))

    def show(self, line: str) -> None:
        """A line that is ready."""
        print(line, flush=True)

    def replace(self, line: str) -> None:
        """The line that is there becomes ``line``; on a terminal only."""
        print(f"\r{line}{ERASE_TO_END}", end="", flush=True)

    def complain(self, error: TertuliaError) -> None:
        print(self.catalogue.error(self.language, error), file=sys.stderr, flush=True)
