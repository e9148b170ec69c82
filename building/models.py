"""The Models room's services."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from building.downloads import build_downloads, hub_options, model_folder
from building.model_shelf import text_scorer
from chains.comparison import Comparer
from chains.evaluation.background import BackgroundEvaluations
from chains.evaluation.measuring import EvaluationTools
from chains.evaluation.runner import EvaluationRunner
from chains.evaluation.task_sets import TaskLibrary
from chains.list_prices import ListPrices
from chains.model_shelf import ChatModelShelf
from components.models_room import ComparingRoom, EvaluatingRoom, FilesRoom, ModelsRoom
from components.operator import OperatorDoor
from models.catalogue import Catalogue
from models.local_models import LocalModels
from models.machine import Machine
from models.remote.visitor_keys import VisitorKeys
from settings import Settings
from storage.database import Database
from storage.evaluations import EvaluationStore
from storage.votes import VoteStore


@dataclass(frozen=True)
class RoomParts:
    """What the Models room shares with the others. ``budget_bytes`` is what all of ``local`` may take together."""

    shelf: ChatModelShelf
    keys: VisitorKeys
    local: LocalModels
    operator: OperatorDoor
    budget_bytes: int


def build_models_room(settings: Settings, database: Database, parts: RoomParts) -> ModelsRoom:
    """The Models room's services. Nothing is fetched, measured or asked before somebody wants it."""
    folder = model_folder(settings)
    machine = Machine(settings.engine_threads)
    files = FilesRoom(
        catalogue=Catalogue.load(),
        local=parts.local,
        downloads=build_downloads(settings),
        machine=machine,
        folder=folder,
        hub=hub_options(settings),
        budget_bytes=parts.budget_bytes,
    )
    comparing = ComparingRoom(Comparer(ListPrices(parts.shelf.keys.is_moved), local=parts.local), VoteStore(database))
    store = EvaluationStore(database)
    runner = EvaluationRunner(store, EvaluationTools(parts.shelf.get, partial(text_scorer, parts.local)))
    evaluating = EvaluatingRoom(BackgroundEvaluations(runner), store, TaskLibrary.load())
    return ModelsRoom(parts.shelf, parts.keys, files, comparing, evaluating, parts.operator)
