"""What a step gives for each chunk, in the engine's own terms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from models.engine.distribution import StageView, TokenChoice


class RunnerFailed(Exception):
    """llama.cpp could not compute a batch; the cells of its sequences cannot be trusted."""


class RunnerAborted(Exception):
    """A batch was interrupted from outside; nothing was computed."""


class SamplingRefused(Exception):
    """llama.cpp cannot sample as asked: a grammar that it does not understand."""


@dataclass(frozen=True)
class ReadOn:
    """More of the prompt is in the cache; nothing to tell yet."""


@dataclass(frozen=True)
class Drawn:
    """A token was drawn; ``choice`` tells what else it might have been, when that was asked for."""

    token_id: int
    choice: TokenChoice | None = None


@dataclass(frozen=True)
class Seen:
    """The distribution after the prompt: the model's, then after each stage of the sampler chain."""

    stages: tuple[StageView, ...]


@dataclass(frozen=True)
class Rated:
    """Natural log-probabilities of the ids that follow each computed one (the last id of all has no follower)."""

    log_probabilities: tuple[float, ...]


@dataclass(frozen=True)
class Copied:
    """The model's logits after the prompt: little-endian 32-bit floats, one for each id of the vocabulary."""

    logits: bytes


Outcome: TypeAlias = ReadOn | Drawn | Seen | Rated | Copied
