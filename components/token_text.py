"""How tokens are made visible: bytes become text, pieces of one character stay together, blanks get a mark.

A token's text is anybody's. Here it becomes HTML whose ``textContent`` is the text itself: the marks of blanks are
drawn by the stylesheet on empty elements, and only what has no shape of its own is spelled out.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from itertools import accumulate

SHAPELESS = {"Cc", "Cf", "Cn", "Co", "Zl", "Zp"}  # among them the marks that turn the direction of a line
BLANKS = {"\n": "<i></i>\n", "\t": '<i class="t"></i>\t'}
BLANK_SIGNS = {" ": "␣", "\n": "↵", "\t": "⇥"}


@dataclass(frozen=True)
class ShownToken:
    """``text`` is every character that begins in the token; a byte that belongs to none is a lone surrogate.

    ``character`` is the one that this token shares with its neighbours, or empty. ``left_open`` is its beginning, in
    the tokens before; what could have stood here has to be read after it.
    """

    content: bytes
    text: str
    character: str = ""
    left_open: bytes = b""

    @property
    def html(self) -> str:
        return "".join(_character_html(character) for character in self.text)

    @property
    def is_plain(self) -> bool:
        """The text alone tells the bytes."""
        return not self.character and not any(_spelled(character) for character in self.text)


def shown_tokens(contents: Iterable[bytes]) -> list[ShownToken]:
    """One for each token, in order. A character that is spread over several tokens is shown in the first of them."""
    tokens = list(contents)
    content = b"".join(tokens)
    text = content.decode("utf-8", errors="surrogateescape")
    places = list(accumulate(map(_num_bytes, text), initial=0))  # where each character begins, and the end
    shown = []
    end, first = 0, 0
    for token in tokens:
        start, end = end, end + len(token)
        after = first
        while places[after] < end:
            after += 1
        character, left_open = "", b""
        if token and places[first] > start:
            character, left_open = text[first - 1], content[places[first - 1] : start]
        elif token and places[after] > end:
            character = text[after - 1]
        shown.append(ShownToken(token, text[first:after], character, left_open))
        first = after
    return shown


def titled_html(token: ShownToken, title: str, kind: str = "") -> str:
    """``token`` with a title, as the glass box's script expects it: what the text does not tell is in attributes.

    ``kind`` names classes.
    """
    classes = " ".join(name for name in (kind, "c" if token.left_open else "") if name)
    looks = f' class="{classes}"' if classes else ""
    content = "" if token.is_plain else f' data-b="{token.content.hex()}"'
    whole = f' data-w="{escape(token.character)}"' if token.character else ""
    return f'<span title="{escape(title)}"{looks}{content}{whole}>{token.html}</span>'


def sign_text(content: bytes, left_open: bytes = b"") -> str:
    """One line that shows ``content`` with a sign for each blank; bytes that make no character are spelled out."""
    whole = (left_open + content).decode("utf-8", errors="surrogateescape")
    if left_open and _is_stray(whole[0]):  # it would not have completed the character
        whole = content.decode("utf-8", errors="surrogateescape")
    return "".join(_sign(character) for character in whole)


def _sign(character: str) -> str:
    spelled = _spelled(character)
    return f"⟨{spelled}⟩" if spelled else BLANK_SIGNS.get(character, character)


def _character_html(character: str) -> str:
    spelled = _spelled(character)
    return f"<u>{spelled}</u>" if spelled else BLANKS.get(character) or escape(character)


def _spelled(character: str) -> str:
    """The name of a byte or of a character without a shape; empty for all others."""
    if _is_stray(character):
        return f"{ord(character) - 0xDC00:02X}"
    if character in BLANK_SIGNS or unicodedata.category(character) not in SHAPELESS:
        return ""
    return f"U+{ord(character):04X}"


def _is_stray(character: str) -> bool:
    return "\udc80" <= character <= "\udcff"


def _num_bytes(character: str) -> int:
    return 1 if _is_stray(character) else len(character.encode())
