"""What the page's handlers understand of the bridge's reports, read in their source: so new ones are there, too."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

COMPONENTS = Path(__file__).parent.parent / "components"


def _sources() -> dict[str, str]:
    """The files that know of reports, by their names."""
    found = ((path.stem, path.read_text(encoding="utf-8")) for path in sorted(COMPONENTS.glob("*.py")))
    return {name: source for name, source in found if "PageAction" in source}


def _read() -> Iterator[ast.AST]:
    for source in _sources().values():
        yield from ast.walk(ast.parse(source))


def _is_action_name(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "name"


def _texts(nodes: list[ast.expr | None]) -> list[str]:
    return [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]


def _actions(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Keys of tables of functions, and what names of actions are compared with."""
    for node in nodes:
        if isinstance(node, ast.Dict):
            yield from _texts(list(node.keys))
        elif isinstance(node, ast.Compare) and _is_action_name(node.left):
            yield from _texts(list(node.comparators))


def _fields(*readers: str) -> Iterator[str]:
    for node in _read():
        is_reader = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in readers
        if is_reader and isinstance(node, ast.Call):
            yield from (text for text in _texts(list(node.args)) if text.isidentifier())


def actions_of(rooms: tuple[str, ...], event: str) -> list[str]:
    """What is known in the files of ``rooms``, by how their names begin, that hear this event of a bridge.

    What those files take in is known there, too.
    """
    sources = _sources()
    hearing = [name for name, source in sources.items() if name.startswith(rooms) and f"bridge.{event}(" in source]
    known = set(hearing)
    for name in hearing:
        known |= {other for other in sources if f"from components.{other} import" in sources[name]}
    return sorted(set(_actions(node for name in known for node in ast.walk(ast.parse(sources[name])))))


ACTIONS = sorted(set(_actions(_read())))
TEXTS = sorted(set(_fields("text", "truth")))
NUMBERS = sorted(set(_fields("number")))
