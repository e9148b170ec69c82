"""A vector index that is torn, cut or gone: answers stay right, and it is built anew of what SQL holds."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.search_process import ASKED, BEGIN

ROOT = Path(__file__).parent.parent
LIMIT_S = 240.0


def run(command: str, folder: Path) -> list[dict[str, object]]:
    arguments = [sys.executable, "-m", "tests.search_process", command, str(folder)]
    ended = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert ended.returncode == 0, ended.stderr
    return [json.loads(line) for line in ended.stdout.splitlines()]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library whose vector index is whole."""
    folder = tmp_path_factory.mktemp("library")
    assert [told["index"] for told in run("build", folder)] == ["exact", "chroma"]
    return folder


@pytest.fixture
def library(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "library"))


def generation(library: Path) -> Path:
    (found,) = (library / "vectors").iterdir()
    return found


def file(library: Path, name: str) -> Path:
    (found,) = generation(library).rglob(name)
    return found


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def scramble(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(bytes(byte ^ 0xA5 for byte in content))


def empty(path: Path) -> None:
    path.write_bytes(b"")


def mark(library: Path) -> None:
    (generation(library) / "writing").touch()


DAMAGES: dict[str, Callable[[Path], None]] = {
    "a kill while it was written": mark,
    "no seal": lambda library: (generation(library) / "sealed.json").unlink(),
    "vectors cut": lambda library: cut(file(library, "data_level0.bin")),
    "links scrambled": lambda library: scramble(file(library, "link_lists.bin")),
    "head scrambled": lambda library: scramble(file(library, "header.bin")),
    "names gone": lambda library: file(library, "index_metadata.pickle").unlink(),
    "segment gone": lambda library: shutil.rmtree(file(library, "header.bin").parent),
    "database cut": lambda library: cut(file(library, "chroma.sqlite3")),
    "database scrambled": lambda library: scramble(file(library, "chroma.sqlite3")),
    "database gone": lambda library: file(library, "chroma.sqlite3").unlink(),
    "database empty": lambda library: empty(file(library, "chroma.sqlite3")),
}
QUICK = ("a kill while it was written", "vectors cut")


def cases() -> list[object]:
    return [
        pytest.param(one, id=name, marks=() if name in QUICK else pytest.mark.slow) for name, one in DAMAGES.items()
    ]


def assert_right(told: list[dict[str, object]], *indexes: str) -> None:
    assert [one["index"] for one in told] == list(indexes)
    assert all(one["firsts"] == list(ASKED) for one in told)


@pytest.mark.slow
def test_a_whole_index_is_used_again(library: Path) -> None:
    before = generation(library)
    assert_right(run("ask", library), "exact", "chroma")
    assert generation(library) == before


@pytest.mark.parametrize("damage", cases())
def test_a_damaged_index_is_built_anew_while_exact_search_answers(
    library: Path, damage: Callable[[Path], None]
) -> None:
    before = generation(library)
    damage(library)
    assert_right(run("ask", library), "exact", "chroma")
    assert generation(library) != before


@pytest.mark.slow
def test_an_index_that_is_gone_is_built_anew(library: Path) -> None:
    shutil.rmtree(library / "vectors")
    assert_right(run("ask", library), "exact", "chroma")


@pytest.mark.slow
@pytest.mark.parametrize("num_marks", [1, 2, 3, 5])
def test_killed_in_the_middle_of_writing(library: Path, num_marks: int) -> None:
    """The kill comes as soon as files begin to be written for the ``num_marks``-th time."""
    arguments = [sys.executable, "-m", "tests.search_process", "rewrite", str(library)]
    with subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while process.stdout.readline().strip() != BEGIN:
            assert process.poll() is None
        wait_for(library, is_there=True)
        for _ in range(num_marks - 1):
            wait_for(library, is_there=False)
            wait_for(library, is_there=True)
        process.send_signal(signal.SIGKILL)
    assert list((library / "vectors").rglob("writing"))
    assert_right(run("ask", library), "exact", "chroma")


def wait_for(library: Path, *, is_there: bool) -> None:
    """Looks without a pause: the writing takes milliseconds."""
    deadline = time.monotonic() + LIMIT_S
    while bool(list((library / "vectors").glob("*/writing"))) is not is_there:
        assert time.monotonic() < deadline


@pytest.mark.slow
@pytest.mark.parametrize("name", ["index.json", "segment"])
@pytest.mark.parametrize("damage", [cut, scramble, Path.unlink])
def test_a_damaged_index_of_words_is_built_anew(library: Path, name: str, damage: Callable[[Path], None]) -> None:
    (folder,) = (library / "lexical").iterdir()
    path = folder / name if name == "index.json" else next(one for one in folder.iterdir() if one.suffix != ".json")
    damage(path)
    assert_right(run("ask", library), "exact", "chroma")
