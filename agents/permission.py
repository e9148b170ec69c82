"""Asks the person before a call is made, and remembers for which tools that is no longer wanted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from agents.approvals import Approvals, Decision
from agents.options import AgentOptions
from agents.steps import Why
from errors import TertuliaError
from storage.conversations import ConversationStore

logger = logging.getLogger(__name__)


class TurnPermission:
    """The permission of one turn in a conversation of ``owner``. ``on_decided`` hears of each call that was decided."""

    def __init__(
        self,
        approvals: Approvals,
        store: ConversationStore,
        place: tuple[str, str],
        options: AgentOptions,
        on_decided: Callable[[str], None],
    ) -> None:
        self._approvals = approvals
        self._store = store
        self._place = place
        self._asks_before = options.asks_before
        self._always = set(options.always_allowed)
        self._on_decided = on_decided

    def asks(self, tool_name: str) -> bool:
        """The person wants to see each call of this tool first."""
        return self._asks_before and tool_name not in self._always

    async def ask(self, call_id: str, tool_name: str, why: Why) -> bool:
        """True: make the call. Waits for the person.

        What is always allowed is the tool as such, never a call that would send what nobody gave: that is asked about
        each time.
        """
        decision = await self._approvals.wait(*self._place, call_id)
        self._on_decided(call_id)
        if decision is Decision.ALWAYS and why is Why.ASKED:
            self._always.add(tool_name)
            await asyncio.to_thread(self._remember, tool_name)
        return decision is not Decision.REJECT

    def _remember(self, tool_name: str) -> None:
        try:
            options = self._store.get(*self._place).options
            allowed = AgentOptions.model_validate(options).always_allowed
            kept = {**options, "always_allowed": [*(name for name in allowed if name != tool_name), tool_name]}
            self._store.change(*self._place, options=kept)
        except TertuliaError as error:  # it holds for this turn; in the next one the person is asked again
            logger.warning("a permission could not be stored: %s", error.key)
