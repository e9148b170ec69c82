"""Calls that wait until a person has decided about them."""

from __future__ import annotations

import asyncio
from enum import StrEnum

from errors import ApprovalNotFound


class Decision(StrEnum):
    """What a person may say to a call."""

    APPROVE = "approve"
    ALWAYS = "always"  # to this call, and do not ask about this tool again
    REJECT = "reject"


class Approvals:
    """Of all owners. A call is known by its owner, its conversation and its id, while it waits."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, str, str], asyncio.Future[Decision]] = {}

    async def wait(self, owner: str, conversation_id: str, call_id: str) -> Decision:
        """What the person decides. Cancelling it forgets the call."""
        call = (owner, conversation_id, call_id)
        decided: asyncio.Future[Decision] = asyncio.get_running_loop().create_future()
        self._waiting[call] = decided
        try:
            return await decided
        finally:
            if self._waiting.get(call) is decided:
                del self._waiting[call]

    def decide(self, owner: str, conversation_id: str, call_id: str, decision: Decision) -> None:
        """Let the call go on; from any thread. Raises ApprovalNotFound for one that does not wait, or not any more."""
        decided = self._waiting.pop((owner, conversation_id, call_id), None)
        if decided is None:
            raise ApprovalNotFound
        decided.get_loop().call_soon_threadsafe(_settle, decided, decision)


def _settle(decided: asyncio.Future[Decision], decision: Decision) -> None:
    if not decided.done():  # whoever waited may have left
        decided.set_result(decision)
