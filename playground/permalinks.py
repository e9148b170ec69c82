"""An experiment as the end of an address: all that restores it, made small, and checked like any input of strangers."""

from __future__ import annotations

import binascii
import json
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from errors import PermalinkInvalid, PermalinkTooLong
from models.sampling import SamplingParams
from playground.chain import Order
from playground.panel_options import Options
from playground.positions import MAX_CHARACTERS, MAX_STEPS, Position, PromptText
from playground.views import LoadedModel
from safety.surrogates import without_surrogates

PREFIX = "playground=1"  # ends in the version of what follows
MAX_LENGTH = 8_000  # characters: longer addresses are cut by messengers and mail
MAX_JSON_BYTES = 16 * MAX_CHARACTERS  # so many at the most are unpacked, whatever was packed
SETTINGS = (  # those that the stages shown have, and the seed; all of them are told, as defaults may change
    "temperature",
    "top_k",
    "top_p",
    "min_p",
    "typical_p",
    "xtc_probability",
    "xtc_threshold",
    "repeat_penalty",
    "presence_penalty",
    "frequency_penalty",
    "penalty_last_n",
    "seed",
)
# What nearly every experiment says, so that the packed ones need not: part of version 1, never to be changed.
COMMON = (
    b'{"panel":"tokens","panel":"score","panel":"steps","panel":"next","model":"local/","fingerprint":"","text":"",'
    b'"is_chat":false,"is_chat":true,"other_text":"","order":"textbook","order":"engine","path":[],"chosen":null,'
    b'"sampling":{"temperature":0.6,"top_k":40,"top_p":0.95,"min_p":0.05,"typical_p":1.0,"xtc_probability":0.0,'
    b'"xtc_threshold":0.1,"repeat_penalty":1.0,"presence_penalty":0.0,"frequency_penalty":0.0,"penalty_last_n":64,'
    b'"seed":null}}'
)

Panel = Literal["next", "steps", "samples", "sweep", "tokens", "ngrams", "prompts", "context", "score", "cloud"]
TokenId = Annotated[int, Field(ge=0, lt=2**31)]
Text = Annotated[str, Field(max_length=MAX_CHARACTERS)]


class Experiment(BaseModel):
    """What the controls show. ``panel`` is the small tab, ``options`` what only that one asks.

    ``other_text`` is the text compared with, empty for none. ``model`` and ``fingerprint`` say where it was made. Of
    ``sampling`` only what the stages shown have may be chosen.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    panel: Panel
    model: str = Field(max_length=200)
    fingerprint: str = Field(max_length=200)
    text: Text = ""
    is_chat: bool = False
    other_text: Text = ""
    order: Order = Order.ENGINE
    path: tuple[TokenId, ...] = Field(default=(), max_length=MAX_STEPS)
    chosen: TokenId | None = None
    sampling: SamplingParams = Field(default_factory=SamplingParams)
    options: Options | None = None

    @field_validator("text", "other_text", mode="before")
    @classmethod
    def _whole(cls, text: Any) -> Any:
        return without_surrogates(text) if isinstance(text, str) else text

    @field_validator("sampling", mode="after")
    @classmethod
    def _shown(cls, sampling: SamplingParams) -> SamplingParams:
        """What has no control must not come in by an address."""
        return SamplingParams(**{name: getattr(sampling, name) for name in SETTINGS})

    @model_validator(mode="after")
    def _of_its_tab(self) -> Experiment:
        if self.options is not None and self.options.kind != self.panel:
            raise ValueError("options of another tab")
        return self

    @property
    def position(self) -> Position:
        """Where the model is looked at."""
        return Position(PromptText(self.text, self.is_chat), self.path)

    def differs_from(self, model: LoadedModel) -> bool:
        """Another model made it, and numbers will be others."""
        return self.fingerprint != model.fingerprint

    def on(self, model: LoadedModel) -> Experiment:
        """The experiment made with ``model``: ids of another vocabulary are left behind."""
        if not self.differs_from(model):
            return self
        update = {"model": model.facts.name, "fingerprint": model.fingerprint, "path": (), "chosen": None}
        return self.model_copy(update=update)


def settings_of(experiment: Experiment) -> dict[str, Any]:
    """All that is to be told of it, in an order that stays."""
    told = experiment.model_dump(mode="json", exclude={"sampling", "options"})
    if experiment.options is not None:
        told["options"] = experiment.options.model_dump(mode="json")
    return told | {"sampling": {name: getattr(experiment.sampling, name) for name in SETTINGS}}


def to_fragment(experiment: Experiment) -> str:
    """``playground=...``, for after the # of an address, which no server is sent. Raises PermalinkTooLong."""
    content = json.dumps(settings_of(experiment), ensure_ascii=False, separators=(",", ":")).encode()
    packer = zlib.compressobj(9, zdict=COMMON)
    packed = urlsafe_b64encode(packer.compress(content) + packer.flush()).decode().rstrip("=")
    if len(packed) > MAX_LENGTH:
        raise PermalinkTooLong(length=len(packed), limit=MAX_LENGTH)
    return f"{PREFIX}{packed}"


def from_fragment(fragment: str) -> Experiment:
    """What ``to_fragment`` was given. Raises PermalinkInvalid for all else, with or without the #."""
    packed = fragment.removeprefix("#")
    if not packed.startswith(PREFIX) or not packed.isascii() or len(packed) > MAX_LENGTH + len(PREFIX):
        raise PermalinkInvalid
    packed = packed.removeprefix(PREFIX)
    try:
        content = _unpacked(urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
        return Experiment.model_validate_json(content)
    except (binascii.Error, zlib.error, ValidationError) as error:
        raise PermalinkInvalid from error


def _unpacked(packed: bytes) -> bytes:
    """All or nothing: the sum at the end is checked, and a little must not become much."""
    unpacker = zlib.decompressobj(zdict=COMMON)
    content = unpacker.decompress(packed, MAX_JSON_BYTES)
    if not unpacker.eof or unpacker.unused_data:
        raise PermalinkInvalid
    return content
