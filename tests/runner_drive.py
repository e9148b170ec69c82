"""Drives a runner without the engine: one sequence, one slot, as many steps as asked for."""

from __future__ import annotations

from models.engine.outcome import Drawn, Outcome
from models.engine.runner import LlamaRunner
from models.engine.scheduler import Chunk
from models.engine.sequence import Sequence, Task
from models.sampling import SamplingParams


def sequence_of(
    prompt_ids: list[int],
    sampling: SamplingParams | None = None,
    *,
    slot: int = 0,
    task: Task = Task.WRITE,
    num_shown: int | None = None,
) -> Sequence:
    sampling = sampling or SamplingParams(temperature=0)
    sequence = Sequence(f"slot {slot}", tuple(prompt_ids), sampling, task=task, num_shown=num_shown)
    sequence.slot = slot
    return sequence


def advance(runner: LlamaRunner, sequence: Sequence, num_tokens: int | None = None) -> Outcome:
    """Compute ``num_tokens`` of what is pending, all of it by default."""
    chunk = Chunk(sequence, num_tokens or sequence.num_pending)
    (outcome,) = runner.run([chunk])
    sequence.num_computed += chunk.num_tokens
    if isinstance(outcome, Drawn):
        sequence.ids.append(outcome.token_id)
    return outcome


def write(runner: LlamaRunner, sequence: Sequence, num_tokens: int = 32) -> list[Drawn]:
    """Up to ``num_tokens`` more, over an empty slot if the prompt is still to be read."""
    drawn: list[Drawn] = []
    while len(drawn) < num_tokens and not (drawn and runner.is_end(drawn[-1].token_id)):
        outcome = advance(runner, sequence)
        assert isinstance(outcome, Drawn)
        drawn.append(outcome)
    return drawn


def text_of(runner: LlamaRunner, drawn: list[Drawn]) -> str:
    return b"".join(runner.token_bytes(one.token_id) for one in drawn).decode("utf-8", errors="replace")
