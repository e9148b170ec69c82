"""`raw`: a bare ``llama_decode`` loop with a greedy sampler, which no engine over the same library can beat by much."""

from __future__ import annotations

from collections.abc import Sequence

from bench.answer import Answer, Messages
from bench.contenders.child import Child, Load


class Raw:
    """The contender as the benchmark sees it. Raises ContenderFailed."""

    def __init__(self, load: Load) -> None:
        self._child = Child("bench.contenders.raw_process", load)

    def close(self) -> None:
        self._child.close()

    def write(self, prompts: Sequence[Messages], num_tokens: int) -> list[Answer]:
        """``num_tokens`` for each prompt, all in one batch; an end mark does not end it."""
        times = self._child.call({"prompts": prompts, "num_tokens": num_tokens})
        return [Answer(times[0], tuple(times), times[-1], text="", num_output=num_tokens) for _ in prompts]
