"""The Playground's services."""

from __future__ import annotations

from chains.model_shelf import ChatModelShelf
from components.export_shelf import ExportShelf
from components.services import PlaygroundRoom
from models.local_models import LocalModels
from models.next_token import NextTokenReader
from models.remote.chat_model import RemoteChatModel
from models.remote.told_tokens import TokenTeller
from models.sample_batch import SampleReader
from playground.cloud import CloudModels
from playground.experiments import Playground
from playground.local_playgrounds import LocalPlayground, LocalPlaygrounds
from playground.views import ModelFacts


def build_playground_room(local: LocalModels, shelf: ChatModelShelf) -> PlaygroundRoom:
    """The Playground's services over the models of this machine, and those of services on ``shelf``."""

    def make(name: str) -> LocalPlayground:
        engine, model = local.engine(name), shelf.get(name)
        facts = ModelFacts(model.name, model.context_tokens, model.has_chat_template)
        return LocalPlayground(Playground(NextTokenReader(engine), lambda: facts), SampleReader(engine), model)

    return PlaygroundRoom(LocalPlaygrounds(local, make), ExportShelf(), build_cloud_models(shelf))


def build_cloud_models(shelf: ChatModelShelf) -> CloudModels:
    """The models of services that the operator offers. None is called before somebody asks it something."""
    models = (offered.model for offered in shelf.by_operators_keys().values())
    return CloudModels({model.model_name: TokenTeller(model) for model in models if isinstance(model, RemoteChatModel)})
