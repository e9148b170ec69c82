"""``--list-models`` and ``--get`` as a person types them, with a hub on the loopback."""

from __future__ import annotations

import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from app import main
from models.model_folder import ModelFolder
from tests.scripted_hub import ScriptedHub, scripted_hub
from tests.served_app import ROOT, app_environment
from tests.tiny_gguf import tiny_gguf

REPOSITORY, FILE = "owner/tiny-GGUF", "tiny.Q8_0.gguf"
NAME = f"{REPOSITORY}/{FILE}"
CONTENT = tiny_gguf(300_000)
HALF = 150_000
NOT_NEEDED = ("gradio", "langchain_core", "llama_cpp", "sqlalchemy", "chromadb")

Run: TypeAlias = Callable[..., tuple[int, str, str]]


@pytest.fixture
def hub() -> Iterator[ScriptedHub]:
    with scripted_hub() as hub:
        hub.add(REPOSITORY, FILE, CONTENT)
        yield hub


@pytest.fixture
def folder(tmp_path: Path) -> ModelFolder:
    return ModelFolder(tmp_path / "data" / "models")


@pytest.fixture
def run(hub: ScriptedHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Returns the exit code, and what was said aloud and complained of."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    monkeypatch.setenv("TERTULIA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    monkeypatch.setenv("HF_TOKEN", "")

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main([*arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_models_are_listed_with_what_one_has_to_know(run: Run) -> None:
    code, said, _ = run("--list-models")
    (line,) = (line for line in said.splitlines() if line.endswith("qwen3-0.6b"))
    assert code == 0
    assert line.startswith("Qwen3 0.6B ")
    assert all(word in line for word in ("639\xa0MB", "Apache-2.0"))
    assert len({len(line) - len(line.rsplit("  ", 1)[1]) for line in said.splitlines()[1:10]}) == 1


def test_the_list_speaks_the_language_of_the_terminal(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "es_CL.UTF-8")
    _, said, _ = run("--list-models")
    assert said.startswith("Modelo ")
    assert "1,9\xa0GB" in said


def test_neither_the_page_nor_a_model_is_loaded(hub: ScriptedHub, tmp_path: Path) -> None:
    program = (
        "import sys, app\n"
        "app.main(['--list-models'])\n"
        f"app.main(['--get', {REPOSITORY!r}, {FILE!r}])\n"
        f"print('loaded', [name for name in {NOT_NEEDED} if name in sys.modules])"
    )
    environment = app_environment(tmp_path, HF_ENDPOINT=hub.url, HF_TOKEN="")
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert ended.stdout.splitlines()[-1] == "loaded []"


def test_a_model_of_the_hub_is_got_once(run: Run, folder: ModelFolder) -> None:
    code, said, _ = run("--get", REPOSITORY, FILE)
    assert code == 0
    assert NAME in said.splitlines()[-1]
    assert folder.path(NAME).read_bytes() == CONTENT
    code, said, _ = run("--get", REPOSITORY, FILE)
    assert (code, said) == (0, f"“{NAME}” is already here.\n")
    _, listed, _ = run("--list-models")
    assert f"local/{NAME}" in listed


def test_a_repository_alone_tells_its_files(run: Run, folder: ModelFolder) -> None:
    code, said, _ = run("--get", REPOSITORY)
    assert code == 0
    assert said.splitlines()[0].split() == ["0.3", "MB", FILE]
    assert not folder.folder.exists()


def test_files_of_this_machine_are_got_by_their_folder(run: Run, folder: ModelFolder, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    for name in ("one.gguf", "two.gguf", "notes.txt"):
        (theirs / name).write_bytes(CONTENT)
    assert run("--get", str(theirs))[0] == 0
    assert [model.name for model in folder.models()] == ["local/one.gguf", "local/two.gguf"]


def test_a_model_of_the_catalogue_is_known_by_its_id(run: Run, hub: ScriptedHub) -> None:
    code, _, complaint = run("--get", "qwen3-0.6b")
    assert (code, hub.asked[0].path) == (1, "/Qwen/Qwen3-0.6B-GGUF/resolve/main/Qwen3-0.6B-Q8_0.gguf")
    assert "Qwen/Qwen3-0.6B-GGUF" in complaint


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((REPOSITORY, "none.gguf"), "none.gguf"),
        ((REPOSITORY, "tiny-00001-of-00002.gguf"), "one part of several"),
        (("owner/none", FILE), "owner/none"),
        (("owner/none",), "owner/none"),
        (("nothing-of-that-name",), "nothing-of-that-name"),
        ((__file__,), ".gguf"),
    ],
)
def test_what_cannot_be_got_is_one_sentence(arguments: tuple[str, ...], sentence: str, run: Run) -> None:
    code, _, complaint = run("--get", *arguments)
    assert code == 1
    assert sentence in complaint
    assert len(complaint.splitlines()) == 1


def test_more_than_two_words_are_no_model(run: Run) -> None:
    with pytest.raises(SystemExit) as ended:
        run("--get", "one", "two", "three")
    assert ended.value.code == 2


def test_the_token_opens_what_is_gated_and_is_never_told(
    run: Run, hub: ScriptedHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.files[REPOSITORY, FILE].is_gated = True
    code, _, complaint = run("--get", REPOSITORY, FILE)
    assert code == 1
    assert "HF_TOKEN" in complaint
    monkeypatch.setenv("HF_TOKEN", "hf_hunter2")
    code, said, complaint = run("--get", REPOSITORY, FILE)
    assert code == 1
    assert "hunter2" not in said + complaint
    assert "hf_hunter2" in {asked.token for asked in hub.asked}


@pytest.mark.usefixtures("interruptible")
def test_who_stops_it_is_told_how_to_go_on(hub: ScriptedHub, tmp_path: Path, folder: ModelFolder, run: Run) -> None:
    hub.files[REPOSITORY, FILE].held_at = HALF
    command = [sys.executable, "app.py", "--get", REPOSITORY, FILE]
    environment = app_environment(tmp_path, HF_ENDPOINT=hub.url, HF_TOKEN="")
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert any("50%" in line for line in process.stdout)
        process.send_signal(signal.SIGINT)
        last = process.stdout.read().splitlines()[-1]
    hub.files[REPOSITORY, FILE].go_on.set()
    assert process.returncode == 130
    assert last.endswith(f"python app.py --get {shlex.join((REPOSITORY, FILE))}")
    assert [part.name for part in folder.unfinished()] == [NAME]
    assert NAME in run("--list-models")[1]
    assert run("--get", REPOSITORY, FILE)[0] == 0
    assert folder.path(NAME).read_bytes() == CONTENT
