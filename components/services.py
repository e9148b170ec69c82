"""What the page needs from the program around it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from agents.answers import AgentAnswers
from agents.options import AgentOptions
from agents.strategies.choosing import Chosen
from chains.conversations import Conversations
from chains.model_shelf import Models
from chains.replies import Replies
from chains.room_model import RoomModel
from chains.template_shelf import TemplateShelf
from components.api_routes import ProgramsRoom
from components.catalogue import Catalogue
from components.closing import Closing
from components.entrance import Entrance
from components.export_shelf import ExportShelf
from components.models_room import ModelsRoom
from components.operator_section import OperatorSection
from components.owner import OwnerCookie
from components.presence import Presence
from components.public_link import PublicLink
from components.server_life import Life
from components.visitors import Visitors
from components.watching import Watching
from models.embedding.embedder import Embedder
from models.status import ModelStatus
from playground.cloud import CloudModels
from playground.local_playgrounds import LocalPlaygrounds
from rag.answers import DocumentAnswers
from rag.evaluation import Evaluation
from rag.evaluation_results import EvaluationResults
from rag.indexing import Indexer
from rag.library import Library, Limits
from rag.modes import Mode
from rag.projection import Projection
from rag.retrieval import Searching
from rag.study import Study
from safety.audit_log import Audit, NoAudit
from storage.document_records import Collection, Passage
from storage.documents import DocumentStore
from storage.holdings import Holdings
from storage.notes import NoteStore
from storage.passages import PassageStore
from storage.ratings import RatedAnswers
from storage.triples import Triple, TripleStore


@dataclass(frozen=True)
class ChatRoom:
    """What the Chat room is made of."""

    conversations: Conversations
    replies: Replies
    templates: TemplateShelf
    notes: NoteStore
    models: Models


@dataclass(frozen=True)
class ReadingRoom:
    """What documents are asked with. ``conversations`` are those of the room.

    ``draw_page`` draws a page of a file with stretches of its text marked, so wide, unless the event is set: a PNG.
    ``first_mode`` is what a visitor begins with.
    """

    conversations: Conversations
    answers: DocumentAnswers
    searcher: Searching
    documents: DocumentStore
    passages: PassageStore
    models: Models
    draw_page: Callable[[Path, int, Sequence[tuple[int, int]], int, Event], bytes]
    first_mode: Mode = Mode.NAIVE


@dataclass(frozen=True)
class MeasuringRoom:
    """What shows and measures how well a collection is found in.

    ``embedder_of`` gives the one that a collection is searched with; ``propose`` has the model ask about passages.
    """

    projection: Projection
    embedder_of: Callable[[Collection], Embedder]
    triples: TripleStore
    evaluation: Evaluation
    results: EvaluationResults
    ratings: RatedAnswers
    propose: Callable[[str, Sequence[Passage]], AsyncGenerator[Triple | None, None]]


@dataclass(frozen=True)
class DocumentsRoom:
    """What the Documents room is made of. ``embedders`` are the names that a collection may be embedded with.

    ``close`` ends what works in the background; ``settled`` waits so many seconds until what was deleted is out of
    the indexes, too, and tells whether it is.
    """

    reading: ReadingRoom
    library: Library
    indexer: Indexer
    limits: Limits
    embedders: tuple[str, ...]
    study: Study
    measuring: MeasuringRoom
    close: Callable[[], None]
    settled: Callable[[float], bool] = lambda seconds: True


@dataclass(frozen=True)
class AgentRoom:
    """What the Agent room is made of.

    ``choose`` says how a model with these options is going to decide, and why. ``tool_notes`` tells at once, by the
    names of tools, the keys of sentences about what one lacks here; one that is noted and not among the tools cannot
    be used at all.
    ``close`` ends what works in the background.
    """

    conversations: Conversations
    answers: AgentAnswers
    models: Models
    choose: Callable[[RoomModel, AgentOptions], Chosen]
    tool_notes: Callable[[], Mapping[str, str]]
    close: Callable[[], None]


@dataclass(frozen=True)
class PlaygroundRoom:
    """What the Playground is made of. ``exports`` keeps the files of what is seen.

    ``local`` are the models of this machine, ``cloud`` those of services, if any are offered.
    """

    local: LocalPlaygrounds
    exports: ExportShelf
    cloud: CloudModels = field(default_factory=CloudModels)

    @property
    def models(self) -> tuple[str, ...]:
        """Names to choose from, the local models' first."""
        return (*self.local.names(), *self.cloud.names)


@dataclass(frozen=True)
class DataRoom:
    """What is kept of each owner, and its end.

    ``erase`` deletes all of it for good, on the page's loop. ``hours_kept`` is for how long what was not touched stays
    where somebody has no account, 0 for ever; ``serving`` sees to that while the page is served.
    """

    holdings: Holdings
    erase: Callable[[str], Awaitable[None]]
    hours_kept: Callable[[], float]
    serving: Life


@dataclass(frozen=True)
class Services:
    """``model_status`` answers at once, without asking the model. ``audit`` is where the operator can look up later.

    ``programs`` is None where none may ask.
    """

    chat: ChatRoom
    documents: DocumentsRoom
    agent: AgentRoom
    playground: PlaygroundRoom
    models: ModelsRoom
    model_status: Callable[[], ModelStatus]
    catalogue: Catalogue
    owners: OwnerCookie
    entrance: Entrance = field(default_factory=Entrance.open_to_all)
    audit: Audit = field(default_factory=NoAudit)
    programs: ProgramsRoom | None = None
    link: PublicLink = field(default_factory=PublicLink.never)
    presence: Presence = field(default_factory=Presence)
    operator_sections: tuple[OperatorSection, ...] = ()
    closing: Closing = field(default_factory=Closing)
    watching: Watching = field(default_factory=Watching)
    visitors: Visitors = field(default_factory=Visitors.unlimited)
    data: DataRoom | None = None
