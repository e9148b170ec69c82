"""What the worker tells of itself, whatever it is asked."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from models.engine.line import Line


class ModelCard(Line):
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
    batch_tokens: int = 256
    num_gpu_layers: int = 0
    has_chat_template: bool = True  # of its own that can be used; else a plain transcript is sent


class Converting(Line):
    """The weights are being converted to the faster format; happens once."""

    kind: Literal["converting"] = "converting"


class Loading(Line):
    """``share`` of the weights is read."""

    kind: Literal["loading"] = "loading"
    share: float = Field(ge=0.0, le=1.0)


class Ready(Line):
    """The model is loaded; commands are read from now on."""

    kind: Literal["ready"] = "ready"
    card: ModelCard


class Heartbeat(Line):
    """The worker lives: sent about once a second from the thread that steps. Memory in bytes, times in seconds."""

    kind: Literal["heartbeat"] = "heartbeat"
    resident_bytes: int
    step_s: float
    num_running: int
    num_waiting: int
