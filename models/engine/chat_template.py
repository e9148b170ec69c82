"""Messages -> prompt ids by the model's own Jinja template, which is a stranger's program.

It runs in a sandbox with a limit of time and size, and never sees the messages' text: each text is stood for by a
marker, the rendered prompt is cut at the markers, and only the template's own parts may hold control tokens.

What a template cannot say is said in words instead: a system turn that it refuses, tools that it knows nothing of.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from operator import attrgetter
from types import FrameType
from typing import Any, Protocol

from jinja2 import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from models.engine.prompt_parts import Span, TextPart, Turn, turns_of
from models.engine.protocol import ChatMessage, ToolCall
from models.engine.tool_prompt import CALL_OPENS, in_words
from models.engine.veil import Veil, to_json

MAX_SECONDS = 2.0
MAX_CHARACTERS = 1_000_000
MAX_REPEATED = 100_000  # characters or items that one `*` of a template may make
PLAIN_TEMPLATE = """\
{%- for message in messages %}{{ message.role.capitalize() }}: {{ message.content }}

{% endfor %}Assistant:"""

PROBE_TOOL = {"type": "function", "function": {"name": "probe", "description": "?", "parameters": {"type": "object"}}}
PROBE_CALL = ChatMessage(
    role="assistant", content="", tool_calls=(ToolCall(name="probe", arguments={"a": "(argument)"}),)
)
PROBE_RESULT = ChatMessage(role="tool", content="(result)", name="probe")


class TemplateFailed(Exception):
    """The template raised, took too long or made too much."""


class Tokenizer(Protocol):
    """The vocabulary's side of the runner."""

    def tokenize(self, text: str, *, parse_special: bool) -> list[int]:
        """Ids of ``text``."""


class ChatTemplate:
    """``source`` is the template that came with the model; None means a plain transcript."""

    def __init__(self, source: str | None, tokenizer: Tokenizer, special_texts: dict[str, str]) -> None:
        environment = _Sandbox(trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"])
        environment.filters["tojson"] = to_json
        environment.globals["raise_exception"] = _raise
        environment.globals["strftime_now"] = time.strftime
        try:
            self._template = environment.from_string(source or PLAIN_TEMPLATE)
        except TemplateError as error:
            raise TemplateFailed(str(error)) from error
        self._tokenizer = tokenizer
        self._special_texts = special_texts
        user = ChatMessage(role="user", content="(question)")
        self._takes_system = self._shows([ChatMessage(role="system", content="(system)"), user], (), "(system)")
        calls = ('"arguments"', CALL_OPENS, "(argument)", "(result)")
        self._takes_tools = self._shows([user, PROBE_CALL, PROBE_RESULT], (PROBE_TOOL,), *calls)

    def encode(
        self, messages: Sequence[ChatMessage], bos_id: int | None = None, tools: Sequence[dict[str, Any]] = ()
    ) -> list[int]:
        """Ids of the prompt that ends where the assistant is to speak. Raises TemplateFailed."""
        return [token_id for span in self.spans(messages, bos_id, tools) for token_id in span.ids]

    def spans(
        self, messages: Sequence[ChatMessage], bos_id: int | None = None, tools: Sequence[dict[str, Any]] = ()
    ) -> list[Span]:
        """The same, with the message that each text comes from. Raises TemplateFailed."""
        turns = turns_of(messages)
        if not self._takes_tools:
            turns, tools = in_words(turns, tools), ()
        if not self._takes_system:
            turns = _without_system(turns)
        spans: list[Span] = []
        for own, part in self._parts(turns, tools):
            spans.append(Span(tuple(self._tokenizer.tokenize(own, parse_special=True)), None))
            spans.append(Span(tuple(self._tokenizer.tokenize(part.text, parse_special=False)), part.message))
        begins_with = next((span.ids[0] for span in spans if span.ids), None)
        if bos_id is not None and begins_with != bos_id:
            spans.insert(0, Span((bos_id,), None))
        return spans

    def _shows(self, messages: Sequence[ChatMessage], tools: Sequence[dict[str, Any]], *texts: str) -> bool:
        """The template takes these messages and leaves all ``texts`` in the prompt."""
        try:
            prompt = "".join(own + part.text for own, part in self._parts(turns_of(messages), tools))
        except TemplateFailed:
            return False
        return all(text in prompt for text in texts)

    def _parts(self, turns: Sequence[Turn], tools: Sequence[dict[str, Any]]) -> list[tuple[str, TextPart]]:
        """The template's own texts, each with the text of others that follows it. Raises TemplateFailed."""
        veil = Veil()
        variables = {
            "messages": [_variables(turn, veil) for turn in turns],
            "tools": [veil.hide_within(tool) for tool in tools] or None,
            "add_generation_prompt": True,
            **self._special_texts,
        }
        return list(veil.cut(_within_limits(lambda: self._render(variables))))

    def _render(self, variables: dict[str, Any]) -> str:
        pieces: list[str] = []
        size = 0
        try:
            for piece in self._template.generate(variables):
                pieces.append(piece)
                size += len(piece)
                if size > MAX_CHARACTERS:
                    raise TemplateFailed("too much text")
        except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError, RecursionError) as error:
            raise TemplateFailed(str(error)) from error
        return "".join(pieces)


