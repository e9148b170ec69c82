"""How many prompt tokens a step may read, learned from how long the last steps took.

Beside somebody who writes, a step may take SMOOTHNESS times as long as one that only writes. With nobody writing it may
take STEP_S, so that newcomers are let in soon; then only a few sizes are used, for the size of a chunk decides how its
sums are rounded, and the same prompt should be read alike.
"""

from __future__ import annotations

SMOOTHNESS = 2.9  # of means; the promise to a reader is 3 at the 95th percentile
STEP_S = 2.0
MAX_TOKENS = 256
HALVINGS_ALONE = 3
MIN_PROMPT_TOKEN_S = 1e-6
WEIGHT_OF_NEWEST = 0.2


class Pace:
    """Keeps running means of the seconds a writing step takes, and of those each prompt token adds.

    No step reads more than ``max_tokens`` of prompts.
    """

    def __init__(self, max_tokens: int = MAX_TOKENS) -> None:
        self.max_tokens = max_tokens
        self.sizes_alone = tuple(max(1, max_tokens >> halvings) for halvings in range(HALVINGS_ALONE + 1))
        self._writing_s: float | None = None
        self._prompt_token_s: float | None = None

    def observe(self, num_prompt_tokens: int, seconds: float) -> None:
        """A step that read ``num_prompt_tokens``, and wrote some or none, took ``seconds``."""
        if not num_prompt_tokens:
            self._writing_s = _mean(self._writing_s, seconds)
            return
        each_s = (seconds - (self._writing_s or 0.0)) / num_prompt_tokens  # the weights are read once in any step
        # A step of few tokens may seem to cost nothing: believe it only by halves.
        least_s = MIN_PROMPT_TOKEN_S if self._prompt_token_s is None else self._prompt_token_s / 2
        self._prompt_token_s = _mean(self._prompt_token_s, max(each_s, least_s))

    def budget(self, *, beside_writers: bool) -> int:
        """Prompt tokens of the next step."""
        each_s = self._prompt_token_s or MIN_PROMPT_TOKEN_S
        if not beside_writers:
            return next((size for size in self.sizes_alone if size * each_s <= STEP_S), self.sizes_alone[-1])
        spare_s = (SMOOTHNESS - 1) * (self._writing_s or 0.0)
        return int(min(self.max_tokens, max(1, spare_s / each_s)))


def _mean(old: float | None, newest: float) -> float:
    return newest if old is None else old + WEIGHT_OF_NEWEST * (newest - old)
