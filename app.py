"""Tertulia: builds everything from Settings, then opens the page.

The model's process is started first, and the page's libraries, which take seconds to import, only then: the one loads
while the others do.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import signal
import sys
import tempfile
import threading
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from building.console import EXIT_STOPPED, Console
from building.folders import make_folders
from components.catalogue import Catalogue, preferred_language
from errors import ShareWithoutPassword, StartError
from models.default_model import DEFAULT_MODEL_NAME, default_model_file
from models.engine.protocol import EngineOptions
from models.engine.supervisor import Supervisor
from models.engine.worker_process import WorkerProcess
from models.fleet import ModelFleet
from models.fleet_files import ModelFiles
from models.gguf import check_gguf
from models.model_folder import ModelFolder
from settings import Settings, child_environment, console_locale, has_desktop, keep_libraries_quiet
from storage.folder_lock import lock_folder

if TYPE_CHECKING:
    import gradio as gr

    from components.services import ChatRoom, Services
    from storage.database import Database

EXIT_CANNOT_START = 2
VISITOR = "tertulia"  # the user name that goes with the password


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    console = Console(Catalogue.load(), preferred_language(console_locale()))
    parser = _parser(console)
    options = parser.parse_args(arguments)
    if options.get and len(options.get) > 2:
        parser.error(console.text.say("app_cli_get_words"))
    try:
        settings = Settings.load(**{name: getattr(options, name) for name in ("host", "port", "model", "share")})
        console.language = settings.language or console.language
        if (code := _command(options, settings, console)) is not None:
            return code
        if settings.share and not settings.password:
            raise ShareWithoutPassword
        return _run(settings, console, check=options.check, open_browser=options.open)
    except StartError as error:
        console.complain(error)
        return EXIT_CANNOT_START
    except KeyboardInterrupt:
        return EXIT_STOPPED


def _parser(console: Console) -> argparse.ArgumentParser:
    def words(key: str) -> str:
        return console.catalogue.text(console.language, f"app_cli_{key}")

    parser = argparse.ArgumentParser(prog="app.py", description=words("description"))
    parser.add_argument("--host", help=words("host"))
    parser.add_argument("--port", type=int, help=words("port"))
    parser.add_argument("--model", type=Path, metavar="FILE.gguf", help=words("model"))
    parser.add_argument("--share", action="store_true", default=None, help=words("share"))
    parser.add_argument("--check", action="store_true", help=words("check"))
    parser.add_argument("--open", action="store_true", help=words("open"))
    parser.add_argument("--list-models", action="store_true", help=words("list_models"))
    parser.add_argument("--get", nargs="+", metavar=words("get_what"), help=words("get"))
    parser.add_argument("--evaluate", nargs=2, metavar=(words("set"), words("model_name")), help=words("evaluate"))
    return parser


def _command(options: argparse.Namespace, settings: Settings, console: Console) -> int | None:
    """The exit code of a command that needs none of the page's libraries; None where none was given."""
    if options.list_models:
        from building.model_list import list_models

        return list_models(settings, console, model_files(settings))
    if options.get:
        from building.model_getting import get_model

        return get_model(settings, console, options.get)
    if options.evaluate:
        from building.model_evaluating import evaluate_model

        make_folders(settings)
        return evaluate_model(
            settings, console, options.evaluate, partial(start_models, settings, console), open_storage
        )
    return None


def _run(settings: Settings, console: Console, *, check: bool, open_browser: bool) -> int:
    make_folders(settings)
    keep_libraries_quiet(settings)
    with nullcontext() if check else lock_folder(settings.data_dir):
        return _with_engine(settings, console, check=check, open_browser=open_browser)


def _with_engine(settings: Settings, console: Console, *, check: bool, open_browser: bool) -> int:
    console.say("loading")
    fleet = start_models(settings, console)
    try:
        if check:
            return _check(settings, fleet, console)
        return _serve(settings, fleet, console, open_browser=open_browser)
    finally:
        fleet.close()


def start_models(settings: Settings, console: Console) -> ModelFleet:
    """Begin to load the first model in a process of its own. Raises ModelFileMissing or ModelFileBroken."""
    files = model_files(settings)
    files.parked.forget_old(time.time())
    return ModelFleet(files, _starter(settings, console))


def model_files(settings: Settings) -> ModelFiles:
    """The first model, and those that were got. Raises ModelFileMissing or ModelFileBroken."""
    folder = ModelFolder(settings.data_dir.absolute() / "models")
    return ModelFiles(engine_options(settings), folder, settings.models_bytes)


def start_engine(settings: Settings, console: Console) -> Supervisor:
    """The same for the first model alone, for programs that need no other."""
    options = engine_options(settings)
    check_gguf(options.model_path)
    return _starter(settings, console)(options)


def _starter(settings: Settings, console: Console) -> partial[Supervisor]:
    process = WorkerProcess(child_environment(), settings.cache_dir.absolute() / "engine.log")
    return partial(Supervisor, process=process, on_converting=partial(console.say, "converting"))


