"""Takes out of a text that comes in pieces what rules find, before any of it is shown, however it is cut."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import regex

from errors import AnswerRefused

HIDDEN = "[…]"
CONTEXT = 32  # characters before what is searched, for rules that look at what stands before a match
EACH = 64  # characters held are looked at one by one, those after them in steps of as many
SECONDS = 0.1  # of one search; a rule that takes longer is passed over
LEAST_OF_SECRET = 8  # characters at the end of a text that may be the beginning of a secret

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rule:
    """``most`` characters of a text that may become a match are held back. ``refuses`` ends the answer instead.

    ``hides_beginnings``: what the text ends in is hidden, too, where it may be the beginning of a match.
    """

    name: str
    pattern: regex.Pattern[str]
    most: int = 300
    refuses: bool = False
    hides_beginnings: bool = False

    def find(self, text: str, start: int) -> regex.Match[str] | None:
        """The first match from ``start`` on, or the beginning of one at the end of the text."""
        try:
            found: Any = self.pattern.search(text, start, partial=True, timeout=SECONDS)
        except TimeoutError:
            logger.warning("a filter took too long: %s", self.name)
            return None
        return found if found is not None and found.end() > found.start() else None


class StreamMask:
    """One text. What ``feed`` and ``finish`` give does not depend on how the text was cut.

    Text that holds no beginning of a match passes at once. ``acted`` names the rules that found something.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = tuple(rules)
        self._before = ""
        self._held = ""
        self.acted: tuple[str, ...] = ()

    def feed(self, text: str) -> str:
        """What may be shown now. Raises AnswerRefused."""
        shown: list[str] = []
        while text and self._rules:
            if not self._held:
                found = self._first(text)
                start = found[0].start() - len(self._before) if found else len(text)
                shown.append(self._pass(text[:start]))
                text = text[start:]
            if text:
                self._held, text = self._held + text[0], text[1:]
                if len(self._held) <= EACH or not len(self._held) % EACH:
                    decided, rest = self._decide(is_final=False)
                    shown.append(decided)
                    text = rest + text
        return "".join(shown) + text

    def finish(self) -> str:
        """The rest. Raises AnswerRefused."""
        shown: list[str] = []
        while self._held:
            decided, rest = self._decide(is_final=True)
            shown += (decided, self.feed(rest))
        return "".join(shown)

    def _decide(self, *, is_final: bool) -> tuple[str, str]:
        """What of the held text is shown, and what is to be looked at anew because of it; nothing while it is open."""
        held, found = self._held, self._first(self._held)
        match, rule = found or (None, None)
        start = match.start() - len(self._before) if match else len(held)
        if match is None or rule is None or start:
            self._held = ""
            return self._pass(held[:start]), held[start:]
        end = start + len(match[0])
        is_open = match.partial or end == len(held)
        if is_open and not is_final and len(held) <= rule.most:
            return "", ""
        self._held = ""
        if match.partial and not (is_final and rule.hides_beginnings and end >= LEAST_OF_SECRET):
            return self._pass(held[0]), held[1:]
        self._pass(held[:end])
        return self._hide(rule), held[end:]

    def _first(self, text: str) -> tuple[regex.Match[str], Rule] | None:
        """What is found first, in the text after ``_before``; of several at one place the first rule's."""
        whole, first = self._before + text, None
        for rule in self._rules:
            match = rule.find(whole, len(self._before))
            if match and (first is None or match.start() < first[0].start()):
                first = (match, rule)
        return first

    def _pass(self, text: str) -> str:
        self._before = (self._before + text)[-CONTEXT:]
        return text

    def _hide(self, rule: Rule) -> str:
        if rule.name not in self.acted:
            self.acted = (*self.acted, rule.name)
        if rule.refuses:
            raise AnswerRefused
        return HIDDEN
