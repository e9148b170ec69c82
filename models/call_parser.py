"""Reads tool calls out of an answer while it is being written: text here, LangChain's chunks of calls there."""

from __future__ import annotations

import json
import re
from uuid import uuid4

from langchain_core.messages import ToolCallChunk
from langchain_core.messages.tool import tool_call_chunk

from models.engine.tool_prompt import CALL_CLOSES, CALL_OPENS

HEAD = re.compile(r'\s*\{\s*"name":\s*("(?:[^"\\]|\\.)*"),\s*"arguments":\s*')
CLOSERS = {"{": "}", "[": "]"}


class CallParser:
    """Takes an answer piece by piece. What may be the beginning of a call is held back until it is clear."""

    def __init__(self) -> None:
        self._held = ""
        self._call: _Call | None = None
        self._num_begun = 0
        self.num_complete = 0

    def push(self, piece: str) -> tuple[str, list[ToolCallChunk]]:
        """What is certain now: text to show, and more of the calls."""
        self._held += piece
        text, chunks = "", list[ToolCallChunk]()
        while self._held:
            if self._call is None:
                said, opens, self._held = self._split_text()
                text += said
                if not opens:
                    break
                self._call = _Call(self._num_begun)
                self._num_begun += 1
            else:
                chunk, self._held = self._call.push(self._held)
                chunks += [chunk] if chunk else []
                if not self._call.is_closed:
                    break
                self._leave_call()
        return text, chunks

    def close(self) -> tuple[str, list[ToolCallChunk]]:
        """The answer is over: what was held back is text, and a call that was cut must not look like a whole one."""
        text, self._held = ("", "") if self._call else (self._held, "")
        chunks = self._call.cut() if self._call else []
        self._leave_call()
        return text, chunks

    def _leave_call(self) -> None:
        self.num_complete += self._call is not None and self._call.is_complete
        self._call = None

    def _split_text(self) -> tuple[str, bool, str]:
        """Text to show, whether a call begins after it, and the rest. Blank lines between calls are no text."""
        said, opens, rest = self._held.partition(CALL_OPENS)
        if not opens:
            num_kept = next((n for n in range(len(CALL_OPENS) - 1, 0, -1) if said.endswith(CALL_OPENS[:n])), 0)
            said, rest = said[: len(said) - num_kept], said[len(said) - num_kept :]
        return ("" if self._num_begun and said.isspace() else said), bool(opens), rest


class _Call:
    """One call, from its opening tag on."""

    def __init__(self, index: int) -> None:
        self._index = index
        self._id = f"call_{uuid4().hex[:12]}"
        self._has_name = False
        self._arguments = _Brackets()
        self._before_name = ""
        self.is_closed = False

    @property
    def is_complete(self) -> bool:
        """Its arguments are whole."""
        return self._arguments.is_over

    def push(self, text: str) -> tuple[ToolCallChunk | None, str]:
        """More of the call, and the text that is not read yet: what follows, or what does not make sense alone.

        One chunk and no more: LangChain takes two of one message for two calls, whatever their index.
        """
        name = None
        if not self._has_name:
            if not (head := HEAD.match(text)):
                self._before_name = text
                return None, text
            self._has_name = True
            name, text = json.loads(head[1]), text[head.end() :]
        num_read = 0 if self._arguments.is_over else self._arguments.push(text)
        args, text = text[:num_read], text[num_read:]
        if self._arguments.is_over and CALL_CLOSES in text:
            self.is_closed = True
            text = text.partition(CALL_CLOSES)[2]
        return (self._chunk(args, name) if name or args else None), text

    def cut(self) -> list[ToolCallChunk]:
        """Nothing more comes. LangChain would mend arguments that were cut, and run the tool with half of them."""
        if self.is_complete:
            return []
        if self._has_name:
            return [self._chunk(self._arguments.unmendable())]
        brackets = _Brackets()
        brackets.push(self._before_name)
        args = self._before_name + brackets.unmendable()
        return [tool_call_chunk(name=None, args=args, id=self._id, index=self._index)]

    def _chunk(self, args: str, name: str | None = None) -> ToolCallChunk:
        return tool_call_chunk(name=name, args=args, id=self._id if name else None, index=self._index)


class _Brackets:
    """Follows a JSON object or array to its end."""

    def __init__(self) -> None:
        self._open: list[str] = []
        self._is_in_string = False
        self._is_escaped = False
        self.is_over = False

    def push(self, text: str) -> int:
        """How many characters of ``text`` belong to the value."""
        for index, character in enumerate(text):
            if self._is_in_string:
                self._read_in_string(character)
            elif character == '"':
                self._is_in_string = True
            elif character in CLOSERS:
                self._open.append(character)
            elif self._open and character == CLOSERS[self._open[-1]]:
                self._open.pop()
                self.is_over = not self._open
                if self.is_over:
                    return index + 1
        return len(text)

    def _read_in_string(self, character: str) -> None:
        if self._is_escaped:
            self._is_escaped = False
        elif character == "\\":
            self._is_escaped = True
        else:
            self._is_in_string = character != '"'

    def unmendable(self) -> str:
        """What makes the text so far invalid for good: a bracket that closes what was never opened."""
        end_of_string = ("\\" if self._is_escaped else "") + ('"' if self._is_in_string else "")
        return end_of_string + ("}" if self._open[-1:] == ["["] else "]")
