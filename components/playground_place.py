"""What a tab of the browser remembers of the Playground, checked whenever it comes back: where one is."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from errors import OptionInvalid
from playground.positions import MAX_CHARACTERS, MAX_STEPS, Position, PromptText
from safety.surrogates import without_surrogates

MAX_TOKEN_ID = 2**31 - 1


@dataclass(frozen=True)
class Place:
    """``chosen`` is the token whose formula is shown, None the likeliest."""

    position: Position
    chosen: int | None = None

    def to_text(self) -> str:
        """For a hidden field."""
        prompt = self.position.prompt
        kept = _Kept(text=prompt.text, is_chat=prompt.is_chat, path=self.position.path, chosen=self.chosen)
        return kept.model_dump_json()


class _Kept(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str = Field(max_length=MAX_CHARACTERS)
    is_chat: bool
    path: tuple[int, ...] = Field(max_length=MAX_STEPS)
    chosen: int | None = Field(ge=0, le=MAX_TOKEN_ID)


def place_from(text: str | None) -> Place | None:
    """What ``to_text`` made; None when nothing was looked at yet. Raises OptionInvalid."""
    if not text:
        return None
    try:
        kept = _Kept.model_validate_json(text)
    except ValidationError as error:
        raise OptionInvalid(name="place", value="") from error
    if any(not 0 <= one <= MAX_TOKEN_ID for one in kept.path):
        raise OptionInvalid(name="path", value="")
    prompt = PromptText(without_surrogates(kept.text), kept.is_chat)
    return Place(Position(prompt, kept.path), kept.chosen)
