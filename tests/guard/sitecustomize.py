"""Imported by Python at start when its folder is on PYTHONPATH: ends every attempt to leave this machine.

What was attempted is also written to the file that TERTULIA_TEST_LEAKS names, for a library that swallows the error.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0", "::ffff:127.")


def _refuse_to_leave(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else ""  # a path is a socket of this machine
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0] or ""
    else:
        return
    host = host.decode() if isinstance(host, bytes) else str(host)
    if host and not host.startswith(LOOPBACK):
        with Path(os.environ["TERTULIA_TEST_LEAKS"]).open("a") as file:
            file.write(f"{event} {host}\n")
        raise ConnectionRefusedError(f"a test must not leave this machine: {event} {host}")


if "TERTULIA_TEST_LEAKS" in os.environ:
    sys.addaudithook(_refuse_to_leave)
