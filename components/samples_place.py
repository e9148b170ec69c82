"""What a tab of the browser remembers of its samples, checked whenever it comes back: to go on from a token of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from components.playground_place import MAX_TOKEN_ID
from errors import OptionInvalid
from playground.positions import MAX_CHARACTERS, MAX_STEPS, Position, PromptText
from playground.samples import MAX_NEW_TOKENS, MAX_SAMPLES, Samples
from safety.surrogates import without_surrogates

TokenId = Annotated[int, Field(ge=0, le=MAX_TOKEN_ID)]


@dataclass(frozen=True)
class SamplesPlace:
    """``texts`` are the ids of each text that is seen after ``position``."""

    position: Position
    texts: tuple[tuple[int, ...], ...] = ()

    @classmethod
    def of(cls, samples: Samples) -> SamplesPlace:
        """Where ``samples`` are, and theirs."""
        texts = (tuple(token.token_id for token in text.tokens) for text in samples.texts)
        return cls(samples.asked.position, tuple(texts))

    def at(self, number: int | None, place: int | None, token_id: int | None) -> Position:
        """With ``token_id`` at ``place`` of the text of this number. Raises OptionInvalid where there is no such."""
        if number is None or not 0 <= number < len(self.texts):
            raise OptionInvalid(name="text", value=str(number))
        if place is None or not 0 <= place < len(self.texts[number]):
            raise OptionInvalid(name="token", value=str(place))
        if token_id is None or token_id < 0:
            raise OptionInvalid(name="id", value=str(token_id))
        path = (*self.position.path, *self.texts[number][:place], token_id)
        return Position(self.position.prompt, path)

    def to_text(self) -> str:
        """For a hidden field."""
        prompt = self.position.prompt
        kept = _Kept(text=prompt.text, is_chat=prompt.is_chat, path=self.position.path, texts=self.texts)
        return kept.model_dump_json()


class _Kept(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str = Field(max_length=MAX_CHARACTERS)
    is_chat: bool
    path: tuple[TokenId, ...] = Field(max_length=MAX_STEPS)
    texts: tuple[Annotated[tuple[TokenId, ...], Field(max_length=MAX_NEW_TOKENS)], ...] = Field(
        max_length=MAX_SAMPLES + 1
    )


def samples_place_from(text: str | None) -> SamplesPlace | None:
    """What ``to_text`` made; None when nothing was sampled yet. Raises OptionInvalid."""
    if not text:
        return None
    try:
        kept = _Kept.model_validate_json(text)
    except ValidationError as error:
        raise OptionInvalid(name="place", value="") from error
    return SamplesPlace(Position(PromptText(without_surrogates(kept.text), kept.is_chat), kept.path), kept.texts)
