"""What crosses the pipe between the page's process and the model's: one JSON object a line, each way.

JSON and not pickle: the model's process reads files of strangers, and a pickle from it would be code in the page's.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, TypeAdapter

from models.engine.distribution import ScoredToken, StageView, TokenChoice
from models.engine.line import Line
from models.engine.whole_vocabulary import ReadVocabulary, RowRead, VocabularyRead
from models.engine.worker_news import Converting, Heartbeat, Loading, Ready
from models.sampling import SamplingParams, TokenId

EXIT_MODEL_REFUSED = 3  # the worker's exit code when llama.cpp cannot load the file


class ToolCall(Line):
    """A call the model made: the tool's ``name`` and its ``arguments`` by name."""

    name: str
    arguments: dict[str, Any]


class ChatMessage(Line):
    """One turn of the prompt. ``content`` is text of others: it can never become a control token.

    ``role`` is system, user, assistant or tool; an assistant may have made ``tool_calls``, a tool says its ``name``.
    """

    role: str
    content: str
    name: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()


class Prompt(Line):
    """What is to be read: ``messages`` through the model's template, with ``tools`` on offer, or plain ``text``.

    ``tools`` are schemas in OpenAI's form: ``{"type": "function", "function": {"name", "description", "parameters"}}``.
    ``prefill``, a text of others too, and then the tokens ``prefill_ids`` are the answer's beginning: what is generated
    goes on from there. Control tokens among them are refused.
    """

    messages: tuple[ChatMessage, ...] = ()
    tools: tuple[dict[str, Any], ...] = ()
    text: str | None = None
    prefill: str = ""
    prefill_ids: tuple[TokenId, ...] = ()


class EngineOptions(Line):
    """How the worker is to load the model; ``conversion_dir`` is where to keep a faster copy of it, None for no copy.

    ``model_name`` is for people; without one, the file's own is shown. ``cache_tokens`` are the cells of the cache,
    None for as many as the free memory allows.

    ``plain_kernels`` keeps llama.cpp from its special weight layouts (AMX, repacking), which crash in some builds.
    """

    model_path: Path
    model_name: str | None = None
    conversion_dir: Path | None
    context_tokens: int
    max_sequences: int
    threads: int
    batch_tokens: int = 256  # of prompts, read in one step at the most
    plain_kernels: bool = False
    num_gpu_layers: int | None = None  # None: all, when this build of llama.cpp can offload
    cache_tokens: int | None = None
    parking_dir: Path | None = None  # where idle conversations go when the cache is full; None: nowhere
    parking_bytes: int = 0


# --- commands: page's process -> worker ---------------------------------------------------------------------------


class Generate(Line):
    """Answer ``prompt``; events carry the same ``id``.

    ``owner`` is whom the queue is fair to; ``is_background`` work yields to people. ``num_alternatives`` None sends no
    probabilities, else each token comes with that many others.
    """

    kind: Literal["generate"] = "generate"
    id: str
    prompt: Prompt
    sampling: SamplingParams
    owner: str = ""
    is_background: bool = False
    num_alternatives: int | None = None


class Look(Line):
    """What may come after ``prompt``, after each stage of the sampler chain, ``num_candidates`` of each?"""

    kind: Literal["look"] = "look"
    id: str
    prompt: Prompt
    sampling: SamplingParams
    owner: str = ""
    num_candidates: int = 50


class ReadRow(Line):
    """What does the model say comes after ``prompt``, of every id of the vocabulary and before any sampling?"""

    kind: Literal["read_row"] = "read_row"
    id: str
    prompt: Prompt
    owner: str = ""


class Score(Line):
    """How likely is every token of ``text``?"""

    kind: Literal["score"] = "score"
    id: str
    text: str
    owner: str = ""


class Count(Line):
    """How many tokens would ``prompt`` be?"""

    kind: Literal["count"] = "count"
    id: str
    prompt: Prompt


class ReadPrompt(Line):
    """Which tokens would ``prompt`` be, and whose text is each?"""

    kind: Literal["read_prompt"] = "read_prompt"
    id: str
    prompt: Prompt


class Cancel(Line):
    """Stop request ``id``; unknown and finished ids are ignored."""

    kind: Literal["cancel"] = "cancel"
    id: str


class UseThreads(Line):
    """From the next step on, compute with ``num`` threads: other models are at work on this machine, or no longer."""

    kind: Literal["use_threads"] = "use_threads"
    num: int = Field(ge=1)


Command: TypeAlias = Annotated[
    Generate | Look | ReadRow | Score | Count | ReadPrompt | ReadVocabulary | Cancel | UseThreads,
    Field(discriminator="kind"),
]


# --- events: worker -> page's process -----------------------------------------------------------------------------


class Queued(Line):
    """The request waits: ``place`` 1 is next; ``seconds`` until it begins, estimated, None when nothing is known."""

    kind: Literal["queued"] = "queued"
    id: str
    place: int
    seconds: float | None


class Piece(Line):
    """More of the answer: ``text`` holds whole characters only and may be empty.

    ``choices`` are the tokens behind it, when probabilities were asked for.
    """

    kind: Literal["piece"] = "piece"
    id: str
    text: str
    choices: tuple[TokenChoice, ...] = ()


class Looked(Line):
    """The answer to Look: the distribution of the model, then after each stage."""

    kind: Literal["looked"] = "looked"
    id: str
    stages: tuple[StageView, ...]


class Scored(Line):
    """The answer to Score."""

    kind: Literal["scored"] = "scored"
    id: str
    tokens: tuple[ScoredToken, ...]


class Finished(Line):
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


class Refused(Line):
    """The request cannot be served: its prompt is too long, too many wait already, or llama.cpp failed on it."""

    kind: Literal["refused"] = "refused"
    id: str
    reason: Literal["prompt_too_long", "busy", "failed", "died", "unavailable"]
    length: int = 0
    limit: int = 0


class Counted(Line):
    """The answer to Count."""

    kind: Literal["counted"] = "counted"
    id: str
    num_tokens: int


class PromptRead(Line):
    """The answer to ReadPrompt: what Generate would send, token by token. Control tokens show their own text.

    ``messages`` tells which message each token's text comes from (plain text counts as one message), None for what the
    template adds; the prefill counts as the message after the last.
    """

    kind: Literal["prompt_read"] = "prompt_read"
    id: str
    token_ids: tuple[int, ...]
    token_bytes: tuple[bytes, ...]
    messages: tuple[int | None, ...]


Event: TypeAlias = Annotated[
    Converting
    | Loading
    | Ready
    | Heartbeat
    | Queued
    | Piece
    | Looked
    | RowRead
    | Scored
    | Finished
    | Refused
    | Counted
    | PromptRead
    | VocabularyRead,
    Field(discriminator="kind"),
]

COMMANDS: TypeAdapter[Command] = TypeAdapter(Command)
EVENTS: TypeAdapter[Event] = TypeAdapter(Event)
