"""One branch of a conversation as a Markdown file to read, print or hand in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC

from safety.shown_text import clean_markdown
from safety.surrogates import without_surrogates
from storage.records import Conversation, Message, MessageStatus, Role

FENCE = re.compile(r"(`{3,}|~{3,})[\w+#.-]*")
HEADING = re.compile(r" {0,3}(#{1,6})(?=[ \t]|$)")
UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*")  # makes a heading of the line above it
JOINER = "\u2060"  # put into code for the page's renderer, which takes it out again
OUR_LEVELS = 2  # the title, and who speaks


@dataclass(frozen=True)
class MarkdownWords:
    """What the file says beside the messages, in the reader's language. ``user`` and ``model`` are who speaks."""

    untitled: str
    user: str
    model: str
    stopped: str
    cut: str
    failed: str


def to_markdown(conversation: Conversation, messages: Sequence[Message], words: MarkdownWords) -> str:
    """The title, the day, and what each speaker said. Texts stay what they are: none can pose as another speaker."""
    begun = conversation.created_at.astimezone(UTC)
    blocks = [f"# {_line(conversation.title) or _line(words.untitled)}", f"{begun:%Y-%m-%d %H:%M} UTC"]
    for message in messages:
        blocks += _spoken(message, words)
    return "\n\n".join(block for block in blocks if block) + "\n"


def _spoken(message: Message, words: MarkdownWords) -> Iterator[str]:
    yield f"## {_line(words.user if message.role is Role.USER else words.model)}"
    for step in message.steps:
        yield f"### {_line(step.name)}"
        yield _body(step.text)
    if message.steps:
        yield "---"
    yield _body(message.text)
    notes = {
        MessageStatus.ANSWERING: words.stopped,
        MessageStatus.STOPPED: words.stopped,
        MessageStatus.CUT: words.cut,
        MessageStatus.FAILED: words.failed,
    }
    if note := notes.get(message.status):
        yield f"*{_line(note)}*"


def _line(text: str) -> str:
    return _safe(" ".join(text.split()))


def _safe(text: str) -> str:
    return clean_markdown(without_surrogates(text)).replace(JOINER, "")


def _body(text: str) -> str:
    """``text`` with its headings below ours, and its last code block closed."""
    lines: list[str] = []
    fence = ""
    for line in _safe(text).split("\n"):
        if fence:
            fence = "" if line.strip() == fence else fence
        elif opened := FENCE.fullmatch(line):
            fence = opened[1]
        else:
            line = _lowered(line, is_below_text=bool(lines and lines[-1].strip()))
        lines.append(line)
    return "\n".join([*lines, fence]).strip("\n")


def _lowered(line: str, is_below_text: bool) -> str:
    if heading := HEADING.match(line):
        return "#" * min(6, len(heading[1]) + OUR_LEVELS) + line[heading.end() :]
    if is_below_text and (underline := UNDERLINE.fullmatch(line)):
        return f"\n{line}" if underline[1][0] == "-" else f"\\{line.strip()}"
    return line
