"""Makes markdown that somebody else wrote safe to render, without harming what it says.

Rendering is not ours to choose: the page's renderer takes formulas out first, then reads markdown, then HTML. Two
readers of one text may disagree about where code ends, and hostile text lives in that gap. So nothing is left to
disagree about: fenced code is moved to the margin, code spans stay within a line, and every backtick, bracket or
dollar that this module does not take for code, link or formula is written as a character reference.

Each state of a growing text is cleaned whole: an open code block or a half-written link is the normal case here.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from safety.shown_prose import clean_prose, guard_code

# Terminal sequences; control characters; marks that turn the direction of text; tag characters, which can hide a
# whole message; and the word joiner, which this module uses itself.
INVISIBLE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\^_]"
    r"|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
    r"|[\u061c\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
LINE_ENDS = re.compile("\r\n?|[\u2028\u2029]")
FENCE = re.compile(
    r"(?P<lead>[ \t>]*+(?:(?:[-*+]|(?P<number>\d{1,9}[.)]))[ \t]++)*+[ \t>]*+)(?P<marks>`{3,}|~{3,})(?P<info>.*)"
)
LANGUAGE = re.compile(r"\s*([\w+#.-]{1,30})")
PLACEHOLDER = "%%%LATEX_"  # the renderer puts its formulas back wherever this stands
DRAWN_LANGUAGES = ("mermaid",)  # the renderer would draw these, with whatever HTML their labels hold


def clean_markdown(text: str, hosts: Collection[str] | None = None) -> str:
    """Return ``text`` so that it renders as text, code, tables, formulas and links, and as nothing else.

    HTML is shown as text. Images become links. Links lead to http, https and mailto alone and show where to; with
    ``hosts`` (as ``shown_links.host_of`` writes them) to those hosts alone.
    """
    text = LINE_ENDS.sub("\n", INVISIBLE.sub("", LINE_ENDS.sub("\n", text)))
    text = text.replace(PLACEHOLDER, PLACEHOLDER + "\u2060")
    cleaned: list[str] = []
    prose: list[str] = []
    fence: _Fence | None = None
    for line in text.split("\n"):
        if fence and fence.holds(line):
            fence, shown = fence.read(line)
            cleaned.append(shown)
            continue
        if fence:
            cleaned.append(fence.closing)
        fence = _Fence.opened_by(line)
        if fence is None:
            prose.append(line)
        else:
            cleaned += [clean_prose("\n".join([*prose, fence.before]), hosts), "", fence.opening]
            prose = []
    return "\n".join([*cleaned, clean_prose("\n".join(prose), hosts)] if prose else cleaned)


@dataclass(frozen=True)
class _Fence:
    """An open code block: its marks, how far it was indented, and how deep in quotations."""

    marks: str
    language: str
    indent: int
    depth: int
    before: str

    @classmethod
    def opened_by(cls, line: str) -> _Fence | None:
        found = FENCE.fullmatch(line)
        if found is None or (found["marks"][0] == "`" and "`" in found["info"]):
            return None
        language = LANGUAGE.match(found["info"])
        name = language[1] if language else ""
        lead = found["lead"]
        return cls(
            marks=found["marks"],
            language="text" if name.lower() in DRAWN_LANGUAGES else name,
            indent=len(lead.rpartition(">")[2]),
            depth=lead.count(">"),
            before=found["number"] or "",  # of a list entry that begins with code
        )

    @property
    def opening(self) -> str:
        return self.marks + self.language

    @property
    def closing(self) -> str:
        return self.marks + "\n"

    def holds(self, line: str) -> bool:
        """A quotation ends with the first line that is not quoted, and its code with it."""
        return self.depth == 0 or line.lstrip().startswith(">")

    def read(self, line: str) -> tuple[_Fence | None, str]:
        """The fence after ``line``, None once it is closed, and the line as it is shown."""
        for _ in range(self.depth):
            line = re.sub(r"^[ \t]*> ?", "", line)
        rest = line.strip()
        if rest.startswith(self.marks) and not rest.strip("`~"):
            return None, self.closing
        indentation = len(line) - len(line.lstrip(" \t"))
        return self, guard_code(line[min(indentation, self.indent) :])
