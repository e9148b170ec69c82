"""The page over a scripted model: for the browser tests, and to look at with ``python -m tests.page_server``."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import gradio as gr

from building.data import with_data
from building.erasing import KeptIn
from chains.conversations import Conversations
from chains.live import LiveAnswers
from chains.model_shelf import ChatModelShelf
from chains.options import ConversationOptions, SamplingChoice
from chains.plain_answers import PlainAnswers
from chains.replies import Replies
from chains.room_model import RoomModel
from chains.template_library import TemplateLibrary
from chains.template_shelf import TemplateShelf
from components.api_routes import ProgramsRoom
from components.catalogue import Catalogue
from components.entrance import Entrance, Rules
from components.export_shelf import ExportShelf
from components.metrics import Sources
from components.operator_status import OperatorStatus
from components.owner import OwnerCookie
from components.page import build_page
from components.presence import Presence
from components.services import ChatRoom, DocumentsRoom, PlaygroundRoom, Services
from components.serving import Address, serve
from components.watch_history import bytes_in
from components.watching import Watching
from errors import EngineDied
from models.status import EngineTotals, ModelState, ModelStatus
from playground.cloud import CloudModels
from rag.passage_prompt import DATA_MARK
from rag.prompts import CONDENSE_REQUEST
from rag.study import Study
from safety.audit_log import AuditLog
from safety.open_id import Client, OpenId
from storage.claims import Claims
from storage.conversations import ConversationStore
from storage.database import Database
from storage.migrating import migrate
from storage.notes import NoteStore
from storage.opening import open_database
from storage.templates import TemplateStore
from tests.dripping import drop_of, pieces
from tests.hub_shelf import fill
from tests.library_room import LibraryRoom
from tests.measuring_room import measuring_room
from tests.openid_provider import CLIENT_ID, CLIENT_SECRET
from tests.other_models import other_models, scripted_local
from tests.quick_accounts import quick_accounts
from tests.reading_room import read_anything, reading_room
from tests.scripted_agent import ScriptedTurns, scripted_agent_room
from tests.scripted_hub import scripted_hub
from tests.scripted_local_models import ScriptedLocalModels
from tests.scripted_model import ScriptedModel
from tests.scripted_models_room import NOBODY, scripted_evaluating, scripted_models_room
from tests.scripted_playground import scripted_playgrounds
from tests.scripted_rows import ScriptedRows
from tests.scripted_shelf import ScriptedShelf
from tests.showpiece import SHOWPIECE, SHOWPIECE_ES
from tests.tunnel_service import with_sharing

DEFAULTS = SamplingChoice(temperature=0.6, top_p=0.95, top_k=40, min_p=0.05, repeat_penalty=1.1, max_tokens=1_000)

REWRITTEN = tuple(request[-1] for request in CONDENSE_REQUEST.values())


def showpiece_script(question: str) -> Sequence[str | Exception]:
    """Answers for looking at: ``long`` or ``fail`` in a question asks for that, ``echo`` for what follows it.

    A question is never put into other words: that would be as long as an answer, while nothing can be seen.
    """
    if question.rstrip().endswith(REWRITTEN):
        return []
    if (dripping := drop_of(question)) is not None:
        return pieces(dripping, 3)
    if DATA_MARK in question:  # passages stand before it
        question = question.rpartition("\n")[2]
    if question.startswith("echo "):
        return [question.removeprefix("echo ")]
    if "fail" in question:
        return [*_words("I will begin this answer but"), EngineDied()]
    if "long" in question:
        return _words(" ".join(f"word{i}" for i in range(2_000)))
    return _words(SHOWPIECE_ES if "¿" in question else SHOWPIECE)


def showpiece_title(request: str) -> Sequence[str]:
    """What the model proposes when it is asked for a title: something else than the first words of the question.

    And what it says to questions of an evaluation: ``echo`` what follows, ``slow`` after a while.
    """
    question = request.rpartition("\n")[2]
    if question.startswith("slow "):
        time.sleep(1)
    if question.startswith(("echo ", "slow ")):
        return [question.partition(" ")[2]]
    return ["Talk of", " today"]


def slow_where_told(texts: Sequence[str]) -> None:
    """Waits over a batch with ``slow`` in a text of it, so that indexing can be watched."""
    if "slow" in "".join(texts):
        time.sleep(0.3)


def _words(text: str) -> list[str]:
    return [piece + " " if piece != "\n" else piece for piece in text.split(" ")]


@dataclass
class PageServer:
    """A page over ``model`` whose conversations are in ``folder``; ``serving`` gives one in a process of its own.

    ``others`` can be chosen, too; those of them that are among ``local`` are loaded before. Who has an account of the
    folder's can sign in.
    """

    folder: Path
    model: ScriptedModel = field(default_factory=ScriptedModel)
    status: ModelStatus = field(default_factory=lambda: ModelStatus("SmolLM2 135M", ModelState.READY))
    max_characters: int = 16_000
    context_tokens: int = 3_000
    catalogue: Catalogue = field(default_factory=Catalogue.load)
    owners: OwnerCookie = field(default_factory=lambda: OwnerCookie(b"a secret only for the tests of the page"))
    turns: ScriptedTurns = field(default_factory=ScriptedTurns)
    rows: ScriptedRows = field(default_factory=ScriptedRows)
    cloud: CloudModels = field(default_factory=CloudModels)
    playground_models: Sequence[str] = ()  # further ones of this machine that the Playground experiments with
    others: Sequence[RoomModel] = ()
    local: ScriptedLocalModels | None = None
    hub_url: str = NOBODY
    password: str = ""
    needs_account: bool | None = None
    provider_url: str = ""  # of the service where people may sign in, too
    api_key: str = ""  # programs may ask with it
    metrics_token: str = ""
    tunnel: tuple[str, str, str] | None = None  # who names the server, the program, its checksum
    before_batch: Callable[[Sequence[str]], None] = slow_where_told
    hours_kept: float = 0.0
    port: int = 0
    url: str = ""
    page: gr.Blocks | None = None

    def services(self) -> Services:
        """What the page is built over."""
        database = open_database(f"sqlite:///{self.folder / 'page.sqlite'}", self.folder, migrate)
        presence, folder = Presence(), self.folder
        sources = Sources(lambda: [self.status], EngineTotals, presence.count, lambda: bytes_in(folder))
        watching = Watching(sources, database.check, self.metrics_token)
        store, notes, live = ConversationStore(database), NoteStore(database), LiveAnswers(on_end=watching.turn_ended)
        Claims(database).settle_abandoned()
        model = RoomModel(self.model, self.model, "test/scripted", self.context_tokens, DEFAULTS)
        shelf = ScriptedShelf(model, *self.others)
        replies = Replies(store, notes, shelf, live, self.max_characters)
        templates = TemplateShelf(TemplateLibrary.load(), TemplateStore(database))
        room = ChatRoom(Conversations(store, live), replies, templates, notes, shelf)
        agent = scripted_agent_room(database, shelf, self.turns, self.max_characters)
        documents = self.documents(database, shelf)
        read = scripted_playgrounds(model, self.rows, self.playground_models)
        playground = PlaygroundRoom(read, ExportShelf(), self.cloud)
        models = scripted_models_room(self.folder, database, model, self.owners, self.hub_url)
        if self.others:
            files = replace(models.files, local=self.local or scripted_local(models.files.folder))
            evaluating = scripted_evaluating(database, shelf)
            models = replace(models, shelf=shelf, files=files, evaluating=evaluating)
        if self.owners.accounts is None:
            self.owners.accounts = quick_accounts(self.folder / "users.json")
        audit = AuditLog(self.folder / "audit.jsonl")
        there = OpenId(Client(self.provider_url, CLIENT_ID, CLIENT_SECRET)) if self.provider_url else None
        entrance = Entrance(self.owners, Rules(self.password, self.needs_account), audit, there)
        programs = ProgramsRoom(PlainAnswers(shelf, self.max_characters), self.api_key) if self.api_key else None
        rooms, owners = (room, documents, agent, playground, models), self.owners
        services = Services(*rooms, lambda: self.status, self.catalogue, owners, entrance, audit, programs)
        section = OperatorStatus(watching, services.model_status, self.catalogue)
        services = replace(services, watching=watching, presence=presence, operator_sections=(section,))
        services = with_data(services, database, KeptIn(self.folder / "backups", self.folder / "parked"), self.kept)
        return with_sharing(services, self.folder, self.tunnel) if self.tunnel else services

    def kept(self) -> float:
        """The hours that data of people without an account is kept."""
        return self.hours_kept

    def documents(self, database: Database, shelf: ChatModelShelf) -> DocumentsRoom:
        """A library whose embedders call ``before_batch`` with the texts of each batch."""
        kept = LibraryRoom(database, self.folder, read=read_anything)
        for embedder in kept.embedders.values():
            embedder.before_batch = self.before_batch
        kept.library.start()
        reading = reading_room(database, kept, shelf, self.max_characters)

        async def model_of(owner: str) -> RoomModel:
            begun = reading.conversations.begun
            options = await asyncio.to_thread(begun, owner, shelf.names(owner), ConversationOptions())
            return shelf.get(options.model, owner)

        study = Study(kept.stores.passages, model_of)
        embedders, measuring = tuple(kept.embedders), measuring_room(database, kept, model_of)
        return DocumentsRoom(
            reading, kept.library, kept.indexer, kept.limits, embedders, study, measuring, kept.indexer.close
        )

    def start(self) -> PageServer:
        """Build the page and serve it in the background."""
        services = self.services()
        self.page = build_page(services)
        self.url = serve(self.page, services, Address(port=self.port))
        return self


def paced(seconds: float) -> Callable[[], Awaitable[object]]:
    """A pace that waits ``seconds`` before each piece."""
    return lambda: asyncio.sleep(seconds)


@contextmanager
def serving() -> Iterator[str]:
    """The URL of a page served by another process.

    Another one because Gradio and pandas warn, and leave loops and sockets open, which pytest would make faults here.
    """
    root = Path(__file__).parent.parent
    with (
        tempfile.TemporaryDirectory(prefix="tertulia-page-", ignore_cleanup_errors=True) as folder,
        subprocess.Popen(
            (sys.executable, "-m", "tests.page_server", "0", folder), cwd=root, stdout=subprocess.PIPE, text=True
        ) as process,
    ):
        try:
            yield (process.stdout.readline() if process.stdout else "").strip()
        finally:
            process.terminate()


def main(port: int, folder: Path) -> None:
    """Serve until the process is ended."""
    model = ScriptedModel(script=showpiece_script, background_script=showpiece_title, pace=paced(0.01))
    status = ModelStatus("SmolLM2 135M", ModelState.READY, 41.7)
    turns = ScriptedTurns(pace=paced(0.05))
    with scripted_hub() as hub:
        fill(hub)
        server = PageServer(folder, model, status, turns=turns, hub_url=hub.url, port=port, others=other_models())
        sys.stdout.write(server.start().url + "\n")
        sys.stdout.flush()
        while True:
            time.sleep(3600)


if __name__ == "__main__":
    given = sys.argv[1:]
    port = int(given[0]) if given else 0
    main(port, Path(given[1]) if len(given) > 1 else Path(tempfile.mkdtemp(prefix="tertulia-page-")))
