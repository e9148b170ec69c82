"""Where in a text the model is looked at: a prompt, and the tokens that were chosen after it."""

from __future__ import annotations

from dataclasses import dataclass, replace

MAX_CHARACTERS = 20_000  # of one text: the page stays quick, and no window in use holds many more
MAX_STEPS = 256


@dataclass(frozen=True)
class PromptText:
    """What a person wrote: text to go on with as it is, or ``is_chat``, one message that the model is to answer."""

    text: str
    is_chat: bool = False


@dataclass(frozen=True)
class Position:
    """A plain value that tells all: it can be kept anywhere and never goes stale. ``path`` holds the chosen ids."""

    prompt: PromptText
    path: tuple[int, ...] = ()

    def after(self, token_id: int) -> Position:
        """One token further."""
        return replace(self, path=(*self.path, token_id))

    def back(self) -> Position:
        """One token less; the prompt alone is its own."""
        return replace(self, path=self.path[:-1])

    @property
    def parents(self) -> tuple[Position, ...]:
        """The position before each token of the path, the prompt's own first."""
        return tuple(replace(self, path=self.path[:length]) for length in range(len(self.path)))
