"""How one request draws its tokens: llama.cpp's sampler chain, and its grammar if it has one."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import Any

import llama_cpp
import numpy as np

from models.engine.llama_candidates import Candidates
from models.engine.llama_constraint import Constraint
from models.engine.llama_vocabulary import Vocabulary
from models.engine.probabilities import Floats, Survivors
from models.engine.sampler_stages import Stage, num_remembered, stages
from models.sampling import SamplingParams


class Sampler:
    """Belongs to one sequence; ``candidates`` is shared by all of them, who take turns."""

    def __init__(
        self, vocabulary: Vocabulary, candidates: Candidates, sampling: SamplingParams, prompt_ids: tuple[int, ...]
    ) -> None:
        """Raises SamplingRefused when llama.cpp does not understand the grammar."""
        self._vocabulary = vocabulary
        self._candidates = candidates
        self._constraint = Constraint.of(sampling, vocabulary)
        self._stages = stages(sampling, vocabulary.suppressed_ids)
        self._chain = llama_cpp.llama_sampler_chain_init(llama_cpp.llama_sampler_chain_default_params())
        for stage in self._stages:
            llama_cpp.llama_sampler_chain_add(self._chain, _new_stage(stage, vocabulary))
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

    def draw(self, logits: Floats) -> int:
        """The token drawn, under the grammar if there is one."""
        self._candidates.fill(logits)
        self._candidates.apply(self._chain)
        token_id = self._candidates.selected_id
        if self._constraint is not None and not self._constraint.accept(token_id):
            token_id = self._draw_again(self._constraint, logits)
        llama_cpp.llama_sampler_accept(self._chain, token_id)
        return token_id

    def drawn_from(self, token_id: int) -> Survivors:
        """What ``token_id`` was just drawn from; greedy cuts nothing, but leaves no choice."""
        if self._stages[-1].name == "greedy":
            return Survivors(np.array([token_id], np.int32), np.zeros(1))
        return self._candidates.survivors()

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
            is_last = number == len(self._stages) - 1
            left = self.drawn_from(self._candidates.selected_id) if is_last else self._candidates.survivors()
            yield stage.name, left

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


def _new_stage(stage: Stage, vocabulary: Vocabulary) -> Any:
    """A ``llama_sampler`` of its own."""
    initialize = getattr(llama_cpp, f"llama_sampler_init_{stage.name}")
    arguments: tuple[Any, ...] = stage.arguments
    if stage.name == "logit_bias":
        (biases,) = arguments
        return initialize(vocabulary.size, len(biases), (llama_cpp.llama_logit_bias * len(biases))(*biases))
    if stage.name == "penalties":
        return initialize(vocabulary.size, *arguments)
    if stage.name == "dry":
        *numbers, breakers = arguments
        texts = (ctypes.c_char_p * len(breakers))(*(breaker.encode() for breaker in breakers))
        return initialize(vocabulary.pointer, *numbers, texts, len(breakers))
    return initialize(*arguments)