def usable_template(
    source: str | None, tokenizer: Tokenizer, special_texts: dict[str, str]
) -> tuple[ChatTemplate, bool]:
    """The template to speak by, and whether it is the model's own: there may be none, or none that can be used."""
    if source is not None:
        try:
            template = ChatTemplate(source, tokenizer, special_texts)
            template.encode([ChatMessage(role="user", content="?")])
            return template, True
        except TemplateFailed as error:
            sys.stderr.write(f"the model's chat template cannot be used, a plain one takes its place: {error}\n")
    return ChatTemplate(None, tokenizer, special_texts), False


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox stops access and endless ranges; a huge product such as ``'a' * 10**9`` is left to us."""

    intercepted_binops = frozenset(["*", "**"])

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "**":
            raise TemplateFailed("powers are not for templates")
        sized, times = (left, right) if hasattr(left, "__len__") else (right, left)
        if hasattr(sized, "__len__") and isinstance(times, int) and len(sized) * times > MAX_REPEATED:
            raise TemplateFailed("too much text")
        return super().call_binop(context, operator, left, right)


def _raise(message: str) -> None:
    raise TemplateError(message)


def _variables(turn: Turn, veil: Veil) -> dict[str, Any]:
    """``turn`` as chat templates know it, its text hidden."""
    content = "".join(veil.hide(part.text, part.message) for part in turn.parts)
    variables: dict[str, Any] = {"role": veil.hide_within(turn.role, turn.message), "content": content}
    if turn.name is not None:
        variables["name"] = veil.hide_within(turn.name, turn.message)
    if turn.tool_calls:
        calls = [veil.hide_within(call.model_dump(), turn.message) for call in turn.tool_calls]
        variables["tool_calls"] = [{"type": "function", "function": call} for call in calls]
    return variables


def _without_system(turns: Sequence[Turn]) -> list[Turn]:
    """What the system says stands at the head of the next turn, for templates that know no system."""
    kept: list[Turn] = []
    said: list[TextPart] = []
    for turn in turns:
        if turn.role == "system":
            said += [*turn.parts, TextPart("\n\n", turn.message)]
        else:
            kept.append(replace(turn, parts=(*_joined(said), *turn.parts)))
            said = []
    return [*kept, Turn("user", tuple(_joined(said[:-1])))] if said else kept


def _joined(parts: Sequence[TextPart]) -> Iterator[TextPart]:
    """Neighbours of one message as one part: cut elsewhere, they might give other tokens."""
    for message, group in groupby(parts, attrgetter("message")):
        yield TextPart("".join(part.text for part in group), message)


def _within_limits(render: Callable[[], str]) -> str:
    """Run ``render``, ending it when it takes too long: a trace function sees every line of the compiled template."""
    deadline = time.monotonic() + MAX_SECONDS

    def watch(_frame: FrameType, _event: str, _argument: object) -> Any:
        if time.monotonic() > deadline:
            raise TemplateFailed("too slow")
        return watch

    previous = sys.gettrace()
    sys.settrace(watch)
    try:
        return render()
    finally:
        sys.settrace(previous)
