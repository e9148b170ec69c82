"""Hides personal data so that it can be put back: what goes out holds placeholders, what comes back has the values.

A placeholder such as <EMAIL_1> is short, and models repeat it as it is. The same value has the same one throughout.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from safety.personal_data import Found, Kind, find

SHAPED = "TEXT"  # what looked like a placeholder before anything was hidden
KINDS = "|".join([*(kind.value.upper() for kind in Kind), SHAPED])
OPEN, CLOSE = r"(?:<|\\u003[cC])", r"(?:>|\\u003[eE])"  # some services escape them in the arguments of calls
PLACEHOLDER = re.compile(rf"{OPEN}((?:{KINDS})_[0-9]{{1,6}}){CLOSE}", re.IGNORECASE)
MAX_LENGTH = 2 * len("\\u003c") + max(map(len, KINDS.split("|"))) + len("_123456")
BEGUN = re.compile(
    r"(?:<|\\(?:u(?:0(?:0(?:3(?:[cC])?)?)?)?)?)(?:[A-Za-z_]{0,11}(?:_[0-9]{0,6})?(?:\\(?:u[03eE]{0,"
    r"4})?)?)?\Z"
)
WORDS = re.compile(r"\w+")
MAX_NAMES = 200  # that are looked for also where no word announces them


class Masking:
    """The placeholders of one turn. Whatever is hidden is restored to the letter."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}  # by placeholder, without its brackets
        self._placeholders: dict[tuple[str, str], str] = {}
        self._counts: dict[str, int] = {}
        self._names: dict[str, list[str]] = {}  # by their first word
        self._num_names = 0

    @property
    def num_hidden(self) -> int:
        """Different values."""
        return len(self._values)

    def learn(self, text: str) -> None:
        """Names of ``text`` are hidden also where no word announces them, in texts before it too."""
        for one in find(text):
            if one.kind is Kind.NAME:
                self._remember(text[one.start : one.end])

    def hide(self, text: str) -> str:
        """``text`` with placeholders."""
        return "".join(written for _, written in self.pieces(text))

    def pieces(self, text: str) -> list[tuple[str, str]]:
        """``text`` piece by piece, each as it is and as it is written: what is not hidden is the same twice."""
        found = find(text)
        for one in found:
            if one.kind is Kind.NAME:
                self._remember(text[one.start : one.end])
        spans = [(one.start, one.end, one.kind.value.upper()) for one in [*found, *self._named(text)]]
        shaped = [(*match.span(), SHAPED) for match in PLACEHOLDER.finditer(text)]
        pieces, end = [], 0
        for start, stop, kind in sorted([*shaped, *spans], key=lambda span: (span[0], -span[1])):
            if start >= end:
                between, value = text[end:start], text[start:stop]
                pieces += [(between, between), (value, f"<{self._placeholder(kind, value)}>")]
                end = stop
        return [*pieces, (text[end:], text[end:])]

    def restore(self, text: str) -> str:
        """``text`` with the values; a placeholder that stands for nothing stays."""
        return self._restored(text, str)

    def restore_json(self, text: str) -> str:
        """The same inside of JSON, whose strings escape what they hold."""
        return self._restored(text, lambda value: json.dumps(value, ensure_ascii=False)[1:-1])

    def restorer(self, *, is_json: bool = False) -> Restorer:
        """For a text that comes in pieces."""
        return Restorer(self.restore_json if is_json else self.restore)

    def _restored(self, text: str, written: Callable[[str], str]) -> str:
        def value(match: re.Match[str]) -> str:
            found = self._values.get(match[1].upper())
            return match[0] if found is None else written(found)

        return PLACEHOLDER.sub(value, text)

    def _placeholder(self, kind: str, value: str) -> str:
        name = self._placeholders.get((kind, value))
        if name is None:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            name = self._placeholders[kind, value] = f"{kind}_{self._counts[kind]}"
            self._values[name] = value
        return name

    def _remember(self, name: str) -> None:
        known = self._names.setdefault(name.split(" ")[0], [])
        if name not in known and self._num_names < MAX_NAMES:
            self._num_names += 1
            known.append(name)
            known.sort(key=len, reverse=True)

    def _named(self, text: str) -> list[Found]:
        if not self._names:
            return []
        found = []
        for match in WORDS.finditer(text):
            for name in self._names.get(match[0], ()):
                end = match.start() + len(name)
                if text.startswith(name, match.start()) and not text[end : end + 1].isalnum():
                    found.append(Found(Kind.NAME, match.start(), end))
                    break
        return found


class Restorer:
    """Puts values into a text that comes in pieces; holds back only what may be the beginning of a placeholder."""

    def __init__(self, restore: Callable[[str], str]) -> None:
        self._restore = restore
        self._held = ""

    def feed(self, piece: str) -> str:
        """What can be told now."""
        text = self._held + piece
        tail = max(0, len(text) - MAX_LENGTH)
        begun = BEGUN.search(text, tail)
        cut = begun.start() if begun else len(text)
        self._held = text[cut:]
        return self._restore(text[:cut])

    def finish(self) -> str:
        """What was held back when no more comes."""
        text, self._held = self._held, ""
        return self._restore(text)
