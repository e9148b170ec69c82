"""How a model is going to answer, decided before it is asked anything."""

from __future__ import annotations

from datetime import date

from agents.options import AgentOptions
from agents.prompts import system_prompt
from agents.strategies.choosing import Chosen, ModelAbility, choose
from agents.turns import Plan
from chains.room_model import RoomModel


def chosen_for(room_model: RoomModel, options: AgentOptions) -> Chosen:
    """The strategy that the options come to with this model, and why."""
    ability = ModelAbility(
        calls_tools=room_model.has_chat_template,
        takes_grammar=room_model.takes_grammar,
        num_parameters=room_model.num_parameters,
    )
    return choose(options.strategy, ability)


def planned(room_model: RoomModel, options: AgentOptions, language: str, today: date) -> Plan:
    """The strategy and what the model is told first, in the question's ``language``."""
    chosen = chosen_for(room_model, options)
    return Plan(chosen.strategy, chosen.why, system_prompt(chosen.strategy, language, today))
