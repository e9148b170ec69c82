"""Which strategy a model gets, and that the page has a sentence for each reason."""

from __future__ import annotations

import math
from datetime import date

import pytest

from agents.options import Strategy
from agents.prompts import system_prompt
from agents.strategies.choosing import ModelAbility, choose
from components.catalogue import LANGUAGES, Catalogue

SERVICE = ModelAbility(calls_tools=True, takes_grammar=False, num_parameters=math.inf)
PLAIN_SERVICE = ModelAbility(calls_tools=False, takes_grammar=False, num_parameters=math.inf)
LARGE = ModelAbility(calls_tools=True, takes_grammar=True, num_parameters=7e9)
LARGE_WITHOUT_TOOLS = ModelAbility(calls_tools=False, takes_grammar=True, num_parameters=7e9)
MIDDLING = ModelAbility(calls_tools=True, takes_grammar=True, num_parameters=1.7e9)
SMALL = ModelAbility(calls_tools=False, takes_grammar=True, num_parameters=135e6)


@pytest.mark.parametrize(
    ("asked", "model", "strategy", "why"),
    [
        (Strategy.AUTO, SERVICE, Strategy.NATIVE, "service"),
        (Strategy.AUTO, PLAIN_SERVICE, Strategy.REACT, "no_tools"),
        (Strategy.AUTO, LARGE, Strategy.NATIVE, "large"),
        (Strategy.AUTO, LARGE_WITHOUT_TOOLS, Strategy.CONSTRAINED, "middling"),
        (Strategy.AUTO, MIDDLING, Strategy.CONSTRAINED, "middling"),
        (Strategy.AUTO, SMALL, Strategy.SEARCH_FIRST, "small"),
        (Strategy.CONSTRAINED, SERVICE, Strategy.NATIVE, "no_grammar"),
        (Strategy.CONSTRAINED, PLAIN_SERVICE, Strategy.REACT, "no_grammar"),
        (Strategy.CONSTRAINED, SMALL, Strategy.CONSTRAINED, "asked"),
        (Strategy.NATIVE, PLAIN_SERVICE, Strategy.REACT, "no_tools"),
        (Strategy.NATIVE, SMALL, Strategy.NATIVE, "asked"),
        (Strategy.REACT, SERVICE, Strategy.REACT, "asked"),
        (Strategy.SEARCH_FIRST, SERVICE, Strategy.SEARCH_FIRST, "asked"),
    ],
)
def test_the_strategy_fits_the_model(asked: Strategy, model: ModelAbility, strategy: Strategy, why: str) -> None:
    chosen = choose(asked, model)
    assert (chosen.strategy, chosen.why) == (strategy, f"app_strategy_why_{why}")
    assert all(chosen.why in Catalogue.load().sentences[language] for language in LANGUAGES)


def test_the_agent_knows_what_day_it_is() -> None:
    day = date(2026, 3, 1)
    assert "Sunday, March 1, 2026" in system_prompt(Strategy.NATIVE, "en", day)
    assert "domingo 1 de marzo de 2026" in system_prompt(Strategy.CONSTRAINED, "es", day)
