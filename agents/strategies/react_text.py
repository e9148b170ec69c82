"""The text form of ReAct (Yao et al. 2022): what a model may write in it, and how what it wrote is read.

Models that no grammar holds write it in many ways: with Markdown around the labels, arguments as Python, as a call or
as bare words, an observation of their own invention. What can be understood is; nothing that was written is run.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

THOUGHT, ACTION, INPUT, FINAL, OBSERVATION = "thought", "action", "input", "final", "observation"
LABELS = {
    "thought": THOUGHT,
    "pensamiento": THOUGHT,
    "action input": INPUT,
    "entrada de la acción": INPUT,
    "entrada de acción": INPUT,
    "action": ACTION,
    "acción": ACTION,
    "final answer": FINAL,
    "respuesta final": FINAL,
    "observation": OBSERVATION,
    "observación": OBSERVATION,
    "question": OBSERVATION,  # a model that asks itself goes on alone, as with an observation of its own
    "pregunta": OBSERVATION,
}
NAMES = "|".join(sorted(LABELS, key=len, reverse=True))
AT_LINE = re.compile(rf"^[ \t>*_#-]{{0,8}}({NAMES})[ \t*_]{{0,4}}:\*{{0,2}}[ \t]{{0,4}}", re.IGNORECASE | re.MULTILINE)
IN_LINE = re.compile(r"\b(Thought|Action Input|Action|Final Answer|Observation):[ \t]?")
FENCE = re.compile(r"^\s*```[a-z]*\s*|\s*```\s*$", re.IGNORECASE)
MAX_ARGUMENTS = 4_000  # characters: what is longer is no call
Tool: TypeAlias = Mapping[str, Any]  # a function in OpenAI's form


@dataclass(frozen=True)
class Action:
    """The model wants ``name`` called."""

    thought: str
    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """The model is done."""

    text: str


@dataclass(frozen=True)
class Unreadable:
    """``fault`` says why, for the model; ``said`` is all that could be an answer."""

    fault: str
    said: str


@dataclass(frozen=True)
class Section:
    """What stands behind a label; ``start`` is where."""

    label: str
    text: str
    start: int


def read_step(text: str, tools: Sequence[Tool]) -> Action | Answer | Unreadable:
    """What ``text`` comes to. Calls only ``tools``, with arguments that name all that they need."""
    found = _sections(text)
    at = next((at for at, section in enumerate(found) if section.label in (ACTION, FINAL)), None)
    if at is None:
        said = " ".join(section.text for section in found)
        has_labels = any(section.start for section in found)
        return Unreadable("neither an action nor a final answer", said) if has_labels else Answer(said)
    if found[at].label == FINAL:
        return Answer(_until_label(text, found[at].start))
    thought = " ".join(section.text for section in found[:at] if section.text)
    follows = found[at + 1] if at + 1 < len(found) and found[at + 1].label == INPUT else None
    read = _call(found[at].text, follows.text if follows else None, tools)
    return Unreadable(read, thought) if isinstance(read, str) else Action(thought, *read)


def final_answer_start(text: str) -> int | None:
    """Where the final answer begins in a text that grows, None while it is not certain that it has begun."""
    first = next((match for match in AT_LINE.finditer(text) if LABELS[match[1].lower()] in (ACTION, FINAL)), None)
    is_final = first is not None and LABELS[first[1].lower()] == FINAL
    return first.end() if first and is_final and text[first.end() :].strip() else None


def answer_end(text: str, start: int) -> tuple[int, bool]:
    """How far the final answer that begins at ``start`` is certain, and whether it is over: whoever goes on with
    another label after it talks to itself."""
    label = next((match for match in AT_LINE.finditer(text, start) if match.start() > start), None)
    if label is not None:
        return label.start(), True
    line = text.rfind("\n", start) + 1
    begun = text[line:].strip(" \t>*_#-").lower()
    may_be_label = line > 0 and any(name.startswith(begun) or begun == name for name in LABELS)
    return (line - 1 if may_be_label else len(text)), False


def written_call(thought: str, name: str, arguments: Mapping[str, Any]) -> str:
    """A step as the model would write it."""
    lines = [f"Thought: {' '.join(thought.split())}"] if thought.strip() else []
    return "\n".join([*lines, f"Action: {name}", f"Action Input: {json.dumps(arguments, ensure_ascii=False)}"])


def _sections(text: str) -> list[Section]:
    """In order, up to the first observation: what follows it the model made up. Text before any label is a thought."""
    matches = list(AT_LINE.finditer(text))
    if not any(LABELS[match[1].lower()] in (ACTION, FINAL) for match in matches):
        matches = list(IN_LINE.finditer(text)) or matches
    elif len(matches) and not any(LABELS[match[1].lower()] == FINAL for match in matches):
        matches = sorted([*matches, *_inputs_in_line(text, matches)], key=lambda match: match.start())
    starts = [*(match.start() for match in matches), len(text)]
    found = [Section(THOUGHT, text[: starts[0]].strip(), 0)] if text[: starts[0]].strip() else []
    for match, end in zip(matches, starts[1:], strict=True):
        label = LABELS[match[1].lower()]
        if label == OBSERVATION and found:
            break
        found.append(Section(label, text[match.end() : end].strip(), match.end()))
    return found


def _inputs_in_line(text: str, matches: Sequence[re.Match[str]]) -> list[re.Match[str]]:
    """Inputs that stand in the line of their action."""
    known = {match.start(1) for match in matches}
    return [match for match in IN_LINE.finditer(text) if match[1] == "Action Input" and match.start(1) not in known]


def _until_label(text: str, start: int) -> str:
    end = next((match.start() for match in AT_LINE.finditer(text, start) if match.start() > start), None)
    return text[start:end].strip()


# --- the call ---------------------------------------------------------------------------------------------------------


def _call(action: str, given: str | None, tools: Sequence[Tool]) -> tuple[str, dict[str, Any]] | str:
    """Name and arguments, or why there are none."""
    named = [(action.find(tool["name"]), tool) for tool in tools if _names(action, tool["name"])]
    if not named:
        return f"there is no tool called {action[:60]!r}"
    place, tool = min(named, key=lambda one: (one[0], -len(one[1]["name"])))
    inline = _unwrapped(action[place + len(tool["name"]) :].strip(" `*_\"'"))
    arguments = _arguments(inline if given is None else given, tool)
    if arguments is None:
        return f"the arguments of {tool['name']} are no JSON object"
    missing = [name for name in _parameters(tool).get("required", ()) if name not in arguments]
    return f"{tool['name']} needs {', '.join(missing)}" if missing else (tool["name"], arguments)


def _unwrapped(text: str) -> str:
    return text[1:-1].strip() if text[:1] + text[-1:] in ("()", "[]") else text


def _names(action: str, name: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", action) is not None


def _arguments(text: str, tool: Tool) -> dict[str, Any] | None:
    text = FENCE.sub("", text).strip()
    if len(text) > MAX_ARGUMENTS:
        return None
    properties = _parameters(tool).get("properties", {})
    if not text or not properties:
        return {}
    value = _value(text)
    field = _main_field(tool)
    if isinstance(value, dict):
        strange = [name for name in value if name not in properties]
        if field and field not in value and len(strange) == 1:  # {"input": "words"}
            value[field] = value.pop(strange[0])
        return {str(name): inner for name, inner in value.items()}
    if field is None:
        return None
    return {field: value if value is not None else text.strip("`\"' \n")}


def _value(text: str) -> Any:
    """A value that ``text`` writes as JSON, as Python or as the arguments of a call; None for bare words."""
    opens = text.find("{")
    for candidate in (text[opens:] if opens >= 0 else text, text):
        try:
            value, _ = json.JSONDecoder().raw_decode(candidate)
        except (ValueError, RecursionError):
            continue
        if candidate is not text or len(candidate) == len(text):
            return value if isinstance(value, dict | str) else None
    try:
        return _literal(text)
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return None


def _literal(text: str) -> Any:
    """Python that is nothing but values: evaluated by nobody, only read."""
    call = ast.parse(f"f({text})", mode="eval").body
    if not isinstance(call, ast.Call) or len(call.args) > 1 or (call.args and call.keywords):
        return None
    if call.args:
        value = ast.literal_eval(call.args[0])
        return value if isinstance(value, dict | str) else None
    return {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords if keyword.arg}


def _main_field(tool: Tool) -> str | None:
    """The field that bare words are meant for."""
    parameters = _parameters(tool)
    texts = [name for name, field in parameters.get("properties", {}).items() if field.get("type") == "string"]
    required = [name for name in texts if name in parameters.get("required", ())]
    return next(iter([*required, *texts]), None)


def _parameters(tool: Tool) -> Mapping[str, Any]:
    return tool.get("parameters") or {}
