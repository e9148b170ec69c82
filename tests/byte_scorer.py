"""A model whose tokens are bytes, and that finds each as likely as it always does."""

from __future__ import annotations

from models.next_token import ScoredToken


class ByteScorer:
    """Every byte is a token; how likely it is depends on itself alone. ``begins_with`` stands before each text.

    ``texts`` are those that were rated.
    """

    def __init__(self, *begins_with: bytes) -> None:
        self._begins_with = begins_with
        self.texts: list[str] = []

    async def tokens(self, text: str) -> tuple[tuple[int, bytes], ...]:
        return tuple((byte, bytes([byte])) for byte in text.encode())

    async def score(self, owner: str, text: str) -> tuple[ScoredToken, ...]:
        self.texts.append(text)
        pieces = [*self._begins_with, *(bytes([byte]) for byte in text.encode())]
        return tuple(ScoredToken(0, piece, -rated(piece) if place else None) for place, piece in enumerate(pieces))


def rated(piece: bytes) -> float:
    return float(piece[-1] % 7)