def engine_options(settings: Settings) -> EngineOptions:
    """How the first model is loaded. Raises ModelFileMissing."""
    model_path = settings.model or default_model_file()
    return EngineOptions(
        model_path=model_path.absolute(),
        model_name=None if settings.model else DEFAULT_MODEL_NAME,
        conversion_dir=None if settings.model else settings.cache_dir.absolute() / "models",
        context_tokens=settings.context_tokens,
        max_sequences=settings.max_sequences,
        threads=settings.engine_threads,
        batch_tokens=settings.batch_tokens,
        num_gpu_layers=settings.gpu_layers,
        parking_dir=settings.data_dir.absolute() / "parked" if settings.parked_bytes else None,
        parking_bytes=settings.parked_bytes,
    )


def open_storage(url: str, backup_dir: Path) -> Database:
    """The database at ``url``, brought up to date. Raises a StartError."""
    from storage.opening import open_database

    def migrate(database: Database) -> None:
        from storage.migrating import migrate as run_migrations

        run_migrations(database)

    return open_database(url, backup_dir, migrate)


def build_app(
    settings: Settings, fleet: ModelFleet, database: Database, catalogue: Catalogue
) -> tuple[gr.Blocks, Services]:
    """The page over everything it needs. Raises ModelNotLoaded."""
    from building.agent import build_agent_room
    from building.chat import build_chat_room
    from building.documents import build_documents_room
    from building.model_shelf import build_model_shelf
    from building.models import RoomParts, build_models_room
    from building.playground import build_playground_room
    from components.operator import OperatorDoor
    from components.owner import OwnerCookie
    from components.page import build_page
    from components.services import Services
    from models.remote.visitor_keys import VisitorKeys

    owners = OwnerCookie.load(settings.data_dir / "owner.key", VISITOR)
    fleet.wait()
    keys = VisitorKeys()
    shelf = build_model_shelf(settings, fleet, keys)
    room = build_chat_room(settings, shelf, database)
    documents = build_documents_room(settings, database, shelf)
    agent = build_agent_room(settings, database, shelf, documents)
    playground = build_playground_room(fleet, shelf)
    token = settings.operator_token.get_secret_value() if settings.operator_token else ""
    operator = OperatorDoor(owners, token, trusts_this_machine=settings.is_for_this_machine)
    models = build_models_room(settings, database, RoomParts(shelf, keys, fleet, operator, fleet.budget_bytes))
    services = Services(room, documents, agent, playground, models, fleet.status, catalogue, owners)
    return build_page(services), services


def _check(settings: Settings, fleet: ModelFleet, console: Console) -> int:
    question = console.catalogue.text(console.language, "app_console_check_question")
    with tempfile.TemporaryDirectory() as folder:  # a trial leaves nothing behind
        database = open_storage(f"sqlite:///{Path(folder) / 'check.sqlite'}", Path(folder))
        _, services = build_app(settings, fleet, database, console.catalogue)
        answer = asyncio.run(_ask(services.chat, question, console.language))
        database.close()
    card = fleet.wait()
    console.say("check_model", model=f"{card.name} ({card.path})")
    console.say("check_question", question=question)
    console.say("check_answer", answer=answer)
    console.say("check_speed", tokens_per_second=f"{fleet.status().tokens_per_second or 0:.0f}")
    facts = {
        "threads": card.threads,
        "batch": card.batch_tokens,
        "layers": card.num_gpu_layers,
        "cells": card.cache_tokens,
    }
    console.say("check_engine", sequences=card.max_sequences, tokens=card.context_tokens, **facts)
    console.say("check_data", path=settings.data_dir)
    console.say("check_cache", path=settings.cache_dir)
    return 0


async def _ask(chat: ChatRoom, question: str, language: str) -> str:
    from chains.replies import Place

    place = Place("check", chat.conversations.start("check"), language)
    async for answer in chat.replies.ask(place, {"question": question}):
        text = answer.message.text
    await chat.replies.background.settled(place.conversation_id)
    return text


def _serve(settings: Settings, fleet: ModelFleet, console: Console, *, open_browser: bool) -> int:
    stopped = threading.Event()
    with _nothing_collected():
        from components.serving import Address, serve

        database = open_storage(settings.database, settings.data_dir / "backups")
        page, services = build_app(settings, fleet, database, console.catalogue)
        login = (VISITOR, settings.password.get_secret_value()) if settings.password else None
        address = Address(settings.host, settings.port, settings.share, login)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stopped.set())
        url = serve(page, services, address)
    services.documents.library.start()
    console.say("ready", url=url)
    if not settings.is_for_this_machine and settings.operator_token is None:
        console.say("operator", token=services.models.operator.token)
    if open_browser and has_desktop():
        webbrowser.open(url)
    stopped.wait()
    console.say("stopping")
    services.models.evaluating.background.close()
    services.models.files.downloads.close()
    page.close(verbose=False)
    services.agent.close()
    services.documents.close()
    database.close()
    return 0


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Importing makes 400,000 objects that stay: looking among them for garbage takes a tenth of the start.

    Nor does any later search look at them again.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


if __name__ == "__main__":
    sys.exit(main())
