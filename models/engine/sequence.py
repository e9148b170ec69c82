"""One request on its way through the engine: ids, place, counts. Pure bookkeeping."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

from models.engine.text_decoder import TextDecoder
from models.sampling import SamplingParams


class SequenceStatus(Enum):
    """Background sequences may go from RUNNING back to WAITING; FINISHED is final."""

    WAITING = auto()
    RUNNING = auto()
    FINISHED = auto()


class Task(Enum):
    """What a sequence is for."""

    WRITE = auto()  # an answer
    LOOK = auto()  # the distribution after the prompt
    ROW = auto()  # its logits as they are, one for each id of the vocabulary
    SCORE = auto()  # the likelihood of each token of the prompt


@dataclass(eq=False)
class Sequence:
    """``ids`` is the prompt and what was generated; the cells of its first ``num_computed`` are in the cache.

    ``num_cached`` of the prompt's were found there. A sequence that makes room for others starts over with all its ids.
    """

    request_id: str
    prompt_ids: tuple[int, ...]
    sampling: SamplingParams
    task: Task = Task.WRITE
    num_shown: int | None = None  # alternatives of each token written, or candidates of each stage looked at
    owner: str = ""
    is_background: bool = False
    arrived_at: float = 0.0  # seconds on the engine's clock
    status: SequenceStatus = SequenceStatus.WAITING
    slot: int | None = None
    num_computed: int = 0
    num_cached: int = 0
    has_begun: bool = False  # of what the cache did not hold, something was read
    admitted_at: float | None = None
    first_token_at: float | None = None
    last_token_at: float = 0.0
    log_probabilities: tuple[float, ...] = ()
    decoder: TextDecoder = field(init=False)
    ids: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.decoder = TextDecoder(self.sampling.stop)
        self.ids = list(self.prompt_ids)

    @property
    def samples(self) -> bool:
        """True when the sampler chain is to be run, to draw or to show."""
        return self.task in (Task.WRITE, Task.LOOK)

    @property
    def num_output(self) -> int:
        return len(self.ids) - len(self.prompt_ids)

    @property
    def num_pending(self) -> int:
        """Ids that are known but not yet computed: the rest of the prompt, or the one token just drawn."""
        return len(self.ids) - self.num_computed

    @property
    def num_reserved(self) -> int:
        """Cells that this sequence may come to need; the last token drawn is never computed."""
        return len(self.prompt_ids) + (self.sampling.max_tokens if self.task is Task.WRITE else 0)

    @property
    def is_writing(self) -> bool:
        """True when all that is left to compute is the token just drawn."""
        return self.num_output > 0 and self.num_pending == 1
