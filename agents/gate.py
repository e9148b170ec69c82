"""What a call may carry out of this machine once text of others is in the prompt.

Text of others can hold instructions, and a model may follow them. So these rules do not ask the model: after such text,
whatever leaves is made of this turn's question and of what was found, and goes to services that the operator chose or
to addresses that the person or a source gave. Anything else waits for the person (OWASP LLM01, LLM06).
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.utils.function_calling import convert_to_openai_tool

from agents.sources import Found
from agents.steps import Why
from agents.tools.tool import AgentTool, Reach

WORD = re.compile(r"[^\W_]+")
ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*:[^\s<>\"'`|\\^{}]+", re.IGNORECASE)
STOPS = ".,;:!?)"  # of the sentence that an address stands in
YEAR = re.compile(r"(?:19|20)\d\d")
MAX_NUMBER = 100  # what a number beside the text may be, such as how many results are wanted
MAX_PARTS = 8  # numbers, texts and lists of one call: what is longer could spell something
SIGNS = re.compile(r"[^\w ]|_|  ")
PLAIN_SIGNS = frozenset(".,;:!?¿¡'\"()-/%&+")
MAX_SIGNS = 8  # beside the words of one call
# Words that tell nothing about anybody, which a model adds to a query.
NEUTRAL = """
    a al ante año años como con cual cuando cuanto cuanta cuantos cuantas de del desde donde e el ella en entre es esta
    fue hasta hay la las lo los mas mes o para por que quien se segun ser sin sobre su sus un una unos unas y ya
    actual actuales actualidad actualmente ahora edad fecha hoy lista noticias nombre numero oficial reciente ultima
    ultimas ultimo ultimos significado definicion historia datos informacion
    about after an and are as at before by for from has have how in is it its latest list name new news now number of
    official on or recent since than that the their this to today was were what when where which who whom whose why
    will with year years age born current currently date definition facts history information meaning
"""
NEUTRAL_WORDS = frozenset(NEUTRAL.split())


@dataclass(frozen=True)
class Objection:
    """The call has to wait for the person; ``words`` are what nobody gave."""

    why: Why
    words: tuple[str, ...]


class Gate:
    """The rules of one turn. ``has_earlier`` says that the prompt holds more of the conversation than ``question``."""

    def __init__(self, question: str, has_earlier: bool) -> None:
        self._has_private = has_earlier
        self._has_untrusted = has_earlier  # an earlier answer may repeat what a page said
        self._words = set(_words(question))
        self._signs = Counter(_signs(question))
        self._addresses = {form for found in ADDRESS.findall(question) for form in (found, found.rstrip(STOPS))}

    def saw(self, tool: AgentTool, text: str, found: Sequence[Found]) -> None:
        """``tool`` returned ``text``, or what it ``found``: from now on it is in the prompt."""
        self._has_private |= tool.is_private
        self._has_untrusted |= tool.is_untrusted
        if tool.is_private or tool.reach is Reach.HERE:  # the words may be the person's own by way of a local tool
            return
        self._addresses |= {one.url.partition("#")[0] for one in found if one.url}
        for part in (text, *(f"{one.title} {one.text} {one.site} {one.date}" for one in found)):
            self._words.update(_words(part))

    def objection(self, tool: AgentTool, arguments: Mapping[str, Any]) -> Objection | None:
        """Why this call has to wait, None for one that may be made."""
        if tool.reach is Reach.HERE or not (self._has_private or self._has_untrusted):
            return None
        texts = tuple(_free_texts(tool, arguments))
        named = [str(arguments["url"])] if tool.reach is Reach.ADDRESS and "url" in arguments else []
        addresses = [*named, *(found for text in texts for found in ADDRESS.findall(text))]
        if strange := [one for one in dict.fromkeys(addresses) if not self._is_given(one)]:
            return Objection(Why.NEW_ADDRESS, tuple(strange))
        if self._has_private and self._has_untrusted:
            said = " ".join(text for text in texts if text not in named)
            if new := [word for word in dict.fromkeys(_words(ADDRESS.sub(" ", said))) if not self._is_known(word)]:
                return Objection(Why.NEW_WORDS, tuple(new))
            if hidden := [*self._hiding(ADDRESS.sub(" ", said)), *_too_many(arguments)]:
                return Objection(Why.NEW_WORDS, tuple(hidden))
        return None

    def _is_given(self, address: str) -> bool:
        """To the letter, but for the stroke at its end: signs could be added until they spell something."""
        asked = address.partition("#")[0]
        return not {asked, asked.removesuffix("/"), f"{asked}/"}.isdisjoint(self._addresses)

    def _hiding(self, text: str) -> list[str]:
        """What of ``text`` is no word and could spell one: signs of no plain sentence, or too many of them."""
        signs = Counter(_signs(text)) - self._signs
        odd = [ascii(one) for one in signs if one not in PLAIN_SIGNS]
        return odd or (["".join(signs.elements())] if signs.total() > MAX_SIGNS else [])

    def _is_known(self, word: str) -> bool:
        forms = {word, word.removesuffix("s"), word.removesuffix("es"), f"{word}s", f"{word}es"}
        return word in NEUTRAL_WORDS or YEAR.fullmatch(word) is not None or not forms.isdisjoint(self._words)


def _free_texts(tool: AgentTool, arguments: Mapping[str, Any]) -> Iterator[str]:
    """All that the model could put into the call, but what it chose from a list of the tool's own."""
    properties = convert_to_openai_tool(tool.tool)["function"].get("parameters", {}).get("properties", {})
    for name, value in arguments.items():
        chosen_from = _choices(properties.get(name, {}))
        yield from (text for text in _texts(value) if text not in chosen_from)
        if name not in properties:
            yield name


def _choices(schema: Any) -> set[str]:
    if not isinstance(schema, dict):
        return set()
    inner = [schema.get("items"), *schema.get("anyOf", ()), *schema.get("oneOf", ())]
    own = {str(one) for one in [*schema.get("enum", ()), schema.get("const")] if one is not None}
    return own.union(*map(_choices, inner))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield str(key)
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value
    elif isinstance(value, float) or (isinstance(value, int) and not 0 <= value <= MAX_NUMBER):
        yield str(value)


def _words(text: str) -> list[str]:
    """In lower case without accents, so that spelling does not decide."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return WORD.findall("".join(character for character in folded if not unicodedata.combining(character)))


def _signs(text: str) -> list[str]:
    return SIGNS.findall(unicodedata.normalize("NFC", text))


def _too_many(arguments: Mapping[str, Any]) -> list[str]:
    """All arguments, where there are so many that their number or order could spell something."""
    return [json.dumps(arguments, ensure_ascii=False, default=str)] if _num_parts(arguments) - 1 > MAX_PARTS else []


def _num_parts(value: Any) -> int:
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    return 1 + sum(map(_num_parts, inner))
