from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from models.default_model import default_model_file
from models.engine.protocol import EngineOptions
from models.engine.runner import convert, start_backend
from models.engine.supervisor import Supervisor
from models.engine.worker_process import WorkerProcess
from settings import child_environment

FILE_TYPE_F32 = 0  # llama_ftype LLAMA_FTYPE_ALL_F32


def pytest_configure() -> None:
    """A busy machine makes no example wrong: times are for ``bench``."""
    settings.register_profile("untimed", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("untimed")


@pytest.fixture(scope="session")
def default_options(tmp_path_factory: pytest.TempPathFactory) -> EngineOptions:
    """The default model on one thread, converted once for the whole run."""
    return EngineOptions(
        model_path=default_model_file(),
        conversion_dir=tmp_path_factory.mktemp("models"),
        context_tokens=2_048,
        max_sequences=8,
        threads=1,
    )


@pytest.fixture(scope="module")
def engine(default_options: EngineOptions, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Supervisor]:
    """The real model in its real process, shared by the tests of a module that do it no harm.

    Not by more: what others left in the cache decides in which chunks a prompt is read, and so how its sums round.
    """
    with_log = WorkerProcess(child_environment(), tmp_path_factory.mktemp("engine") / "log")
    supervisor = Supervisor(default_options, with_log)
    supervisor.wait()
    yield supervisor
    supervisor.close()


@pytest.fixture(scope="module")
def float_engine(default_options: EngineOptions, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Supervisor]:
    """As ``engine``, with the weights written out as 32-bit floats.

    Those of 8 bits round otherwise in every batch, so that the same token may be some hundredths likelier.
    """
    folder = tmp_path_factory.mktemp("floats")
    weights = folder / "f32.gguf"
    start_backend()
    convert(default_options.model_path, weights, FILE_TYPE_F32, default_options.threads)
    options = default_options.model_copy(update={"model_path": weights, "conversion_dir": None})
    supervisor = Supervisor(options, WorkerProcess(child_environment(), folder / "log"))
    supervisor.wait()
    yield supervisor
    supervisor.close()
    weights.unlink()  # half a gigabyte


@pytest.fixture
def mortal_engine(default_options: EngineOptions, tmp_path: Path) -> Iterator[Supervisor]:
    """One of its own for a test that kills it."""
    supervisor = Supervisor(default_options, WorkerProcess(child_environment(), tmp_path / "log"))
    supervisor.wait()
    yield supervisor
    supervisor.close()


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Programs started here hear Ctrl+C, as those on a terminal do: a shell has background jobs ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
