"""Downloads of one small model from a hub on the loopback; loaded by tests as a plugin."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.downloads import DownloadOptions, Downloads
from models.hub import HubOptions
from models.model_folder import ModelFolder
from models.transfer import Patience
from tests.downloading import CONTENT, FILE, REPOSITORY, WAIT_S
from tests.scripted_hub import HubFile, ScriptedHub, scripted_hub


@pytest.fixture
def hub() -> Iterator[ScriptedHub]:
    with scripted_hub() as hub:
        hub.add(REPOSITORY, FILE, CONTENT)
        yield hub


@pytest.fixture
def folder(tmp_path: Path) -> ModelFolder:
    return ModelFolder(tmp_path / "models")


@pytest.fixture
def options(hub: ScriptedHub) -> DownloadOptions:
    hub_options = HubOptions(hub.url, token="", timeout_s=WAIT_S)
    return DownloadOptions(hub_options, Patience(max_tries=2, wait_s=0.0), lambda _: 10**12)


@pytest.fixture
def downloads(folder: ModelFolder, options: DownloadOptions) -> Iterator[Downloads]:
    downloads = Downloads(folder, options)
    yield downloads
    downloads.close()


@pytest.fixture
def file(hub: ScriptedHub) -> HubFile:
    return hub.files[REPOSITORY, FILE]
