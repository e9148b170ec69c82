"""Messages -> prompt ids by the model's own Jinja template, which is a stranger's program.

It runs in a sandbox with a limit of time and size, and never sees the messages' text: each text is stood for by a
marker, the rendered prompt is cut at the markers, and only the template's own parts may hold control tokens.
"""

from __future__ import annotations

import re
import secrets
import sys
import time
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any, Protocol

from jinja2 import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from models.engine.protocol import ChatMessage

MAX_SECONDS = 2.0
MAX_CHARACTERS = 1_000_000
MAX_REPEATED = 100_000  # characters or items that one `*` of a template may make
PLAIN_TEMPLATE = """\
{%- for message in messages %}{{ message.role.capitalize() }}: {{ message.content }}

{% endfor %}Assistant:"""


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
        environment.globals["raise_exception"] = _raise
        environment.globals["strftime_now"] = time.strftime
        try:
            self._template = environment.from_string(source or PLAIN_TEMPLATE)
        except TemplateError as error:
            raise TemplateFailed(str(error)) from error
        self._tokenizer = tokenizer
        self._special_texts = special_texts

    def encode(self, messages: Sequence[ChatMessage], bos_id: int | None = None) -> list[int]:
        """Ids of the prompt that ends where the assistant is to speak. Raises TemplateFailed."""
        nonce = secrets.token_hex(8)
        markers = [{"role": message.role, "content": f"«{nonce}:{i}»"} for i, message in enumerate(messages)]
        rendered = _within_limits(lambda: self._render(markers))
        ids: list[int] = []
        for part, index in _cut(rendered, nonce):
            ids += self._tokenizer.tokenize(part, parse_special=True)
            if index is not None:
                ids += self._tokenizer.tokenize(messages[index].content, parse_special=False)
        if bos_id is not None and ids[:1] != [bos_id]:
            ids.insert(0, bos_id)
        return ids

    def _render(self, messages: list[dict[str, str]]) -> str:
        pieces: list[str] = []
        size = 0
        try:
            for piece in self._template.generate(messages=messages, add_generation_prompt=True, **self._special_texts):
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


def _cut(rendered: str, nonce: str) -> list[tuple[str, int | None]]:
    """The template's own parts, each with the index of the message that follows it (None after the last)."""
    parts = re.split(f"«{nonce}:(\\d+)»", rendered)
    return [(parts[i], int(parts[i + 1]) if i + 1 < len(parts) else None) for i in range(0, len(parts), 2)]


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
