"""How one request draws its tokens: llama.cpp's sampler chain, and its grammar if it has one."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from typing import Any

import llama_cpp

from models.engine.llama_candidates import Candidates
from models.engine.llama_constraint import Constraint
from models.engine.llama_vocabulary import Vocabulary
from models.engine.probabilities import Floats, Survivors
from models.engine.sampler_stages import DRAWING_STAGES, Stage, num_remembered, stages
from models.sampling import SamplingParams

FORBIDDEN = float("-inf")


class Sampler:
    """Belongs to one sequence; ``candidates`` is shared by all of them, who take turns."""

    def __init__(
        self, vocabulary: Vocabulary, candidates: Candidates, sampling: SamplingParams, prompt_ids: tuple[int, ...]
    ) -> None:
        """Raises SamplingRefused when llama.cpp does not understand the grammar."""
        self._vocabulary = vocabulary
        self._candidates = candidates
        self._constraint = Constraint.of(sampling, vocabulary)
        self._stages = _with_suppressed(stages(sampling), vocabulary)
        self._chain = llama_cpp.llama_sampler_chain_init(llama_cpp.llama_sampler_chain_default_params())
        for stage in self._stages:
            llama_cpp.llama_sampler_chain_add(self._chain, INITIALIZERS[stage.name](vocabulary, *stage.arguments))
        remembered = num_remembered(sampling)
        for token_id in prompt_ids[-remembered:] if remembered else ():
            llama_cpp.llama_sampler_accept(self._chain, token_id)

    def free(self) -> None:
        """Give llama.cpp's memory back."""
        llama_cpp.llama_sampler_free(self._chain)
        if self._constraint is not None:
            self._constraint.free()

    @property
    def is_constrained(self) -> bool:
        return self._constraint is not None

    def draw_row(self, context: Any, row: int) -> int:
        """Draw without a grammar, all in llama.cpp."""
        assert self._constraint is None
        return int(llama_cpp.llama_sampler_sample(self._chain, context, row))

    def draw(self, logits: Floats) -> tuple[int, Survivors]:
        """The token drawn, and what it was drawn from."""
        self._candidates.fill(logits)
        self._candidates.apply(self._chain)
        token_id = self._candidates.selected_id
        if self._constraint is not None and not self._constraint.accept(token_id):
            token_id = self._draw_again(self._constraint, logits)
        llama_cpp.llama_sampler_accept(self._chain, token_id)
        return token_id, self._left(token_id)

    def look(self, logits: Floats) -> Iterator[tuple[str, Survivors]]:
        """What each stage leaves, under its name. Drawing from it (``dist``) is none, greedy and mirostat are."""
        self._candidates.fill(logits)
        yield "model", self._candidates.survivors()
        if self._constraint is not None and not self._constraint.is_waiting:
            if not self._constraint.apply(self._candidates):
                return
            yield "grammar", self._candidates.survivors()
        for number, stage in enumerate(self._stages):
            if stage.name == "dist":
                return
            self._candidates.apply(llama_cpp.llama_sampler_chain_get(self._chain, number))
            yield stage.name, self._left(self._candidates.selected_id if stage.name in DRAWING_STAGES else 0)

    def _draw_again(self, constraint: Constraint, logits: Floats) -> int:
        """From all that the grammar allows. If it leaves nothing that can be written, the answer ends."""
        self._candidates.fill(logits)
        if not constraint.apply(self._candidates):
            return self._vocabulary.end_id
        self._candidates.apply(self._chain)
        token_id = self._candidates.selected_id
        is_accepted = constraint.accept(token_id)
        assert is_accepted, "the grammar allowed it a moment ago"
        return token_id
