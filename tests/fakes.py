"""Hand-written stand-ins for the seams: a runner without llama.cpp, a tokenizer without a model."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from models.engine.cache import Placement
from models.engine.distribution import StageView
from models.engine.outcome import Copied, Drawn, Outcome, Rated, ReadOn, RunnerAborted, RunnerFailed, Seen
from models.engine.scheduler import Chunk
from models.engine.sequence import Sequence, Task

END_ID = 0


class FakeRunner:
    """Draws the ids that ``script`` gives for a prompt, then the end. Ids are characters: 65 is "A".

    It keeps its own account of the cells, so that every step checks the engine's: a chunk must continue exactly where
    its slot's cells end, and the cells must hold the sequence's own ids.
    """

    fingerprint = "fake"

    def __init__(self, script: Callable[[tuple[int, ...]], Iterable[int]], num_cells: int = 10_000) -> None:
        self._script = script
        self._num_cells = num_cells
        self.cells: dict[int, list[int]] = {}
        self.open_requests: set[str] = set()
        self.batches: list[list[tuple[str, int]]] = []
        self.fails_next = False
        self.aborts_next = False
        self.keeps_parts = True
        self.refuses_states = False

    def open(self, sequence: Sequence) -> None:
        assert sequence.sampling.seed is not None
        self.open_requests.add(sequence.request_id)

    def close(self, sequence: Sequence) -> None:
        self.open_requests.remove(sequence.request_id)

    def place(self, placement: Placement) -> int:
        source = self.cells.get(placement.source, [])
        kept = placement.num_cached if self.keeps_parts or placement.num_cached == len(source) else 0
        assert len(source) >= kept
        self.cells[placement.slot] = source[:kept]
        for slot in placement.cleared:
            self.clear(slot)
        return kept

    def clear(self, slot: int) -> None:
        self.cells[slot] = []

    def save(self, slot: int) -> bytes:
        return bytes(self.cells[slot])

    def restore(self, slot: int, state: bytes) -> bool:
        self.cells[slot] = [] if self.refuses_states else list(state)
        return not self.refuses_states

    def run(self, chunks: list[Chunk]) -> list[Outcome]:
        if self.fails_next:
            self.fails_next = False
            raise RunnerFailed
        if self.aborts_next:
            self.aborts_next = False
            raise RunnerAborted
        self.batches.append([(chunk.sequence.request_id, chunk.num_tokens) for chunk in chunks])
        return [self._compute(chunk) for chunk in chunks]

    def _compute(self, chunk: Chunk) -> Outcome:
        sequence = chunk.sequence
        assert sequence.slot is not None
        cells = self.cells[sequence.slot]
        assert cells == sequence.ids[: sequence.num_computed], "the cache holds another text than the sequence"
        start = len(cells)
        cells.extend(chunk.ids)
        assert sum(len(held) for held in self.cells.values()) <= self._num_cells, "more cells used than there are"
        if sequence.task is Task.SCORE:
            return Rated(tuple(-float(token_id) for token_id in sequence.ids[start + 1 : len(cells) + 1]))
        if not chunk.draws:
            return ReadOn()
        if sequence.task is Task.ROW:
            return Copied(bytes(cells[-1:]))
        if sequence.task is Task.LOOK:
            return Seen((StageView(name="model", num_survivors=1, mass=1.0, candidates=()),))
        script = list(self._script(sequence.prompt_ids))
        return Drawn(script[sequence.num_output] if sequence.num_output < len(script) else END_ID)

    def is_end(self, token_id: int) -> bool:
        return token_id == END_ID

    def token_bytes(self, token_id: int) -> bytes:
        return bytes([token_id])


class ByteTokenizer:
    """A token a byte; ``<|x|>`` is one control token (256) where specials are allowed."""

    CONTROL_ID = 256

    def tokenize(self, text: str, *, parse_special: bool) -> list[int]:
        if not parse_special:
            return list(text.encode())
        ids: list[int] = []
        for part in text.split("<|x|>"):
            ids += [*part.encode(), self.CONTROL_ID]
        return ids[:-1]


class ByteVocabulary(ByteTokenizer):
    """The same as a whole vocabulary, that of a model which wants ``bos_id`` first."""

    END_ID = 257
    first_id = ByteTokenizer.CONTROL_ID

    def __init__(self, bos_id: int | None = None) -> None:
        self.bos_id = bos_id

    def is_text(self, token_id: int) -> bool:
        return 0 <= token_id < self.CONTROL_ID

    def token_bytes(self, token_id: int, *, with_control: bool = False) -> bytes:
        if token_id < self.CONTROL_ID:
            return bytes([token_id])
        return b"<|x|>" if with_control else b""
