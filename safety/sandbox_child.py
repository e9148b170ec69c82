"""The process of one job of ``safety.sandbox``: reads it from stdin, shuts the doors, runs it, answers on stdout.

The doors: limits of the system on memory, time and files where it has them, and an audit hook that refuses sockets,
programs and changes to any file outside the job's own folder. The hook stops what Python code can be made to do;
machine code that a document took over is only held by the limits.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from errors import TertuliaError

try:
    import resource
except ImportError:  # Windows: the parent's watch is all there is
    resource = None  # type: ignore[assignment]

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
REFUSED = (
    "socket.",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.spawn",
    "os.system",
    "os.startfile",
    "os.kill",
    "pty.",
)
CHANGING = (
    *("os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod"),
    *("os.chown", "os.utime", "os.setxattr", "os.removexattr", "shutil."),
)


def main() -> None:
    """Run the one job and answer with one of: result, bytes, refused, exceeded, failed."""
    job = json.loads(sys.stdin.buffer.read())
    pipe = _own_pipe()
    module, _, name = job["function"].partition(":")
    function = getattr(importlib.import_module(module), name)  # before the doors are shut: it may keep its bytecode
    folder = os.path.realpath(job["folder"])
    os.chdir(folder)
    _limit(job["limits"])
    sys.addaudithook(_Doors(folder, tuple(job["limits"]["programs"])).check)
    _answer(function, job["argument"], pipe)


def _own_pipe() -> BinaryIO:
    """What was stdout, out of the reach of a library that prints."""
    pipe = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1):
        os.dup2(nowhere, number)
    return pipe


def _limit(limits: dict[str, Any]) -> None:
    if resource is None:
        return
    wanted = {
        resource.RLIMIT_AS: limits["memory_bytes"],
        resource.RLIMIT_CPU: limits["cpu_s"],
        resource.RLIMIT_FSIZE: limits["file_bytes"],
        resource.RLIMIT_NOFILE: limits["num_files"],
        resource.RLIMIT_CORE: 0,
    }
    for which, amount in wanted.items():
        _, most = resource.getrlimit(which)
        amount = amount if most == resource.RLIM_INFINITY else min(amount, most)
        hard = (
            amount + 5 if which == resource.RLIMIT_CPU else amount
        )  # the soft one says what it was, the hard one kills
        resource.setrlimit(which, (amount, hard if most == resource.RLIM_INFINITY else min(hard, most)))


class _Doors:
    """An audit hook. PermissionError is what Python's own calls raise, so that libraries take it for the system's."""

    def __init__(self, folder: str, programs: tuple[str, ...]) -> None:
        self._folder = folder + os.sep
        self._programs = programs

    def check(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Raise PermissionError for what no job may do."""
        if event == "open":
            self._check_open(*arguments[:3])
        elif event == "subprocess.Popen":
            if arguments[0] not in self._programs:
                raise PermissionError(event)
        elif event.startswith(REFUSED) or (event.startswith(CHANGING) and not self._are_inside(arguments)):
            raise PermissionError(event)

    def _check_open(self, path: Any, mode: str | None, flags: int) -> None:
        is_writing = bool(flags & WRITING) or bool(set(mode or "") & set("wax+"))
        if is_writing and not isinstance(path, int) and not self._is_inside(path):
            raise PermissionError("open")

    def _are_inside(self, arguments: tuple[Any, ...]) -> bool:
        return all(self._is_inside(value) for value in arguments if isinstance(value, str | bytes | os.PathLike))

    def _is_inside(self, path: str | bytes | os.PathLike[str]) -> bool:
        full = os.path.realpath(os.fsdecode(path))
        return f"{full}{os.sep}".startswith(self._folder) or full == os.devnull


def _answer(function: Callable[[Any, Callable[[Any], None]], Any], argument: Any, pipe: BinaryIO) -> None:
    def send(kind: str, body: bytes) -> None:
        pipe.write(f"{kind} {len(body)}\n".encode() + body)
        pipe.flush()

    try:
        result = function(argument, lambda value: send("progress", json.dumps(value).encode()))
        body = result if isinstance(result, bytes) else json.dumps(result, ensure_ascii=False).encode()
    except TertuliaError as error:
        send("refused", json.dumps({"error": type(error).__name__, "values": error.values}).encode())
    except MemoryError:
        send("exceeded", b"")
    except Exception as error:  # noqa: BLE001 (a library may raise anything over a broken file, and we only tell what)
        send("failed", _place_of(error).encode())
    else:
        send("bytes" if isinstance(result, bytes) else "result", body)


def _place_of(error: Exception) -> str:
    """What was raised and where; never its text, which may be the document's."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"


if __name__ == "__main__":
    main()
    os._exit(0)  # no library's farewells: the answer is out
