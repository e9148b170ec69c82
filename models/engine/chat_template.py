"""Messages -> prompt ids by the model's own Jinja template, which is a stranger's program.

It runs in a sandbox with a limit of time and size, and never sees the messages' text: each text is stood for by a
marker, the rendered prompt is cut at the markers, and only the template's own parts may hold control tokens.

What a template cannot say is said in words instead: a system turn that it refuses, tools that it knows nothing of.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any, Protocol

from jinja2 import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

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
        if not self._takes_tools:
            messages, tools = in_words(messages, tools), ()
        if not self._takes_system:
            messages = _without_system(messages)
        ids: list[int] = []
        for own, text in self._parts(messages, tools):
            ids += self._tokenizer.tokenize(own, parse_special=True)
            ids += self._tokenizer.tokenize(text, parse_special=False)
        if bos_id is not None and ids[:1] != [bos_id]:
            ids.insert(0, bos_id)
        return ids

    def _shows(self, messages: Sequence[ChatMessage], tools: Sequence[dict[str, Any]], *texts: str) -> bool:
        """The template takes these messages and leaves all ``texts`` in the prompt."""
        try:
            prompt = "".join(own + text for own, text in self._parts(messages, tools))
        except TemplateFailed:
            return False
        return all(text in prompt for text in texts)

    def _parts(self, messages: Sequence[ChatMessage], tools: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
        """The template's own texts, each with the text of others that follows it. Raises TemplateFailed."""
        veil = Veil()
        variables = {
            "messages": [_variables(message, veil) for message in messages],
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


def _variables(message: ChatMessage, veil: Veil) -> dict[str, Any]:
    """``message`` as chat templates know it, its text hidden."""
    turn: dict[str, Any] = {"role": veil.hide_within(message.role), "content": veil.hide(message.content)}
    if message.name is not None:
        turn["name"] = veil.hide_within(message.name)
    if message.tool_calls:
        calls = [veil.hide_within(call.model_dump()) for call in message.tool_calls]
        turn["tool_calls"] = [{"type": "function", "function": call} for call in calls]
    return turn


def _without_system(messages: Sequence[ChatMessage]) -> list[ChatMessage]:
    """What the system says stands at the head of the next turn, for templates that know no system."""
    turns: list[ChatMessage] = []
    said = ""
    for message in messages:
        if message.role == "system":
            said += f"{message.content}\n\n"
        else:
            turns.append(message.model_copy(update={"content": said + message.content}))
            said = ""
    return [*turns, ChatMessage(role="user", content=said.strip())] if said else turns


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
