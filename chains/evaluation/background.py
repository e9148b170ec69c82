"""Evaluations go on with the program: taken up on the loop that serves the page, left where they are at its end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from concurrent.futures import TimeoutError as TookTooLong
from contextlib import asynccontextmanager

from chains.evaluation.runner import EvaluationRunner
from errors import TertuliaError

CLOSING_S = 5.0

logger = logging.getLogger(__name__)


class BackgroundEvaluations:
    """``runner`` belongs to the loop that ``serving`` was entered on."""

    def __init__(self, runner: EvaluationRunner) -> None:
        self.runner = runner
        self._loop: asyncio.AbstractEventLoop | None = None

    @asynccontextmanager
    async def serving(self, _: object) -> AsyncIterator[None]:
        """As a server's lifespan: what the program left unfinished goes on."""
        self._loop = asyncio.get_running_loop()
        try:
            await self.runner.take_up()
        except TertuliaError as error:  # the page is worth more than they are
            logger.warning("evaluations were not taken up: %s", error.key)
        yield

    def close(self, timeout_s: float = CLOSING_S) -> None:
        """Leave all of them where they are; for another thread than the loop's, and before that loop ends."""
        if self._loop is None or not self._loop.is_running():
            return
        try:
            asyncio.run_coroutine_threadsafe(self.runner.close(), self._loop).result(timeout_s)
        except TookTooLong:  # they are taken up again all the same
            logger.warning("evaluations did not stop in time")
