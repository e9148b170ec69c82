"""The Playground's services."""

from __future__ import annotations

from chains.model_shelf import ChatModelShelf
from chains.room_model import RoomModel
from components.export_shelf import ExportShelf
from components.services import PlaygroundRoom
from models.local_models import ModelEngine
from models.next_token import NextTokenReader
from models.remote.chat_model import RemoteChatModel
from models.remote.told_tokens import TokenTeller
from models.sample_batch import SampleReader
from playground.cloud import CloudModels
from playground.experiments import Playground
from playground.views import ModelFacts


def build_playground_room(engine: ModelEngine, model: RoomModel, cloud: CloudModels) -> PlaygroundRoom:
    """The Playground's services over the local model, which runs in ``engine``, and ``cloud``."""

    def facts() -> ModelFacts:
        return ModelFacts(model.name, model.context_tokens, model.has_chat_template)

    playground, sampler = Playground(NextTokenReader(engine), facts), SampleReader(engine)
    return PlaygroundRoom(playground, ExportShelf(), model, sampler, cloud)


def build_cloud_models(shelf: ChatModelShelf) -> CloudModels:
    """The models of services that the operator offers. None is called before somebody asks it something."""
    models = (shelf.get(name).model for name in shelf.names())
    return CloudModels({model.model_name: TokenTeller(model) for model in models if isinstance(model, RemoteChatModel)})
