"""The program runs as the image would run it: as an ordinary user, with a root to read only, and ends when told to."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import httpx
import psutil
import pytest

from tests.container_steps import APP, FINAL, UID, Container, make_container, running

SECONDS_TO_START = 240
SECONDS_TO_END = 8  # as security promises
CAN_MAKE_A_ROOT = (
    sys.platform == "linux" and os.geteuid() == 0 and all(map(shutil.which, ("unshare", "setpriv", "chroot")))
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not CAN_MAKE_A_ROOT, reason="needs root, unshare, setpriv and chroot to put a read-only root together"
    ),
]


@pytest.fixture(scope="module")
def container(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container]:
    folder = tmp_path_factory.mktemp("container")
    for parent in (folder, *folder.parents[:2]):  # pytest keeps them to the user who runs it
        parent.chmod(0o755)
    yield make_container(folder)
    shutil.rmtree(folder)


@pytest.fixture
def port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        return int(taken.getsockname()[1])


def run(container: Container, code: str) -> subprocess.CompletedProcess[str]:
    command = container.command(port=1, arguments=["python", "-c", code])
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_inside_nothing_but_the_volume_and_the_temporary_folder_can_be_written(container: Container) -> None:
    code = """
import os, pathlib
assert os.getuid() == 1000 and os.getgid() == 1000
for folder in ("/", "/home/user", "/home/user/app", "/opt/venv", "/usr", "/data", "/tmp"):
    try:
        pathlib.Path(folder, "trial").write_text("x")
        print(folder)
    except OSError:
        pass
print(next(line for line in open("/proc/self/status") if line.startswith("CapBnd")).split()[1])
"""
    told = run(container, code)
    assert told.stdout.split() == ["/data", "/tmp", "0" * 16], told.stderr
    assert (container.data / "trial").stat().st_uid == UID


def test_no_tool_of_the_tests_is_inside(container: Container) -> None:
    told = run(
        container,
        "import importlib.util as u; print([n for n in ('pytest', 'playwright', 'mypy') if u.find_spec(n)])",
    )
    assert told.stdout.strip() == "[]", told.stderr
    assert not (container.root / APP / "tests").exists()


@pytest.mark.timeout(SECONDS_TO_START + 60)
def test_it_answers_and_ends_when_told_to(container: Container, port: int, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with running(container, port, log) as process:
        url = f"http://127.0.0.1:{port}"
        transport = httpx.HTTPTransport(retries=0)
        with httpx.Client(base_url=url, transport=transport, trust_env=False, timeout=10) as client:
            healthy = first_answer(client, process)
            assert healthy["status"] == "ok", log.read_text(encoding="utf-8")
            page = client.get("/")
            assert page.status_code == 200
            assert "gradio" in page.text
        check = FINAL.health_check[-1].replace(FINAL.environment["TERTULIA_PORT"], str(port))
        assert run(container, check).returncode == 0
        app = program_in(process.pid)
        assert set(app.uids()) == {UID}
        app.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS_TO_END) == 0, log.read_text(encoding="utf-8")
    kept = {path.name for path in container.data.iterdir()}
    assert {"tertulia.sqlite", "owner.key", "cache"} <= kept
    assert stat.S_IMODE((container.data / "owner.key").stat().st_mode) == 0o600


def first_answer(client: httpx.Client, process: subprocess.Popen[bytes]) -> dict[str, object]:
    """What /healthz says once there is somebody to say it; the test's own limit ends the waiting."""
    while process.poll() is None:
        try:
            return dict(client.get("/healthz").json())
        except httpx.ConnectError:
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.2)
    return {"status": f"ended with {process.returncode}"}


def program_in(pid: int) -> psutil.Process:
    """The process that is the first in the container: what Docker would send its signal to."""
    return next(child for child in psutil.Process(pid).children() if "app.py" in child.cmdline())
