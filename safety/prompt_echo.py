"""Takes a system prompt said word for word out of an answer, while the answer grows."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from safety.stream_mask import HIDDEN

LEAST_WORDS = 12  # one after the other as in the prompt, and it is the prompt that is told
SHOWN_WORDS = 6  # of a run pass before any is held back: so many are in order by chance
NAME = "system_prompt"
_PARTS = re.compile(r"\w+|\W+")


class PromptEcho:
    """One text; ``feed`` and ``finish`` as of ``StreamMask``. Costs a step for each place of a word in the prompts.

    Of a run that is hidden, its first SHOWN_WORDS stay.
    """

    def __init__(self, prompts: Sequence[str]) -> None:
        self._places: dict[str, list[int]] = defaultdict(list)
        place = 0
        for prompt in prompts:
            for word in re.findall(r"\w+", prompt.casefold()):
                self._places[word].append(place)
                place += 1
            place += 1  # no run goes from one prompt to the next
        self._runs: dict[int, int] = {}
        self._longest = 0
        self._held: list[str] = []  # what stands before a word, and the word
        self._between = ""
        self._word = ""
        self._is_hiding = False
        self.acted: tuple[str, ...] = ()

    def feed(self, text: str) -> str:
        """What may be shown now."""
        if not self._places:
            return text
        return "".join(
            self._word_part(part) if part[0] == "_" or part[0].isalnum() else self._gap(part)
            for part in _PARTS.findall(text)
        )

    def finish(self) -> str:
        """The rest."""
        shown = self._end_word() + ("" if self._is_hiding and self._longest > SHOWN_WORDS else "".join(self._held))
        shown += self._between
        self._held, self._between = [], ""
        return shown

    def _word_part(self, part: str) -> str:
        self._word += part
        return "" if self._longest >= SHOWN_WORDS else part

    def _gap(self, part: str) -> str:
        shown = self._end_word()
        if self._longest >= SHOWN_WORDS:
            self._between += part
            return shown
        return shown + part

    def _end_word(self) -> str:
        """Count the word that has just ended; what is decided by it."""
        if not self._word:
            return ""
        word, self._word = self._word, ""
        was_shown = self._longest < SHOWN_WORDS
        runs = {place: self._runs.get(place - 1, 0) + 1 for place in self._places.get(word.casefold(), ())}
        self._runs, self._longest = runs, max(runs.values(), default=0)
        if was_shown:
            return ""
        self._held.append(self._between + word)
        self._between = ""
        if self._longest >= LEAST_WORDS and not self._is_hiding:
            self._is_hiding = True
            self.acted = (NAME,)
            self._held = []
            return f" {HIDDEN}"
        num_held = max(self._longest - SHOWN_WORDS, 0)
        if self._is_hiding and num_held:
            self._held = []
            return ""
        self._is_hiding = False
        decided = len(self._held) - num_held
        shown, self._held = "".join(self._held[: max(decided, 0)]), self._held[max(decided, 0) :]
        return shown
