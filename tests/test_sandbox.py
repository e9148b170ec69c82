from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from errors import DocumentTooLong
from safety.sandbox import Caller, Limits, SandboxCancelled, SandboxCrashed, SandboxExceeded, run_limited

posix = pytest.mark.skipif(os.name != "posix", reason="the system has no such limits")


def run(name: str, argument: Any = None, limits: Limits | None = None, **caller: Any) -> Any:
    return run_limited(f"tests.sandbox_jobs:{name}", argument, limits or Limits(), Caller(**caller))


def test_a_result_and_its_progress_come_back() -> None:
    heard: list[Any] = []
    assert run("echo", {"words": ["ñandú", None, 1.5]}, on_progress=heard.append) == {"words": ["ñandú", None, 1.5]}
    assert heard == [{"number": number, "text": "año"} for number in range(3)]


def test_bytes_come_back_as_bytes() -> None:
    assert run("picture", 1_000) == bytes(range(256)) * 1_000


def test_what_a_library_prints_is_no_result() -> None:
    assert run("print_much") == "said"


def test_our_own_errors_come_back_as_they_are() -> None:
    with pytest.raises(DocumentTooLong) as caught:
        run("refuse")
    assert caught.value.values == {"limit": 7}


def test_other_errors_come_back_without_their_text() -> None:
    with pytest.raises(SandboxCrashed, match=r"^ValueError at sandbox_jobs\.py:\d+$"):
        run("fail")


def test_a_crash_of_the_process_is_told() -> None:
    with pytest.raises(SandboxCrashed):
        run("crash")


def test_too_long_by_the_clock_is_ended() -> None:
    with pytest.raises(SandboxExceeded):
        run("sleep_long", limits=Limits(wall_s=1.0))


@posix
def test_too_much_work_is_ended() -> None:
    with pytest.raises(SandboxExceeded):
        run("count_long", limits=Limits(cpu_s=1))


@posix
def test_too_much_memory_at_once_is_refused() -> None:
    with pytest.raises(SandboxExceeded):
        run("take_memory", 2_000_000_000)


def test_too_much_memory_bit_by_bit_is_ended() -> None:
    with pytest.raises(SandboxExceeded):
        run("take_memory_slowly", 2_000_000_000)


def test_too_large_a_result_is_not_read() -> None:
    with pytest.raises(SandboxExceeded):
        run("picture", 1_000, Limits(result_bytes=10_000))


def test_a_job_can_be_cancelled() -> None:
    cancelled = threading.Event()
    with pytest.raises(SandboxCancelled):
        run("sleep_long", on_progress=lambda _: cancelled.set(), cancelled=cancelled)


def commands_of_children() -> Iterator[list[str]]:
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):  # those of other tests may end meanwhile
            yield child.cmdline()


def test_a_listener_that_raises_ends_the_job() -> None:
    def refuse(_: Any) -> None:
        raise KeyError

    with pytest.raises(KeyError):
        run("sleep_long", on_progress=refuse)
    assert not any("safety.sandbox_child" in command for command in commands_of_children())


def test_it_sees_only_the_environment_that_it_is_given_and_leaves_no_folder() -> None:
    told = run("describe", environment={"SPOKEN": "yes"})
    assert told["environment"]["SPOKEN"] == "yes"
    assert set(told["environment"]) < {"SPOKEN", "TMPDIR", "TEMP", "TMP", "LC_CTYPE"} | {
        f"{library}_NUM_THREADS" for library in ("OMP", "OPENBLAS")
    } | {"OMP_THREAD_LIMIT", "SYSTEMROOT"}
    assert told["files"] == ["mine.txt"]
    assert not Path(told["folder"]).exists()


@pytest.mark.parametrize(
    "what", ["write", "append", "remove", "rename", "make", "link", "resolve", "run", "system", "exec", "fork"]
)
@posix
def test_doors_are_shut(what: str, tmp_path: Path) -> None:
    target = tmp_path / "other.txt"
    target.write_text("there before")
    assert run("attempt", [what, str(target)]) == "PermissionError"
    assert [path.name for path in tmp_path.iterdir()] == ["other.txt"]
    assert target.read_text() == "there before"


def test_it_cannot_call_this_machine() -> None:
    assert run("attempt", ["connect", "80"]) == "PermissionError"


def test_it_cannot_end_others() -> None:
    assert run("attempt", ["kill", str(os.getpid())]) == "PermissionError"


@posix
def test_only_the_programs_that_it_is_given_run() -> None:
    limits = Limits(programs=("/bin/echo",))
    assert run("start_program", ["/bin/echo", "ready"], limits) == "ready\n"
    with pytest.raises(SandboxCrashed):
        run("start_program", [sys.executable, "-c", ""], limits)
