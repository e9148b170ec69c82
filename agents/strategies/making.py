"""Makes the model of a strategy."""

from __future__ import annotations

from agents.model_calls import ModelCalls
from agents.options import Strategy
from agents.strategies.choosing import CHOOSES_AT_ALL
from agents.strategies.constrained import ConstrainedModel
from agents.strategies.native import NativeModel
from agents.strategies.react import ReActModel
from agents.strategies.search_first import SearchFirstModel
from agents.strategies.strategy_model import StrategyModel
from chains.languages import language_of


def strategy_model(strategy: Strategy, calls: ModelCalls, language: str, question: str) -> StrategyModel:
    """``strategy`` over ``calls``, for one turn that asks ``question``; ``language`` is the page's.

    Raises ValueError for AUTO, which is no way to decide: see ``agents.strategies.choosing``.
    """
    asked_in = language_of(question, language)
    if strategy is Strategy.NATIVE:
        return NativeModel(calls=calls)
    if strategy is Strategy.CONSTRAINED:
        return ConstrainedModel(calls=calls)
    if strategy is Strategy.REACT:
        return ReActModel(calls=calls, language=asked_in)
    if strategy is Strategy.SEARCH_FIRST:
        is_small = calls.takes_grammar and calls.num_parameters < CHOOSES_AT_ALL
        return SearchFirstModel(calls=calls, question=question, language=asked_in, is_small=is_small)
    raise ValueError(f"{strategy} is no strategy of its own")
