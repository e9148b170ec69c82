"""The Models room over models that are only names; what it keeps is in a folder of the test."""

from __future__ import annotations

from pathlib import Path

from chains.comparison import Comparer
from chains.evaluation.background import BackgroundEvaluations
from chains.evaluation.measuring import EvaluationTools
from chains.evaluation.runner import EvaluationRunner
from chains.evaluation.task_sets import TaskLibrary
from chains.model_shelf import ChatModelShelf
from chains.room_model import RoomModel
from components.models_room import ComparingRoom, EvaluatingRoom, FilesRoom, ModelsRoom
from components.operator import OperatorDoor
from components.owner import OwnerCookie
from models.catalogue import Catalogue
from models.downloads import Downloads
from models.machine import Machine
from models.model_folder import ModelFolder
from models.remote.visitor_keys import VisitorKeys
from storage.database import Database
from storage.evaluations import EvaluationStore
from storage.votes import VoteStore
from tests.byte_scorer import ByteScorer
from tests.room_models import RoomModels
from tests.scripted_local_models import ScriptedLocalModels

BANDWIDTH = 10e9


def scripted_models_room(folder: Path, database: Database, model: RoomModel, owners: OwnerCookie) -> ModelsRoom:
    """The operator is whoever is at this machine."""
    shelf, store = ChatModelShelf(RoomModels(model)), EvaluationStore(database)
    kept = ModelFolder(folder / "models")
    machine = Machine(1, lambda: BANDWIDTH)
    files = FilesRoom(Catalogue.load(), ScriptedLocalModels(), Downloads(kept), machine, kept)
    tools = EvaluationTools(shelf.get, lambda name: ByteScorer() if name == model.name else None)
    evaluating = EvaluatingRoom(BackgroundEvaluations(EvaluationRunner(store, tools)), store, TaskLibrary.load())
    operator = OperatorDoor(owners, trusts_this_machine=True)
    return ModelsRoom(shelf, VisitorKeys(), files, ComparingRoom(Comparer(), VoteStore(database)), evaluating, operator)
