"""The last stage of the Dockerfile without Docker: same files, user, variables and command, and a root to read only.

Needs root and Linux's mount namespaces. A new root is put together of this system's own folders, the Python that runs
this, the locked packages out of its environment, and the files that .dockerignore leaves. It is bound to read only:
``/data`` and ``/tmp`` alone can be written. The command is started in it as uid 1000 without a capability.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from deploy.build_context import ROOT, image_files
from tests.dockerfile import read_stages

BUILD, FINAL = read_stages(ROOT / "Dockerfile")
UID = 1000
SYSTEM = ("usr", "etc")  # bound as they are; /bin and /lib are links into /usr on every Debian
LINKS = ("bin", "lib", "lib64", "sbin")
PYTHON = sys.base_prefix.strip("/")  # where it is here: it finds its own library by that path
SITE = f"opt/venv/lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
APP = "home/user/app"


@dataclass(frozen=True)
class Container:
    """``root`` holds what the image would; ``data`` is its volume."""

    root: Path
    data: Path

    def command(self, *, port: int, arguments: list[str]) -> list[str]:
        """One that runs ``arguments`` inside, as the image would run its own."""
        environment = FINAL.environment | {"TERTULIA_PORT": str(port)}
        variables = [f"{name}={value}" for name, value in environment.items()]
        as_user = [
            "setpriv",
            f"--reuid={UID}",
            f"--regid={UID}",
            "--clear-groups",
            "--bounding-set=-all",
            "--no-new-privs",
        ]
        inside = [
            "chroot",
            str(self.root),
            "/usr/bin/env",
            "-i",
            *as_user,
            "/usr/bin/env",
            "-i",
            "-C",
            f"/{APP}",
            *variables,
        ]
        return [
            "unshare",
            "--mount",
            "--pid",
            "--fork",
            "--kill-child=SIGKILL",
            "sh",
            "-euc",
            self._mounts() + 'exec "$@"',
            "sh",
            *inside,
            *arguments,
        ]

    def _mounts(self) -> str:
        binds = [(f"/{name}", name) for name in SYSTEM] + [(sys.base_prefix, PYTHON)]
        lines = [f"mount --bind '{self.root}' '{self.root}'"]
        lines += [f"mount --bind '{source}' '{self.root}/{name}'" for source, name in binds]
        lines += [f"mount -o remount,bind,ro '{self.root}/{name}'" for _, name in binds]
        lines += [f"mount -t proc proc '{self.root}/proc'", f"mount --bind /dev '{self.root}/dev'"]
        lines += [
            f"mount -t tmpfs -o mode=1777 tmpfs '{self.root}/tmp'",
            f"mount --bind '{self.data}' '{self.root}/data'",
        ]
        lines += [f"mount -o remount,bind,ro '{self.root}'"]
        return "\n".join(lines) + "\n"


def make_container(folder: Path) -> Container:
    """Lay out a root below ``folder``."""
    root, data = folder / "root", folder / "data"
    for name in (*SYSTEM, PYTHON, SITE, "opt/venv/bin", APP, "proc", "dev", "tmp", "data"):
        (root / name).mkdir(parents=True)
    folder.chmod(0o755)
    for name in LINKS:
        if Path(f"/{name}").is_symlink():
            (root / name).symlink_to(os.readlink(f"/{name}"))
    (root / "opt/venv/bin/python").symlink_to(f"/{PYTHON}/bin/{Path(sys.executable).resolve().name}")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    (root / "opt/venv/pyvenv.cfg").write_text(
        f"home = /{PYTHON}/bin\nversion = {version}\ninclude-system-site-packages = false\n", encoding="utf-8"
    )
    for name in image_files():
        _put(ROOT / name, root / APP / name)
    for package in installed_packages():
        _put_package(package, root / SITE)
    data.mkdir()
    os.chown(data, UID, UID)
    data.chmod(0o700)
    return Container(root, data)


def installed_packages() -> list[str]:
    """Those of the lock, without the ones that the build stage takes away again."""
    locked = sorted({*re.findall(r"^([\w.-]+)==", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.M)})
    taken_away = {
        word for run in BUILD.all("RUN") if "uninstall" in run for word in run.split("venv/bin/python", 2)[-1].split()
    }
    return [name for name in locked if name not in taken_away]


def package_files(name: str) -> Iterator[Path]:
    """Paths of what a package installed, relative to site-packages; none where it is not for this system."""
    try:
        yield from (Path(str(one)) for one in files(name) or [] if not str(one).startswith(".."))
    except PackageNotFoundError:
        return


def _put_package(name: str, site: Path) -> None:
    source = Path(next(path for path in sys.path if path.endswith("site-packages")))
    for path in package_files(name):
        if (source / path).is_file():
            _put(source / path, site / path)


def _put(source: Path, target: Path) -> None:
    """By a link where both lie on one disk: nothing is written to it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except FileExistsError:
        return  # two packages may bring the same file
    except OSError:
        shutil.copyfile(source, target)


@contextmanager
def running(container: Container, port: int, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The image's own command, until the block ends."""
    with log.open("wb") as output:
        command = container.command(port=port, arguments=FINAL.command)
        with subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True) as process:
            try:
                yield process
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
