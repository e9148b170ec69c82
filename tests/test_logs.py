"""The log of the whole program: what happened, and nothing of what anybody wrote."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from building.logs import MAX_BYTES, OF_SERVER, OwnersFile, open_log, take_servers_log
from errors import FolderNotWritable
from settings import Settings
from tests.chat_services import chat_service, openai_fault
from tests.gradio_client_raw import visitor
from tests.served_app import served_app

MARK = "quokka"
EMAIL = "ana.perez@ejemplo.cl"
QUESTION = f"{MARK} {EMAIL}: who is that?"
MODEL = "openai/own"


@pytest.fixture
def logs_again() -> Iterator[None]:
    """The log of the tests is afterwards what it was."""
    root, shown = logging.getLogger(), logging.raiseExceptions
    handlers, level = root.handlers[:], root.level
    servers = {name: logging.getLogger(name).level for name in OF_SERVER}
    for name in servers:  # a server of another test may have been told to be silent
        logging.getLogger(name).setLevel(logging.NOTSET)
    yield
    for name, its_level in servers.items():
        logging.getLogger(name).setLevel(its_level)
    for handler in root.handlers:
        if handler not in handlers:
            handler.close()
    root.handlers[:], root.level, logging.raiseExceptions = handlers, level, shown
    logging.captureWarnings(False)


@pytest.mark.timeout(300)
async def test_no_line_of_the_real_program_holds_what_was_asked(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    with chat_service() as service:
        service.replies = [openai_fault(401, f"wrong key, asked: {QUESTION}")] * 4
        settings = {
            "TERTULIA_LOG_FORMAT": "json",
            "TERTULIA_LOG_FILE": str(log),
            "TERTULIA_OPENAI_BASE_URL": f"{service.url}/v1",
            "TERTULIA_OPENAI_API_KEY": f"sk-{MARK}-a-key-1234567890",
            "TERTULIA_MODELS": MODEL,
            "TERTULIA_MAX_ANSWER_TOKENS": "8",
        }
        with served_app(tmp_path, **settings) as app:
            async with visitor(app.url) as ana:
                here = (await ana.ask(QUESTION)).shown["conversation"]
                chosen = await ana.event("model-choice", "input", **{"model-choice": MODEL, "conversation": here})
                assert chosen.is_success, chosen.raw
                await ana.ask(QUESTION, here)
                await ana.client.post(f"/gradio_api/queue/join?{MARK}={EMAIL}", content=f"{{{QUESTION}")
            assert QUESTION in json.dumps(service.bodies)
            console = app.console.read_text()
    written = log.read_text()
    assert MARK not in written + console
    assert EMAIL not in written + console
    lines = [json.loads(line) for line in written.splitlines()]
    assert {"time", "level", "logger", "event"} <= lines[0].keys()
    assert any(line["logger"] == "models.remote.chat_model" and MODEL in line["event"] for line in lines)
    assert log.stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("logs_again")
def test_warnings_and_the_servers_faults_are_lines_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("uvicorn.error"), "propagate", False)
    open_log(Settings(log_file=tmp_path / "log", data_dir=tmp_path))
    take_servers_log()
    try:
        raise ValueError(QUESTION)
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    logging.getLogger("py.warnings").warning("odd: %s", EMAIL)
    logging.getLogger("chains").warning("%d", EMAIL)  # cannot be written
    written = (tmp_path / "log").read_text()
    assert "ValueError" in written
    assert "odd: [e-mail]" in written
    told = capsys.readouterr()
    assert EMAIL not in written + told.out + told.err
    assert MARK not in written + told.out + told.err


@pytest.mark.usefixtures("logs_again")
def test_a_file_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(FolderNotWritable):
        open_log(Settings(log_file=tmp_path / "nowhere" / "log", data_dir=tmp_path))


def test_each_file_of_the_log_is_its_owners_alone(tmp_path: Path) -> None:
    assert MAX_BYTES <= 20_000_000
    handler = OwnersFile(tmp_path / "log", maxBytes=100, backupCount=2)
    for _ in range(8):
        handler.emit(logging.LogRecord("house", logging.WARNING, __file__, 1, "a line of the log" * 3, (), None))
    handler.close()
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["log", "log.1", "log.2"]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
