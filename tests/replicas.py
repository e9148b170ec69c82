"""Two replicas of the program over one PostgreSQL, one Chroma server and one server of a model, behind nginx."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from components.owner import OwnerCookie
from models.default_model import default_model_file
from settings import child_environment
from storage.database import Database
from storage.opening import open_database
from tests.chroma_server import chroma
from tests.databases import not_needed
from tests.postgres import PostgresServer, free_port
from tests.served_app import ROOT, ServedApp, served_app

CONFIGURATION = ROOT / "deploy" / "scale" / "nginx.conf"
AT = "x-replica"  # tells, in the tests alone, which replica answered
MODEL = "openai/small"


@dataclass(frozen=True)
class Replicas:
    """``url`` is the proxy's; ``apps`` are behind it."""

    url: str
    apps: tuple[ServedApp, ServedApp]
    database_url: str
    shared: Path

    def app_at(self, address: str) -> ServedApp:
        """The one that listens there."""
        return next(app for app in self.apps if address in app.url)

    def owner_of(self, cookies: dict[str, str]) -> str:
        owner = OwnerCookie.load(self.shared / "owner.key").owner_in(cookies)
        assert owner is not None
        return owner

    @contextmanager
    def database(self) -> Iterator[Database]:
        """What all of them write to, from outside."""
        database = open_database(self.database_url, self.shared, not_needed)
        try:
            yield database
        finally:
            database.close()


def nginx_program() -> str | None:
    return shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/bin")


@contextmanager
def replicas(folder: Path, postgres: PostgresServer) -> Iterator[Replicas]:
    """All parts are new and empty."""
    database_url, shared = postgres.new_database(f"scale{free_port()}"), folder / "shared"
    for name in ("chroma", "one", "two", "proxy"):
        (folder / name).mkdir()
    with ExitStack() as stack:
        settings = {
            "TERTULIA_DATABASE_URL": database_url,
            "TERTULIA_SHARED_DIR": str(shared),
            "TERTULIA_CHROMA_URL": stack.enter_context(chroma(folder / "chroma", free_port())),
            "TERTULIA_OPENAI_BASE_URL": stack.enter_context(model_server()),
            "TERTULIA_FIRST_MODEL": MODEL,
        }
        one = stack.enter_context(served_app(folder / "one", **settings))
        two = stack.enter_context(served_app(folder / "two", **settings))
        url = stack.enter_context(proxy(folder / "proxy", (one, two)))
        yield Replicas(url, (one, two), database_url, shared)


@contextmanager
def model_server() -> Iterator[str]:
    """llama-cpp-python's own; it writes one answer after the other."""
    options = ["--model", str(default_model_file()), "--port", "0", "--n_ctx", "2048", "--n_threads", "1"]
    options += ["--chat_format", "chatml", "--interrupt_requests", "false", "--verbose", "false"]
    command = [sys.executable, "-m", "tests.llama_server", *options]
    with subprocess.Popen(command, cwd=ROOT, env=child_environment(), stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        found = (re.search(r"running on (http://\S+)", line) for line in server.stderr)
        try:
            yield next(f"{one[1]}/v1" for one in found if one)
        finally:
            server.kill()


@contextmanager
def proxy(folder: Path, apps: tuple[ServedApp, ServedApp]) -> Iterator[str]:
    """nginx with the configuration that is deployed, but for addresses and for where it keeps its own files."""
    program, port = nginx_program(), free_port()
    assert program is not None
    text = CONFIGURATION.read_text(encoding="utf-8")
    for number, app in enumerate(apps, start=1):
        text = _replaced(text, f"app{number}:7860", httpx.URL(app.url).netloc.decode())
    text = _replaced(text, "listen 8080;", f"listen 127.0.0.1:{port};\n        add_header {AT} $upstream_addr always;")
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    own = "".join(f"    {kind}_temp_path {folder / kind};\n" for kind in kinds)
    text = _replaced(text, "http {\n", f"http {{\n    access_log off;\n{own}")
    (folder / "nginx.conf").write_text(f"pid {folder / 'pid'};\ndaemon off;\n{text}", encoding="utf-8")
    command = [program, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]
    with subprocess.Popen(command, env=child_environment()) as server:
        url = f"http://127.0.0.1:{port}"
        try:
            while not _answers(url):
                assert server.poll() is None, (folder / "error.log").read_text()
                time.sleep(0.1)  # another process
            yield url
        finally:
            server.terminate()


def _replaced(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, f"nginx.conf has {old} not once"
    return text.replace(old, new)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", trust_env=False).is_success
    except httpx.TransportError:
        return False
