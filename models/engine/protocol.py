"""What crosses the pipe between the page's process and the model's: one JSON object a line, each way.

JSON and not pickle: the model's process reads files of strangers, and a pickle from it would be code in the page's.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from models.sampling import SamplingParams

EXIT_MODEL_REFUSED = 3  # the worker's exit code when llama.cpp cannot load the file


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True)


class ChatMessage(_Line):
    """One turn of the prompt. ``content`` is text of others: it can never become a control token."""

    role: str
    content: str


class ModelCard(_Line):
    """The loaded model. ``context_tokens`` is the window of one request, ``cache_tokens`` all cells shared by all."""

    name: str
    path: Path
    num_parameters: int
    num_bytes: int
    context_tokens: int
    trained_context_tokens: int
    cache_tokens: int
    max_sequences: int
    threads: int


class EngineOptions(_Line):
    """How the worker is to load the model; ``conversion_dir`` is where to keep a faster copy of it, None for no copy.

    ``plain_kernels`` keeps llama.cpp from its special weight layouts (AMX, repacking), which crash in some builds.
    """

    model_path: Path
    conversion_dir: Path | None
    context_tokens: int
    max_sequences: int
    threads: int
    plain_kernels: bool = False


# --- commands: page's process -> worker ---------------------------------------------------------------------------


class Generate(_Line):
    """Answer ``messages``; events carry the same ``id``."""

    kind: Literal["generate"] = "generate"
    id: str
    messages: tuple[ChatMessage, ...]
    sampling: SamplingParams


class Count(_Line):
    """How many tokens would ``messages`` be as a prompt?"""

    kind: Literal["count"] = "count"
    id: str
    messages: tuple[ChatMessage, ...]


class Cancel(_Line):
    """Stop request ``id``; unknown and finished ids are ignored."""

    kind: Literal["cancel"] = "cancel"
    id: str


Command: TypeAlias = Annotated[Generate | Count | Cancel, Field(discriminator="kind")]


# --- events: worker -> page's process -----------------------------------------------------------------------------


class Converting(_Line):
    """The weights are being converted to the faster format; happens once."""

    kind: Literal["converting"] = "converting"


class Ready(_Line):
    """The model is loaded; commands are read from now on."""

    kind: Literal["ready"] = "ready"
    card: ModelCard


class Piece(_Line):
    """More of the answer: ``text`` holds whole characters only and may be empty."""

    kind: Literal["piece"] = "piece"
    id: str
    text: str


class Finished(_Line):
    """The request ended well. Counts are in tokens (``num_prompt`` includes ``num_cached``), times in seconds.

    ``first_token_s`` runs from the request's arrival in the worker, ``decode_s`` from the first token to the last.
    """

    kind: Literal["finished"] = "finished"
    id: str
    reason: Literal["stop", "length", "cancelled"]
    num_prompt: int
    num_cached: int
    num_output: int
    first_token_s: float
    decode_s: float
    seed: int


class Refused(_Line):
    """The request cannot be served: the prompt is too long for the window, or llama.cpp failed on it."""

    kind: Literal["refused"] = "refused"
    id: str
    reason: Literal["prompt_too_long", "failed", "died", "unavailable"]
    length: int = 0
    limit: int = 0


class Counted(_Line):
    """The answer to Count."""

    kind: Literal["counted"] = "counted"
    id: str
    num_tokens: int


Event: TypeAlias = Annotated[Converting | Ready | Piece | Finished | Refused | Counted, Field(discriminator="kind")]

COMMANDS: TypeAdapter[Command] = TypeAdapter(Command)
EVENTS: TypeAdapter[Event] = TypeAdapter(Event)
