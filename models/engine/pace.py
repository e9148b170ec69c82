"""How many prompt tokens a step may read, learned from how long the last steps took.

Beside somebody who writes, a step may take SMOOTHNESS times as long as one that only writes; with nobody writing, a
step may take STEP_S, so that the engine hears of new and cancelled requests soon on a slow machine too.
"""

from __future__ import annotations

SMOOTHNESS = 2.9  # of means; the promise to a reader is 3 at the 95th percentile
STEP_S = 1.0
MIN_BESIDE_WRITERS = 1
MIN_ALONE = 32
MAX_TOKENS = 512
MIN_PROMPT_TOKEN_S = 1e-6
WEIGHT_OF_NEWEST = 0.2


class Pace:
    """Keeps running means of the seconds a writing step takes, and of those each prompt token adds."""

    def __init__(self) -> None:
        self._writing_s: float | None = None
        self._prompt_token_s: float | None = None

    def observe(self, num_writers: int, num_prompt_tokens: int, seconds: float) -> None:
        """A step took ``seconds``."""
        if not num_prompt_tokens:
            self._writing_s = _mean(self._writing_s, seconds)
            return
        for_writers = (self._writing_s or 0.0) if num_writers else 0.0
        each_s = (seconds - for_writers) / num_prompt_tokens
        # A step of few tokens may seem to cost nothing: believe it only by halves.
        least_s = MIN_PROMPT_TOKEN_S if self._prompt_token_s is None else self._prompt_token_s / 2
        self._prompt_token_s = _mean(self._prompt_token_s, max(each_s, least_s))

    def budget(self, *, beside_writers: bool) -> int:
        """Prompt tokens of the next step."""
        if self._prompt_token_s is None:
            return MIN_ALONE
        if not beside_writers:
            return _between(MIN_ALONE, STEP_S / self._prompt_token_s)
        spare_s = (SMOOTHNESS - 1) * (self._writing_s or 0.0)
        return _between(MIN_BESIDE_WRITERS, spare_s / self._prompt_token_s)


def _mean(old: float | None, newest: float) -> float:
    return newest if old is None else old + WEIGHT_OF_NEWEST * (newest - old)


def _between(least: int, wanted: float) -> int:
    return int(min(MAX_TOKENS, max(least, wanted)))
