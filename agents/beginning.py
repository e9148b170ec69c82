"""Puts one turn of the agent together. Brings LangChain's loop along, and so is imported with the first turn."""

from __future__ import annotations

from agents.gate import Gate
from agents.guard import Guard, TurnLimits
from agents.loop import AgentLoop
from agents.model_calls import ModelCalls
from agents.source_book import SourceBook
from agents.strategies.making import strategy_model
from agents.turns import Calls, Loop, TurnOrder


def begin(order: TurnOrder) -> tuple[Loop, Calls]:
    """What answers now, and the record of its model's calls."""
    calls = ModelCalls(order.room_model, order.owner, order.options, order.on_place)
    model = strategy_model(order.plan.strategy, calls, order.language, order.question)
    guard = Guard(SourceBook(), Gate(order.question, order.has_earlier), order.permission)
    limits = TurnLimits(order.options.max_calls, order.options.max_seconds)
    return AgentLoop(model, order.tools, guard, limits), calls
