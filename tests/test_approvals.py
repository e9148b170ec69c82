"""Calls that wait for a person: only the person they are asked of can answer, and once."""

from __future__ import annotations

import asyncio

import pytest

from agents.approvals import Approvals, Decision
from errors import ApprovalNotFound

CALL = ("me", "talk", "call_1")


async def waiting(approvals: Approvals) -> asyncio.Task[Decision]:
    task = asyncio.create_task(approvals.wait(*CALL))
    await asyncio.sleep(0)
    return task


@pytest.mark.parametrize("decision", list(Decision))
async def test_a_call_waits_until_the_person_decides(decision: Decision) -> None:
    approvals = Approvals()
    task = await waiting(approvals)
    assert not task.done()
    approvals.decide(*CALL, decision)
    assert await task is decision


async def test_from_another_thread() -> None:
    approvals = Approvals()
    task = await waiting(approvals)
    await asyncio.to_thread(approvals.decide, *CALL, Decision.APPROVE)
    assert await task is Decision.APPROVE


@pytest.mark.parametrize("call", [("you", "talk", "call_1"), ("me", "walk", "call_1"), ("me", "talk", "call_2")])
async def test_nobody_else_decides(call: tuple[str, str, str]) -> None:
    approvals = Approvals()
    task = await waiting(approvals)
    with pytest.raises(ApprovalNotFound):
        approvals.decide(*call, Decision.APPROVE)
    assert not task.done()
    approvals.decide(*CALL, Decision.REJECT)
    assert await task is Decision.REJECT


async def test_a_call_is_decided_once() -> None:
    approvals = Approvals()
    task = await waiting(approvals)
    approvals.decide(*CALL, Decision.REJECT)
    with pytest.raises(ApprovalNotFound):
        approvals.decide(*CALL, Decision.APPROVE)
    assert await task is Decision.REJECT


async def test_a_call_that_was_left_is_forgotten() -> None:
    approvals = Approvals()
    task = await waiting(approvals)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    with pytest.raises(ApprovalNotFound):
        approvals.decide(*CALL, Decision.APPROVE)


async def test_a_decision_that_comes_while_the_call_is_being_left_harms_nobody() -> None:
    approvals = Approvals()
    task = await waiting(approvals)
    approvals.decide(*CALL, Decision.APPROVE)
    task.cancel()
    assert await asyncio.gather(task, return_exceptions=True)
    await asyncio.sleep(0)
