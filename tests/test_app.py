"""The command line as a user types it."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import urllib.request
from pathlib import Path

import pytest

from models.default_model import default_model_file
from tests.served_app import run_app, served_app, worker_of


@pytest.mark.parametrize(
    ("arguments", "settings", "sentence"),
    [
        (["--model", "/no/such/model.gguf"], {}, "/no/such/model.gguf"),
        (["--model", __file__], {}, "GGUF"),
        (["--port", "99999"], {}, "TERTULIA_PORT"),
        (["--share-hours", "0"], {}, "TERTULIA_SHARE_HOURS"),
        ([], {"TERTULIA_DATA_DIR": f"{__file__}/data"}, "TERTULIA_DATA_DIR"),
        ([], {"TERTULIA_TOP_P": "seven"}, "TERTULIA_TOP_P"),
    ],
    ids=["missing model", "broken model", "bad port", "no time to share", "read-only folder", "bad setting"],
)
def test_what_prevents_a_start_is_one_sentence(
    tmp_path: Path, arguments: list[str], settings: dict[str, str], sentence: str
) -> None:
    ended = run_app(tmp_path, *arguments, **settings)
    assert ended.returncode == 2
    assert sentence in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
    assert "Traceback" not in ended.stderr + ended.stdout


def test_a_sound_header_over_a_broken_model_is_one_sentence(tmp_path: Path) -> None:
    model = tmp_path / "cut.gguf"
    with default_model_file().open("rb") as whole:
        model.write_bytes(whole.read(30_000_000))
    ended = run_app(tmp_path, "--model", str(model), "--check")
    assert ended.returncode == 2
    assert str(model) in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        ended = run_app(tmp_path, "--port", port)
    assert ended.returncode == 2
    assert port in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


def test_the_console_speaks_the_language_of_the_terminal(tmp_path: Path) -> None:
    spanish = run_app(tmp_path, "--help", LANG="es_CL.UTF-8").stdout
    english = run_app(tmp_path, "--help").stdout
    assert "modelo de lenguaje" in spanish
    assert "language model" in english


def test_check_answers_a_question_and_leaves_without_leaving_the_machine(tmp_path: Path) -> None:
    ended = run_app(tmp_path, "--check")
    assert ended.returncode == 0, ended.stderr
    for fact in ("SmolLM2 135M", "tokens per second", str(tmp_path / "data"), str(tmp_path / "cache")):
        assert fact in ended.stdout
    assert not (tmp_path / "leaks").exists()


def test_the_page_is_served_healthy_and_alone(tmp_path: Path) -> None:
    with served_app(tmp_path) as app:
        with urllib.request.urlopen(f"{app.url.rstrip('/')}/healthz") as answer:  # noqa: S310 (our own page)
            assert json.load(answer) == {"status": "ok", "model": "ready", "running": 0, "waiting": 0}
        with urllib.request.urlopen(app.url) as page:  # noqa: S310 (our own page)
            assert b"Tertulia" in page.read()
        assert not app.leaks.exists()


def test_the_models_process_ends_with_the_program_however_that_ends(tmp_path: Path) -> None:
    with served_app(tmp_path) as app:
        worker = os.pidfd_open(worker_of(app.process_id))
        os.kill(app.process_id, signal.SIGKILL)
        has_ended, _, _ = select.select([worker], [], [], 20)
        os.close(worker)
    assert has_ended
