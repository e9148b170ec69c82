"""Which strategy fits a model, and why: by what is known of the model before it is asked anything."""

from __future__ import annotations

from dataclasses import dataclass

from agents.options import Strategy

CHOOSES_WELL = 3e9  # parameters from which on local models call tools well when they want to
CHOOSES_AT_ALL = 1e9  # and from which on they choose among tools better than by chance


@dataclass(frozen=True)
class ModelAbility:
    """``calls_tools``: its API or its chat template knows tools. ``takes_grammar``: it can be held to GBNF.

    ``num_parameters`` is infinite where a service does not tell it.
    """

    calls_tools: bool
    takes_grammar: bool
    num_parameters: float


@dataclass(frozen=True)
class Chosen:
    """``why`` is the key of a sentence in the catalogue."""

    strategy: Strategy
    why: str


def choose(asked: Strategy, model: ModelAbility) -> Chosen:
    """What ``asked`` comes to with ``model``; never AUTO."""
    if asked is Strategy.AUTO:
        return _fitting(model)
    if asked is Strategy.CONSTRAINED and not model.takes_grammar:
        return Chosen(_free(model), "app_strategy_why_no_grammar")
    if asked is Strategy.NATIVE and not model.calls_tools and not model.takes_grammar:
        return Chosen(Strategy.REACT, "app_strategy_why_no_tools")
    return Chosen(asked, "app_strategy_why_asked")


def _fitting(model: ModelAbility) -> Chosen:
    if not model.takes_grammar:
        is_able = model.calls_tools
        return Chosen(_free(model), "app_strategy_why_service" if is_able else "app_strategy_why_no_tools")
    if model.num_parameters < CHOOSES_AT_ALL:
        return Chosen(Strategy.SEARCH_FIRST, "app_strategy_why_small")
    if model.num_parameters >= CHOOSES_WELL and model.calls_tools:
        return Chosen(Strategy.NATIVE, "app_strategy_why_large")
    return Chosen(Strategy.CONSTRAINED, "app_strategy_why_middling")


def _free(model: ModelAbility) -> Strategy:
    """For a model that no grammar holds."""
    return Strategy.NATIVE if model.calls_tools else Strategy.REACT
