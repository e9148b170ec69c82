"""A PostgreSQL server for the tests, made in a new folder and gone with it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import create_engine, text

USER = "tertulia"
PASSWORD = "sésamo @bre/te:%"
UNPRIVILEGED = "nobody"  # PostgreSQL refuses to run as root


def server_binaries() -> Path | None:
    """The folder that holds ``initdb`` and ``postgres``, newest version first."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -float(path.parent.name))
    return next((folder for folder in folders if (folder / "postgres").exists()), None)


@dataclass
class PostgresServer:
    """A server on a loopback port that asks for a password."""

    binaries: Path
    folder: Path
    port: int

    def initialise(self) -> None:
        (self.folder / "password").write_text(PASSWORD, encoding="utf-8")
        options = ["--pgdata", "data", "--username", USER, "--pwfile", "password", "--auth", "scram-sha-256"]
        if os.geteuid() == 0:
            for path in (self.folder, self.folder / "password"):
                shutil.chown(path, UNPRIVILEGED)
        self._run("initdb", *options, "--encoding", "UTF8", "--locale", "C", "--no-sync")

    def start(self) -> None:
        self._run("pg_ctl", "start", "--wait", "--pgdata", "data", "--log", "log", "--options", self._options())

    def stop(self) -> None:
        """At once, cutting off whoever is connected."""
        self._run("pg_ctl", "stop", "--wait", "--mode", "immediate", "--pgdata", "data")

    def url(self, database: str = "postgres", password: str = PASSWORD) -> str:
        return f"postgresql://{USER}:{quote(password, safe='')}@127.0.0.1:{self.port}/{database}"

    def new_database(self, name: str) -> str:
        """Make an empty database; returns its URL."""
        engine = create_engine(self.url().replace("postgresql", "postgresql+pg8000"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
        engine.dispose()
        return self.url(name)

    def _options(self) -> str:
        return f"-c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c port={self.port} -c fsync=off"

    def _run(self, program: str, *arguments: str) -> None:
        user = UNPRIVILEGED if os.geteuid() == 0 else None
        with (self.folder / f"{program}.log").open("wb") as log:
            subprocess.run(
                [self.binaries / program, *arguments],
                cwd=self.folder,
                user=user,
                stdout=log,
                stderr=subprocess.STDOUT,
                check=True,
                timeout=60,
            )


@contextmanager
def running_server(binaries: Path) -> Iterator[PostgresServer]:
    """A new server. Its folder lies directly in that of all temporary ones: others than root must be able to enter."""
    with tempfile.TemporaryDirectory(prefix="tertulia-postgres-") as folder:
        server = PostgresServer(binaries, Path(folder), free_port())
        server.initialise()
        server.start()
        try:
            yield server
        finally:
            server.stop()


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])
