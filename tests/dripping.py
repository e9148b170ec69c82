"""Hostile answers that come a few letters at a time: in the model's words, and in all that tools bring to the agent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agents.sources import Source
from agents.steps import AgentStep, Entered, FinalAnswer, Node, Outcome, TextDelta, ToolCall, ToolResult
from tests.test_shown_text import HOSTILE

DRIP = "drip "  # and the number of a drop
WHOLE = """
```python
if a < b:  # <b> ![x](http://evil.example)
    print(a)
```

| name | size |
|---|---|
| Loa | 440 |

\\(x^2 < y\\) and $$ \\frac{1}{2} $$
"""
MORE = {
    "formula that links": "\\(\\href{javascript:alert(1)}{x}\\) $$\\url{https://evil.example}$$",
    "formula that draws": "$$\\includegraphics[width=9em]{https://evil.example/a.png}$$",
    "formula with HTML of its own": "\\(\\htmlStyle{position:fixed}{x} \\htmlData{a=b}{x} \\htmlClass{modal}{x}\\)",
    "picture in a picture": "<picture><source srcset='https://evil.example/a'><img src=x></picture>",
    "media": "<video src='https://evil.example/a' autoplay></video><audio src=//evil.example/b></audio>",
    "meta": "<meta http-equiv=refresh content='0;url=https://evil.example'><base href='https://evil.example'>",
    "math": "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
    "svg link": "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a><use href='data:image/svg+xml,x'/></svg>",
    "style by link": "<link rel=stylesheet href='//evil.example/a.css'><p style='background:url(//evil.example)'>",
    "definition in a footnote": "[^1] ![][^1]\n\n[^1]: https://evil.example/a.png",
    "template": "<template><script>alert(1)</script></template><details open ontoggle=alert(1)><summary>x",
    "dialog": "<dialog open style='position:fixed;inset:0'>over<button formaction='javascript:alert(1)'>x</button>",
}
ALL = [*HOSTILE.values(), *MORE.values()]
NUM_TOGETHER = 6
DROPS = tuple("\n\n".join(ALL[first : first + NUM_TOGETHER]) for first in range(0, len(ALL), NUM_TOGETHER))


def drop_of(question: str) -> str | None:
    """What is asked for, whatever else is asked; None where nothing is. The last one is what must be drawn whole."""
    told = question.rpartition("\n")[2].strip()
    number = told.removeprefix(DRIP).partition(" ")[0]
    if not told.startswith(DRIP) or not number.isdecimal():
        return None
    return WHOLE if int(number) == len(DROPS) else DROPS[int(number)]


def pieces(text: str, size: int) -> Sequence[str]:
    """``text`` cut wherever it may be."""
    return [text[place : place + size] for place in range(0, len(text), size)]


def hostile_turn(text: str) -> Iterator[AgentStep]:
    """A turn of the agent in which everything is hostile: what it calls, what comes back, whence, and its answer."""
    yield Entered(Node.MODEL)
    yield ToolCall("call-1", "web_search", {"query": text, "<b>": text}, 9, 9)
    yield Entered(Node.TOOLS)
    found = {text: "javascript:alert(1)", text[::-1]: "https://evil.example/<img src=x>", "<svg>": "data:text/html,x"}
    pages = tuple(
        Source(title, text, url, title, title, number=number) for number, (title, url) in enumerate(found.items(), 1)
    )
    yield ToolResult("call-1", "web_search", text, 0.1, sources=pages)
    yield Entered(Node.MODEL)
    yield ToolCall("call-2", "<img src=x onerror=alert(1)>", {"x": text}, 9, 9)
    yield Entered(Node.TOOLS)
    values = {"tool": "<img src=x>", "expression": text[:80]}
    yield ToolResult("call-2", "<img src=x>", text, 0.1, Outcome.FAILED, "error_calculation_invalid", values)
    yield Entered(Node.ANSWER)
    for piece in pieces(text, 12):
        yield TextDelta(piece)
    yield FinalAnswer(text, pages)
