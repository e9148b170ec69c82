"""The part of shown text between code blocks: spans of code, formulas, links; all else is text."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection

from safety.shown_links import bare_link, link

# The renderer looks for formulas inside code too. A word joiner there cannot be seen, and the page takes it out again
# of what is copied.
JOINER = "\u2060"
FORMULA_IN_CODE = re.compile(r"(?<=\$)(?=\$)|(?<=\\)(?=[(\[])")
SPECIAL = re.compile(
    r"(?P<ticks>`+)|(?P<formula>\$\$|\\\(|\\\[)|(?P<escape>\\[!-/:-@\[-`{-~])|(?P<link>!?\[)"
    r"|(?P<url><?https?://)|(?P<bare>www(?=\.)|@)|(?P<other>](?=[(:])|<(?=[a-z/!?])|&(?=#?\w+;)|~{3,}|ftp(?=://))",
    re.IGNORECASE,
)
# What the renderer would make links of without being asked, and the same so that it reads as it did.
LINKED_UNASKED = (("://", ":{}//"), ("@", "{@}"), ("www.", "www{}."))
CLOSING = {"$$": "$$", "\\(": "\\)", "\\[": "\\]"}
# A label has no brackets but balanced ones; a target has no spaces, or stands in angle brackets.
LINK = re.compile(
    r"(?P<image>!?)\[(?P<label>(?:[^\[\]\\\n]|\\.|\[[^\[\]\n]*\])*+)\]"
    r"\([ \t]*+(?:<(?P<angled>[^<>\n]*)>|(?P<plain>(?:[^\s()<>]|\([^\s()<>]*\))*+))"
    r"(?:[ \t]++(?:\"[^\"\n]*\"|'[^'\n]*'|\([^()\n]*\)))?[ \t]*\)"
)
TABLE_RULE = re.compile(r"[ \t>]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*+\|?[ \t]*")
UNESCAPED_PIPE = re.compile(r"(?<!\\)(?:\\\\)*\|")


def clean_prose(text: str, hosts: Collection[str] | None = None) -> str:
    """Return ``text`` with nothing in it that renders as HTML, an image, or a link that hides where it leads.

    With ``hosts`` there are links to those alone; all others are text.
    """
    return _Prose(text, hosts).cleaned()


def guard_code(code: str) -> str:
    """``code`` without anything that the renderer would take for the beginning of a formula."""
    return FORMULA_IN_CODE.sub(JOINER, code)


def reference(text: str) -> str:
    """Every character of ``text`` as a character reference: shown, never read as markup."""
    return "".join(f"&#{ord(character)};" for character in text)


class _Prose:
    """One pass from left to right. ``_absent`` remembers what was searched for and does not come any more."""

    def __init__(self, text: str, hosts: Collection[str] | None = None, may_link: bool = True) -> None:
        self._text = text
        self._hosts = hosts
        self._may_link = may_link
        self._absent: set[str] = set()
        self._line_starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self._table_lines = _table_lines(text.split("\n"))

    def cleaned(self) -> str:
        parts: list[str] = []
        position = 0
        while found := SPECIAL.search(self._text, position):
            parts.append(self._text[position : found.start()])
            shown, position = self._read(found)
            parts.append(shown)
        return "".join([*parts, self._text[position:]])

    def _read(self, found: re.Match[str]) -> tuple[str, int]:
        """What to show for what was found, and where to go on."""
        match found.lastgroup:
            case "ticks":
                return self._code(found)
            case "formula":
                return self._formula(found)
            case "escape":
                return reference(found[0][1]), found.end()
            case "link":
                return self._link(found)
            case "url":
                return self._url(found)
            case "bare":
                return found[0] if self._hosts is None else reference(found[0]), found.end()
            case _:
                return found[0][:-1] + reference(found[0][-1]), found.end()

    def _code(self, found: re.Match[str]) -> tuple[str, int]:
        """A span closes with as many backticks in the same line, and in a table in the same cell."""
        line_end = self._text.find("\n", found.end())
        line = self._text[found.end() : line_end if line_end >= 0 else None]
        closing = re.search(rf"(?<!`){found[0]}(?!`)", line)
        if closing is None or (self._is_in_table(found.start()) and UNESCAPED_PIPE.search(line[: closing.start()])):
            return reference(found[0]), found.end()
        return found[0] + guard_code(line[: closing.start()]) + found[0], found.end() + closing.end()

    def _formula(self, found: re.Match[str]) -> tuple[str, int]:
        opening = found[0]
        end = self._find(CLOSING[opening], found.end() + 1)
        if end < 0:
            return reference(opening[-1] if opening[0] == "\\" else opening), found.end()
        inner = _harmless_formula(self._text[found.end() : end], opening)
        for address, same in LINKED_UNASKED if self._hosts is not None else ():
            inner = re.sub(re.escape(address), same, inner, flags=re.IGNORECASE)
        return opening + inner + CLOSING[opening], end + 2

    def _link(self, found: re.Match[str]) -> tuple[str, int]:
        whole = LINK.match(self._text, found.start()) if self._may_link else None
        target = (whole["angled"] or whole["plain"] or "") if whole else ""
        if whole:
            label = _Prose(whole["label"], self._hosts, may_link=False).cleaned()
            shown = link(label, target, label == whole["label"], self._hosts)
            if shown:
                return shown, whole.end()
        return found[0].replace("!", reference("!")), found.end()

    def _url(self, found: re.Match[str]) -> tuple[str, int]:
        if self._may_link:
            shown, length = bare_link(self._text, found.start(), self._hosts)
            if shown:
                return shown, found.start() + length
        return found[0].replace("<", reference("<")).replace(":", reference(":")), found.end()

    def _find(self, wanted: str, start: int) -> int:
        if wanted in self._absent:
            return -1
        place = self._text.find(wanted, start)
        if place < 0:
            self._absent.add(wanted)
        return place

    def _is_in_table(self, position: int) -> bool:
        return bisect_right(self._line_starts, position) - 1 in self._table_lines


def _table_lines(lines: list[str]) -> set[int]:
    """Lines that may be rows: the one before a rule of dashes, and those after it up to an empty one."""
    inside: set[int] = set()
    for number, line in enumerate(lines):
        if number and "-" in line and TABLE_RULE.fullmatch(line):
            inside.add(number - 1)
        elif not (line.strip() and number - 1 in inside):
            continue
        inside.add(number)
    return inside


def _harmless_formula(formula: str, opening: str) -> str:
    """The same formula, written so that it holds no HTML, link or code even where it is not read as a formula."""
    for markup, same in (("<", "\\lt "), ("](", "]{}("), ("]:", "]{}:"), ("![", "!{}["), ("`", "'")):
        formula = formula.replace(markup, same)
    formula = re.sub(r"&(?=#?\w+;)", "& ", formula)
    if opening == "\\(":  # the renderer looks for the other two kinds first
        formula = formula.replace("$$", "\\$\\$").replace("\\[", "[")
    elif opening == "\\[":
        formula = formula.replace("$$", "\\$\\$")
    return formula
