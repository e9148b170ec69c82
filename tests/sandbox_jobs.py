"""What tests run in the sandbox: jobs that behave, and jobs that do not."""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from errors import DocumentTooLong

Report = Callable[[Any], None]


def echo(argument: Any, report: Report) -> Any:
    for number in range(3):
        report({"number": number, "text": "año"})
    return argument


def picture(argument: int, report: Report) -> bytes:
    return bytes(range(256)) * argument


def refuse(argument: Any, report: Report) -> None:
    raise DocumentTooLong(limit=7)


def fail(argument: Any, report: Report) -> None:
    raise ValueError("what the document says must not get out")


def print_much(argument: Any, report: Report) -> str:
    os.write(1, b"result 2\n{}")
    sys.stdout.write("result 2\n{}")
    return "said"


def crash(argument: Any, report: Report) -> None:
    ctypes.string_at(0)


def sleep_long(argument: Any, report: Report) -> None:
    report("asleep")
    time.sleep(60)


def count_long(argument: Any, report: Report) -> None:
    while True:
        pass


def take_memory(argument: Any, report: Report) -> int:
    return len(bytearray(argument))


def take_memory_slowly(argument: Any, report: Report) -> int:
    return len([bytearray(1_000_000) for _ in range(argument // 1_000_000)])


def start_program(argument: Any, report: Report) -> str:
    return subprocess.run(argument, capture_output=True, check=True).stdout.decode()


def describe(argument: Any, report: Report) -> dict[str, Any]:
    Path("mine.txt").write_text("allowed")
    with tempfile.TemporaryFile() as file:
        file.write(b"allowed too")
    return {"folder": os.getcwd(), "environment": dict(os.environ), "files": os.listdir()}


def attempt(argument: Any, report: Report) -> str:
    """Try what no document may do; the name of what came of it."""
    what, target = argument
    attempts: dict[str, Callable[[], Any]] = {
        "write": lambda: Path(target).write_text("here"),
        "append": lambda: os.open(target, os.O_WRONLY | os.O_APPEND),
        "remove": lambda: os.remove(target),
        "rename": lambda: os.rename(target, "mine"),
        "make": lambda: os.mkdir(target + "-folder"),
        "link": lambda: os.symlink(target, target + "-link"),
        "connect": lambda: socket.create_connection(("127.0.0.1", int(target)), timeout=1),
        "resolve": lambda: socket.getaddrinfo("example.org", 80),
        "run": lambda: subprocess.run([sys.executable, "-c", ""], check=True),
        "system": lambda: os.system("true"),  # noqa: S605 (refused)
        "fork": os.fork,
        "exec": lambda: os.execv(sys.executable, [sys.executable]),  # noqa: S606 (refused, too)
        "kill": lambda: os.kill(int(target), 9),
    }
    try:
        attempts[what]()
    except OSError as error:
        return type(error).__name__
    return "done"
