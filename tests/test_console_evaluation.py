"""``--evaluate`` as a person types it."""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app import main
from tests.page_reader import catalogue
from tests.served_app import ROOT, app_environment, run_app

QUESTIONS = "question,answer\nWhat is the capital of France?,Paris\nWhat is 2 + 2?,4 | four\n"
LOCAL = "smollm2-135m"
NUM_BEFORE = 4  # answers, before somebody stops it


def num_done(line: str) -> int:
    """-1 where it does not tell it."""
    found = re.match(r"Questions: (\d+) of", line)
    return int(found[1]) if found else -1


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "mine.csv"
    path.write_text(QUESTIONS, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("nothing", "openai/x"), catalogue.text("en", "error_task_set_not_found", name="nothing")),
        (("facts-en", "openai/x"), "OPENAI_API_KEY"),
        (("facts-en", "nobody/x"), "nobody/x"),
        ((__file__, "openai/x"), catalogue.text("en", "error_task_set_invalid", line=3)),
    ],
)
def test_what_cannot_be_evaluated_is_one_sentence(
    words: tuple[str, str],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    monkeypatch.setenv("TERTULIA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("TERTULIA_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert main(["--evaluate", *words]) == 1
    complaint = capsys.readouterr().err
    assert sentence in complaint
    assert len(complaint.splitlines()) == 1


def test_a_model_is_evaluated_twice_and_compared(tmp_path: Path, questions: Path) -> None:
    first = run_app(tmp_path, "--evaluate", str(questions), LOCAL)
    assert first.returncode == 0, first.stderr
    lines = first.stdout.splitlines()
    head = lines.index(f"mine.csv · local/{LOCAL}")
    names = [catalogue.text("en", f"app_md_ev_metric_{name}") for name in ("contains", "exact", "f1")]
    assert [line.strip().rsplit("  ")[0].strip() for line in lines[head + 1 : head + 4]] == names
    assert "95 %" in lines[head + 1]
    again = run_app(tmp_path, "--evaluate", str(questions), LOCAL)
    assert again.returncode == 0, again.stderr
    told = catalogue.sentences["en"]["app_console_evaluate_before"].partition("{")[0]
    assert again.stdout.splitlines()[-1].startswith(told)


@pytest.mark.usefixtures("interruptible")
def test_who_stops_it_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_text("question,answer\n" + "".join(f"Say {number}.,{number}\n" for number in range(40)))
    command = [sys.executable, "app.py", "--evaluate", str(path), LOCAL]
    with subprocess.Popen(
        command, cwd=ROOT, env=app_environment(tmp_path), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert any(num_done(line) >= NUM_BEFORE for line in process.stdout)
        process.send_signal(signal.SIGINT)
        last = process.stdout.read().splitlines()[-1]
    assert process.returncode == 130
    assert last.endswith(f"python app.py --evaluate {shlex.join((str(path), LOCAL))}")
    again = run_app(tmp_path, "--evaluate", str(path), LOCAL)
    assert again.returncode == 0, again.stderr
    assert next(num_done(line) for line in again.stdout.splitlines() if num_done(line) >= 0) >= NUM_BEFORE


def test_the_console_needs_none_of_the_page_s_libraries(tmp_path: Path, questions: Path) -> None:
    program = (
        "import sys; from app import main\n"
        f"code = main(['--evaluate', {str(questions)!r}, 'openai/x'])\n"
        "sys.exit(code if 'gradio' not in sys.modules else 'gradio was loaded')"
    )
    environment = app_environment(tmp_path, OPENAI_API_KEY="x", OPENAI_BASE_URL="http://127.0.0.1:9")
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert "gradio" not in ended.stderr
