"""Somebody chooses a model in a room, without a browser: what is shown of it, and models that take their time."""

from __future__ import annotations

from typing import Any

from models.local_models import Loading
from tests.agent_visitor import AgentVisitor
from tests.html_reader import read_html
from tests.other_models import scripted_local
from tests.page_reader import catalogue
from tests.reading_visitor import ReadingVisitor
from tests.room_visitor import Visitor
from tests.scripted_local_models import ScriptedLocalModels

Somebody = Visitor | AgentVisitor | ReadingVisitor


class SlowLocalModels(ScriptedLocalModels):
    """Loads in three steps, of which the second waits for answers of another model."""

    async def load(self, name: str) -> Any:
        self.card(name)
        for loading in (Loading(), Loading(num_awaited=2), Loading(num_awaited=1), Loading(0.254)):
            yield loading
        async for last in super().load(name):
            yield last


def slow_local() -> SlowLocalModels:
    given = scripted_local()
    return SlowLocalModels(given.cards, given.faults)


def shown(visitor: Somebody) -> tuple[str, list[str]]:
    """The model that the control shows, and those to choose from."""
    told = [state[visitor.choice.name] for state in visitor.states if visitor.choice.name in state]
    offered = [one.choices for one in told if isinstance(one.choices, list) and one.choices]
    return told[-1].value, [value for _, value in offered[-1]] if offered else []


def note(visitor: Somebody) -> str:
    return read_html(str(visitor.last(visitor.choice.note))).text


def status(visitor: Somebody) -> str:
    return read_html(visitor.status).text


def notes(visitor: Somebody) -> list[str]:
    """All that were shown."""
    said = [state[visitor.choice.note] for state in visitor.states if visitor.choice.note in state]
    return [read_html(str(one)).text for one in said]


def say(key: str, **values: object) -> str:
    return catalogue.text("en", key, **values)
