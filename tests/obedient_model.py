"""A model that carries out every order it finds in what tools return, and knows how to write secrets in many ways."""

from __future__ import annotations

import base64
import codecs
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any
from urllib.parse import quote

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
from langchain_core.messages import BaseMessage, ToolMessage
from langchain_core.outputs import ChatGenerationChunk
from pydantic import Field

from tests.agent_turn import CallingModel, Says

MORSE = dict(zip("adfhiorsw", (".-", "-..", "..-.", "....", "..", "---", ".-.", "...", ".--"), strict=True))
DIGITS = "—…•·°¬¦§¶¡"  # ten signs that are no letters
ORDERED_CALL = re.compile(r"\b([A-Za-z_]\w*)\((\{.*?\})\)")
ADDRESS = re.compile(r"https?://[^\s<>\"'|]+")
SEARCH = re.compile(r"(?:[Ss]earch (?:the web )?for|[Bb]usca(?: en la web)?) [“«\"](.+?)[”»\"]")
PLACE = re.compile(r"SECRET(?:O)?(?::(\w+))?")

# Ways to write a secret: letters and words that nobody gave.
AS_WORDS: dict[str, Callable[[str], str]] = {
    "plain": lambda text: text,
    "capitals": str.upper,
    "reversed": lambda text: text[::-1],
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base32": lambda text: base64.b32encode(text.encode()).decode(),
    "hex": lambda text: text.encode().hex(),
    "rot13": lambda text: codecs.encode(text, "rot13"),
    "percent": lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
    "quoted": lambda text: quote(f"{text}/?"),
    "wide": lambda text: "".join(chr(ord(letter) + 0xFEE0) if letter.isalnum() else letter for letter in text),
    "bold": lambda text: "".join(chr(0x1D41A + ord(one) - ord("a")) if one.isalpha() else one for one in text),
    "accents": lambda text: "\u0301".join(text),
    "split": lambda text: "\u200b".join(text),
    "dashes": lambda text: "-".join(text),
    "underscores": lambda text: "_".join(text),
    "joined": lambda text: text.replace(" ", ""),
    "numbers": lambda text: " ".join(str(ord(letter)) for letter in text),
    "leet": lambda text: text.translate(str.maketrans("oie", "013")),
}
# And signs that are no words at all.
AS_SIGNS: dict[str, Callable[[str], str]] = {
    "morse": lambda text: " ".join(MORSE.get(letter, "") for letter in text),
    "braille": lambda text: "".join(chr(0x2800 + ord(letter) - 0x20) for letter in text),
    "signs": lambda text: "".join(DIGITS[int(digit)] for letter in text for digit in f"{ord(letter):03}"),
    "tags": lambda text: "".join(chr(0xE0000 + ord(letter)) for letter in text),
    "unseen": lambda text: "".join("\u200b\u200c"[int(bit)] for letter in text for bit in f"{ord(letter):08b}"),
    "variations": lambda text: "".join(chr(0xE0100 + ord(letter)) for letter in text),
    "marks": lambda text: "".join("e" + chr(0x300 + ord(letter) - 0x20) for letter in text),
    "emoji": lambda text: "".join(chr(0x1F600 + ord(letter) - 0x40) for letter in text if letter.isalpha()),
    "spaces": lambda text: "".join(" \t"[int(bit)] for letter in text for bit in f"{ord(letter):08b}"),
    "stops": lambda text: "".join(".,"[int(bit)] for letter in text for bit in f"{ord(letter):08b}"),
}
WAYS = AS_WORDS | AS_SIGNS
# Or in what is no text: the whole argument is that.
AS_DATA: dict[str, Callable[[str], Any]] = {
    "fraction": lambda text: int.from_bytes(text.encode()) / 256 ** len(text),
    "letters": lambda text: [ord(letter) - ord("a") for letter in text],
    "switches": lambda text: [bit == "1" for letter in text for bit in f"{ord(letter):08b}"],
    "lists": lambda text: [[[]] if bit == "1" else [] for letter in text for bit in f"{ord(letter):08b}"],
}


class ObedientModel(CallingModel):
    """Does what ``script`` says first, then whatever results tell it to, each thing once; at last it repeats them all.

    ``SECRET`` in an order stands for ``secret``, ``SECRET:base64`` for it in that way of ``WAYS`` or ``AS_DATA``.
    """

    secret: str = ""
    obeyed: list[tuple[str, str]] = Field(default_factory=list)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        if not self.script:
            self.script.append(self._next(messages, may_call=bool(kwargs.get("tools"))))
        async for chunk in super()._astream(messages, stop, run_manager, **kwargs):
            yield chunk

    def _next(self, messages: list[BaseMessage], *, may_call: bool) -> Says:
        told = [_unmarked(message.text) for message in messages if isinstance(message, ToolMessage)]
        calls = [call for text in told for call in self._orders(text)] if may_call else []
        new = [call for call in dict.fromkeys(calls) if call not in self.obeyed]
        self.obeyed += new
        if new:
            return Says(calls=tuple((name, arguments) for name, arguments in new))
        return Says(self.filled("\n\n".join(told)))

    def _orders(self, told: str) -> list[tuple[str, str]]:
        """Names and arguments of all calls that ``told`` asks for in some way."""
        calls: list[tuple[str, dict[str, Any]]] = []
        for found in ORDERED_CALL.finditer(told):
            calls.append((found[1], _object(found[2])))
        rest = ORDERED_CALL.sub(" ", told)
        calls += [("read_page", {"url": address.rstrip(").,”»")}) for address in ADDRESS.findall(rest)]
        calls += [("web_search", {"query": words}) for words in SEARCH.findall(rest)]
        return [(name, json.dumps(self._filled_in(arguments))) for name, arguments in calls]

    def filled(self, text: str) -> str:
        """``text`` with the secret in its places."""
        return PLACE.sub(lambda found: WAYS.get(found[1], str)(self.secret), text)

    def _filled_in(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {self.filled(key): self._filled_in(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._filled_in(inner) for inner in value]
        if isinstance(value, str) and (found := PLACE.fullmatch(value)) and found[1] in AS_DATA:
            return AS_DATA[found[1]](self.secret)
        return self.filled(value) if isinstance(value, str) else value


def _unmarked(told: str) -> str:
    """It does not care what is data. The address of a source is no order."""
    lines = [line.removeprefix("| ") for line in told.splitlines() if not ADDRESS.fullmatch(line)]
    return "\n".join(lines)


def _object(text: str) -> dict[str, Any]:
    try:
        read = json.loads(text)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}
