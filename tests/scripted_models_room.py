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
from models.downloads import DownloadOptions, Downloads
from models.hub import HubOptions
from models.machine import Machine
from models.model_folder import ModelFolder
from models.remote.visitor_keys import VisitorKeys
from models.transfer import Patience
from storage.database import Database
from storage.evaluations import EvaluationStore
from storage.votes import VoteStore
from tests.byte_scorer import ByteScorer
from tests.hub_shelf import shelved_catalogue
from tests.scripted_local_models import ScriptedLocalModels
from tests.scripted_shelf import ScriptedShelf

BANDWIDTH = 10e9
BUDGET_BYTES = 4_000_000_000
NOBODY = "http://127.0.0.1:9"  # a port that nothing listens on: no test asks the true hub


def scripted_models_room(
    folder: Path, database: Database, model: RoomModel, owners: OwnerCookie, hub_url: str = NOBODY
) -> ModelsRoom:
    """The operator is whoever is at this machine."""
    shelf = ScriptedShelf(model)
    kept = ModelFolder(folder / "models")
    hub = HubOptions(hub_url, token="", timeout_s=10.0)
    downloads = Downloads(kept, DownloadOptions(hub, Patience(max_tries=2, wait_s=0.01)))
    local, machine = ScriptedLocalModels(folder=kept), Machine(1, lambda: BANDWIDTH)
    files = FilesRoom(shelved_catalogue(), local, downloads, machine, kept, hub, BUDGET_BYTES)
    evaluating = scripted_evaluating(database, shelf)
    operator = OperatorDoor(owners, trusts_this_machine=True)
    return ModelsRoom(shelf, VisitorKeys(), files, ComparingRoom(Comparer(), VoteStore(database)), evaluating, operator)


def scripted_evaluating(database: Database, shelf: ChatModelShelf) -> EvaluatingRoom:
    """Asks the models of ``shelf``, the first of which rates texts."""
    store = EvaluationStore(database)
    tools = EvaluationTools(shelf.get, lambda name: ByteScorer() if name == shelf.names()[0] else None)
    return EvaluatingRoom(BackgroundEvaluations(EvaluationRunner(store, tools)), store, TaskLibrary.load())
