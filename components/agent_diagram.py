"""The way of a turn as a small picture: question, model, tools, answer, with the node that runs now lit."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from agents.steps import Node
from components.local_text import LocalText


@dataclass(frozen=True)
class Way:
    """How far a turn has come. ``is_straight``: the program calls the tools, before the model is asked at all.

    ``node`` is None once it is over; then ``is_answered`` says whether it came to its end.
    """

    node: Node | None
    num_calls: int
    has_result: bool
    is_answered: bool
    is_straight: bool = False


@dataclass(frozen=True)
class _Box:
    key: str
    x: int
    y: int
    width: int


BOXES = {
    "question": _Box("app_diagram_question", 1, 1, 86),
    "model": _Box("app_diagram_model", 117, 1, 86),
    "answer": _Box("app_diagram_answer", 233, 1, 86),
    "tools": _Box("app_diagram_tools", 97, 57, 126),
}
HEIGHT = 30
EDGES = {
    "question-model": "M88 16H113",
    "model-answer": "M204 16H229",
    "model-tools": "M148 32V53",
    "tools-model": "M172 56V35",
    "question-tools": "M44 32V72H93",
}
HEADS = {
    "question-model": "M109 12l5 4-5 4",
    "model-answer": "M225 12l5 4-5 4",
    "model-tools": "M144 49l4 5 4-5",
    "tools-model": "M168 39l4-5 4 5",
    "question-tools": "M89 68l5 4-5 4",
}
LOOP = ("question-model", "model-tools", "tools-model", "model-answer")
LINE = ("question-tools", "tools-model", "model-answer")
NODES = {Node.MODEL: "model", Node.TOOLS: "tools", Node.ANSWER: "answer"}


def diagram(way: Way, text: LocalText) -> str:
    """As SVG, its colours in ``assets/agent.css``."""
    lit = _lit(way)
    past = _past(way)
    label = text.say("app_diagram_line" if way.is_straight else "app_diagram_loop")
    if lit:
        label += " " + text.say("app_diagram_now", node=text.say(BOXES[lit].key))
    edges = "".join(_edge(name, name in past) for name in (LINE if way.is_straight else LOOP))
    boxes = "".join(_box(name, _kind(name, lit, past), way.num_calls, text) for name in BOXES)
    return f'<svg class="tr-diagram" viewBox="0 0 320 88" role="img" aria-label="{escape(label)}">{edges}{boxes}</svg>'


def _lit(way: Way) -> str:
    """The name of the node that runs; a straight way is not decided by the model."""
    if way.node is None:
        return ""
    return "question" if way.is_straight and way.node is Node.MODEL and not way.has_result else NODES[way.node]


def _past(way: Way) -> set[str]:
    """Names of nodes and edges that the turn has passed."""
    past = {"question"}
    if way.num_calls:
        past |= {"tools", "question-tools", "model-tools"}
    is_searching = way.is_straight and way.node is Node.TOOLS
    if way.has_result and not is_searching:
        past.add("tools-model")
    if not way.is_straight or (way.has_result and not is_searching):
        past |= {"model", "question-model"}
    if way.node is Node.ANSWER or way.is_answered:
        past |= {"model", "model-answer", "answer"}
    return past


def _kind(name: str, lit: str, past: set[str]) -> str:
    if name == lit:
        return "lit"
    return "past" if name in past else "ahead"


def _edge(name: str, is_past: bool) -> str:
    return f'<path class="{"past" if is_past else "ahead"}" d="{EDGES[name]}{HEADS[name]}"/>'


def _box(name: str, kind: str, num_calls: int, text: LocalText) -> str:
    box = BOXES[name]
    count = f" × {num_calls}" if name == "tools" and num_calls else ""
    return (
        f'<g class="{kind}" data-node="{name}"><rect x="{box.x}" y="{box.y}" width="{box.width}" height="{HEIGHT}" '
        f'rx="8"/><text x="{box.x + box.width // 2}" y="{box.y + 20}">{text.html(box.key)}{count}</text></g>'
    )
