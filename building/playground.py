"""The Playground's services."""

from __future__ import annotations

from chains.room_model import RoomModel
from components.export_shelf import ExportShelf
from components.services import PlaygroundRoom
from models.engine.switch import EngineSwitch
from models.next_token import NextTokenReader
from models.sample_batch import SampleReader
from playground.experiments import Playground
from playground.views import ModelFacts


def build_playground_room(engine: EngineSwitch, model: RoomModel) -> PlaygroundRoom:
    """The Playground's services over the local model, which runs in ``engine``."""

    def facts() -> ModelFacts:
        card = engine.wait()
        return ModelFacts(model.name, card.context_tokens, card.has_chat_template)

    return PlaygroundRoom(Playground(NextTokenReader(engine), facts), ExportShelf(), model, SampleReader(engine))
