"""The Playground's services."""

from __future__ import annotations

from components.export_shelf import ExportShelf
from components.services import PlaygroundRoom
from models.engine.switch import EngineSwitch
from models.next_token import NextTokenReader
from playground.experiments import Playground
from playground.views import ModelFacts


def build_playground_room(engine: EngineSwitch, name: str) -> PlaygroundRoom:
    """The Playground's services over the local model, which is shown by ``name``."""

    def facts() -> ModelFacts:
        card = engine.wait()
        return ModelFacts(name, card.context_tokens, card.has_chat_template)

    return PlaygroundRoom(Playground(NextTokenReader(engine), facts), ExportShelf())
