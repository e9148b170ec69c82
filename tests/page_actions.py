"""What the page's handlers understand of the bridge's reports, read in their source: so new ones are there, too."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

COMPONENTS = Path(__file__).parent.parent / "components"


def _read() -> Iterator[ast.AST]:
    for path in sorted(COMPONENTS.glob("*.py")):
        source = path.read_text(encoding="utf-8")
        if "PageAction" in source:
            yield from ast.walk(ast.parse(source))


def _is_action_name(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "name"


def _texts(nodes: list[ast.expr | None]) -> list[str]:
    return [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]


def _actions() -> Iterator[str]:
    """Keys of tables of functions, and what names of actions are compared with."""
    for node in _read():
        if isinstance(node, ast.Dict):
            yield from _texts(list(node.keys))
        elif isinstance(node, ast.Compare) and _is_action_name(node.left):
            yield from _texts(list(node.comparators))


def _fields(*readers: str) -> Iterator[str]:
    for node in _read():
        is_reader = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in readers
        if is_reader and isinstance(node, ast.Call):
            yield from (text for text in _texts(list(node.args)) if text.isidentifier())


ACTIONS = sorted(set(_actions()))
TEXTS = sorted(set(_fields("text", "truth")))
NUMBERS = sorted(set(_fields("number")))
