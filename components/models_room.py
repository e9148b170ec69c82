"""What the Models room is made of."""

from __future__ import annotations

from dataclasses import dataclass, field

from chains.comparison import Comparer
from chains.comparison_shelf import ComparisonShelf
from chains.evaluation.background import BackgroundEvaluations
from chains.evaluation.runner import EvaluationRunner
from chains.evaluation.task_sets import TaskLibrary
from chains.model_shelf import ChatModelShelf
from components.operator import OperatorDoor
from models.catalogue import Catalogue
from models.downloads import Downloads
from models.hub import HubOptions
from models.local_models import LocalModels
from models.machine import Machine
from models.model_folder import ModelFolder
from models.remote.visitor_keys import VisitorKeys
from storage.evaluations import EvaluationStore
from storage.votes import VoteStore


@dataclass(frozen=True)
class FilesRoom:
    """Models as files: those there are to get, those that are here, those on their way.

    ``folder`` is where ``downloads`` puts them, ``hub`` where it gets them from. ``budget_bytes`` is the memory that
    the local models may take together, None where nobody told.
    """

    catalogue: Catalogue
    local: LocalModels
    downloads: Downloads
    machine: Machine
    folder: ModelFolder
    hub: HubOptions = field(default_factory=HubOptions)
    budget_bytes: int | None = None


@dataclass(frozen=True)
class ComparingRoom:
    """What sets answers side by side and keeps the votes between them; ``shelf`` has those asked for lately."""

    comparer: Comparer
    votes: VoteStore
    shelf: ComparisonShelf = field(default_factory=ComparisonShelf)


@dataclass(frozen=True)
class EvaluatingRoom:
    """What puts sets of questions to models, also while nobody looks."""

    background: BackgroundEvaluations
    store: EvaluationStore
    library: TaskLibrary

    @property
    def runner(self) -> EvaluationRunner:
        """For the page's own loop."""
        return self.background.runner


@dataclass(frozen=True)
class ModelsRoom:
    """``shelf`` has every model that a room can ask; ``keys`` are those that visitors typed for themselves."""

    shelf: ChatModelShelf
    keys: VisitorKeys
    files: FilesRoom
    comparing: ComparingRoom
    evaluating: EvaluatingRoom
    operator: OperatorDoor
