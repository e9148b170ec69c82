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
from building.storage import decrypt_data, open_storage, open_trial_storage
from building.user_accounts import account_command, add_account_options
from components.catalogue import Catalogue, preferred_language
from errors import StartError
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
    from components.services import ChatRoom

EXIT_CANNOT_START = 2
STATED = ("host", "port", "model", "share", "share_hours")  # settings that are options of the command line, too


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    console = Console(Catalogue.load(), preferred_language(console_locale()))
    parser = _parser(console)
    options = parser.parse_args(arguments)
    if options.get and len(options.get) > 2:
        parser.error(console.text.say("app_cli_get_words"))
    try:
        settings = Settings.load(**{name: getattr(options, name) for name in STATED})
        console.language = settings.language or console.language
        if (code := _command(options, settings, console)) is not None:
            return code
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
    parser.add_argument("--share-hours", type=float, metavar="HOURS", help=words("share_hours"))
    parser.add_argument("--check", action="store_true", help=words("check"))
    parser.add_argument("--open", action="store_true", help=words("open"))
    parser.add_argument("--list-models", action="store_true", help=words("list_models"))
    parser.add_argument("--get", nargs="+", metavar=words("get_what"), help=words("get"))
    parser.add_argument("--evaluate", nargs=2, metavar=(words("set"), words("model_name")), help=words("evaluate"))
    parser.add_argument("--decrypt-data", action="store_true", help=words("decrypt_data"))
    add_account_options(parser, words)
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
            settings,
            console,
            options.evaluate,
            partial(start_models, settings, console),
            partial(open_storage, settings, console),
        )
    if options.decrypt_data:
        return decrypt_data(settings, console)
    return account_command(options, settings, console)


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


def _check(settings: Settings, fleet: ModelFleet, console: Console) -> int:
    question = console.catalogue.text(console.language, "app_console_check_question")
    from building.whole import build_services

    with tempfile.TemporaryDirectory() as folder:  # a trial leaves nothing behind
        database = open_trial_storage(Path(folder))
        services = build_services(settings, fleet, database, console.catalogue)
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
        from building.logs import open_log, take_servers_log
        from building.sharing import share
        from building.whole import build_services
        from components.page import build_page
        from components.serving import Address, serve, stop

        open_log(settings)
        database = open_storage(settings, console, settings.database, settings.data_dir / "backups")
        services = build_services(settings, fleet, database, console.catalogue)
        page = build_page(services)
        reached = {"is_space": settings.is_space, "is_behind_proxy": settings.behind_proxy}
        address = Address(settings.host, settings.port, settings.allowed_hosts, **reached)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stopped.set())
        url = serve(page, services, address)
        take_servers_log()
    services.documents.library.start()
    console.say("ready", url=url)
    console.say("operator_page", url=f"{url}operator")
    if not settings.is_for_this_machine and settings.operator_token is None:
        console.say("operator", token=services.models.operator.token)
    if settings.share:
        share(services.link, settings, console)
    if open_browser and has_desktop():
        webbrowser.open(url)
    stopped.wait()
    console.say("stopping")
    services.link.close()
    stop(page, services)
    services.models.evaluating.background.close()
    services.models.files.downloads.close()
    services.agent.close()
    services.documents.close()
    services.watching.close()
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
