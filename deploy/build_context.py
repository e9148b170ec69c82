"""Which files ``COPY . .`` would take: those that .dockerignore leaves, as Docker reads it."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
EVERYTHING_BELOW = "(?:/.*)?"


def context_files(names: list[str], rules: str) -> list[str]:
    """Of ``names``, relative to the root, those that the text of a .dockerignore leaves in: its last word counts."""
    patterns = [_pattern(line.strip()) for line in rules.splitlines() if line.strip() and not line.startswith("#")]
    return [name for name in names if not _is_left_out(name, patterns)]


def _pattern(rule: str) -> tuple[bool, re.Pattern[str]]:
    leaves_out = not rule.startswith("!")
    parts = rule.lstrip("!").strip("/").split("/")
    text = "/".join("\0" if part == "**" else _part(part) for part in parts)
    text = text.replace("\0/", "(?:.*/)?").replace("\0", ".*")
    return leaves_out, re.compile(text + EVERYTHING_BELOW)


def _part(part: str) -> str:
    return "".join({"*": "[^/]*", "?": "[^/]"}.get(letter, re.escape(letter)) for letter in part)


def _is_left_out(name: str, patterns: list[tuple[bool, re.Pattern[str]]]) -> bool:
    is_out = False
    for leaves_out, pattern in patterns:
        if pattern.fullmatch(name):
            is_out = leaves_out
    return is_out


def image_files(root: Path = ROOT) -> list[str]:
    """What of this folder the image would hold; what lies about in it counts, whether git knows it or not."""
    names = [
        path.relative_to(root).as_posix()
        for top in root.iterdir()
        if top.name not in (".venv", ".git")
        for path in ([top] if top.is_file() else top.rglob("*"))
        if path.is_file()
    ]
    return sorted(context_files(names, (root / ".dockerignore").read_text(encoding="utf-8")))
