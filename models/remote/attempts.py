"""One call of a service, over all attempts that it may take."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from models.remote.faults import Fault
from models.remote.wire import WrittenCall

PAUSES_S = (1.0, 4.0)  # before the second attempt, and the third
LONGEST_PAUSE_S = 8.0  # that a service may ask for; nobody waits longer before an answer begins


class Attempts:
    """``num_left_out`` is how many of the call's groups of extras are not sent; the first attempt leaves out so many.

    ``pauses_s`` come before the second attempt and those after it: there are no more attempts than that.
    ``was_refused``: a service does not take what is left out now, and will not take it another time.
    """

    def __init__(
        self,
        call: WrittenCall,
        num_left_out: int,
        pause: Callable[[float], Awaitable[None]],
        pauses_s: Sequence[float] = PAUSES_S,
    ) -> None:
        self._call = call
        self._pause = pause
        self._pauses = list(pauses_s)
        self.num_left_out = num_left_out
        self.was_refused = False

    @property
    def options(self) -> dict[str, Any]:
        """Those of the next attempt."""
        options = dict(self._call.needed)
        for group in self._call.extras[self.num_left_out :]:
            options |= group
        return options

    async def may_go_on(self, fault: Fault) -> bool:
        """Wait for the time of another attempt; False when there is to be none."""
        if fault.may_be_options and self._has_left_out_more():
            self.was_refused = not fault.may_pass
            return True
        asked_s = fault.wait_s or 0.0
        if not (fault.may_pass and self._pauses) or asked_s > LONGEST_PAUSE_S:
            return False
        await self._pause(max(self._pauses.pop(0), asked_s))
        return True

    def _has_left_out_more(self) -> bool:
        for place, group in enumerate(self._call.extras[self.num_left_out :], start=self.num_left_out + 1):
            if group:
                self.num_left_out = place
                return True
        return False
