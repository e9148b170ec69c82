from __future__ import annotations

from pathlib import Path

import pytest

from errors import ModelHashWrong, ModelNotHere
from models.catalogue import Catalogue
from models.download_job import Download, DownloadState
from models.downloads import DownloadOptions, Downloads
from models.getting import Getting, HubPlace, free_disk
from models.hub import HubOptions
from models.model_folder import ModelFolder
from models.transfer import Patience
from tests.hub_shelf import ENOUGH_CUTS, small_gguf
from tests.scripted_hub import ScriptedHub

pytest_plugins = ["tests.download_fixtures"]
CATALOGUE = Catalogue.load()
ENTRY = CATALOGUE.listed()[0]
NAME = "ana/stories/stories.gguf"
WAIT_S = 30.0


class Place:
    """A folder, what gets models into it, and the hub that they come from."""

    def __init__(self, folder: Path, hub: ScriptedHub) -> None:
        self.hub = hub
        self.folder = ModelFolder(folder / "models")
        self.start()

    def start(self) -> None:
        """As the program does when it begins."""
        options = DownloadOptions(HubOptions(self.hub.url, token=""), Patience(max_tries=2, wait_s=0.001))
        self.downloads = Downloads(self.folder, options)
        self.getting = Getting(CATALOGUE, self.downloads, self.folder)

    def over(self, name: str) -> Download:
        return self.downloads.wait(name, WAIT_S)


@pytest.fixture
def place(tmp_path: Path, hub: ScriptedHub) -> Place:
    return Place(tmp_path, hub)


def test_places_of_the_hub_are_told_from_files_of_this_machine() -> None:
    assert HubPlace.of(NAME) == HubPlace("ana/stories", "stories.gguf")
    assert HubPlace.of("ana/stories/q8/stories.gguf") == HubPlace("ana/stories", "q8/stories.gguf")
    assert HubPlace.of("local/stories.gguf") is None


def test_what_the_catalogue_knows_the_hash_of_must_have_it(place: Place) -> None:
    place.hub.add(ENTRY.repository, ENTRY.file, small_gguf("another"))
    found = place.over(place.getting.get(ENTRY.repository.upper(), ENTRY.file))
    assert isinstance(found.error, ModelHashWrong)


def test_what_was_cut_goes_on_after_another_start(place: Place) -> None:
    file = place.hub.add("ana/stories", "stories.gguf", small_gguf("Stories"))
    file.cuts = list(ENOUGH_CUTS)
    assert place.over(place.getting.get("ana/stories", "stories.gguf")).state is DownloadState.FAILED
    place.start()
    (left,) = place.getting.coming()
    assert (left.name, left.state, left.num_done) == (NAME, DownloadState.STOPPED, ENOUGH_CUTS[0])
    assert place.getting.can_go_on(NAME)
    file.cuts = []
    assert place.over(place.getting.go_on(NAME)).state is DownloadState.DONE
    assert [download.name for download in place.getting.coming()] == [NAME]


def test_where_a_file_of_this_machine_came_from_is_known_until_the_program_ends(place: Place, tmp_path: Path) -> None:
    origin = tmp_path / "mine.gguf"
    origin.write_bytes(small_gguf("mine"))
    name = place.getting.bring(origin)
    assert place.over(name).state is DownloadState.DONE
    assert place.getting.can_go_on(name)
    place.start()
    assert not place.getting.can_go_on(name)
    with pytest.raises(ModelNotHere):
        place.getting.go_on(name)


def test_the_disk_of_a_folder_that_is_not_there_yet_is_known(tmp_path: Path) -> None:
    assert free_disk(tmp_path / "not" / "yet") > 0
