"""Models are got, stopped, gone on with and deleted from the Catalogue tab; by the operator alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.download_job import DownloadState
from models.known_models import stored_name
from tests.hub_shelf import CUT, GATED, OTHER, SLOW, WRONG, entry, fill, small_gguf
from tests.model_catalogue_visitor import ELSEWHERE, HERE, ModelCatalogueVisitor, acts
from tests.scripted_hub import ScriptedHub, scripted_hub

STORIES = f"{OTHER}/tiny-stories-Q8_0.gguf"
NAMES = {entry_id: stored_name(entry(entry_id)) for entry_id in (SLOW, CUT, GATED, WRONG)}


@pytest.fixture
def hub() -> Iterator[ScriptedHub]:
    with scripted_hub() as hub:
        fill(hub)
        hub.files[entry(SLOW).repository, entry(SLOW).file].pauses = []
        yield hub


@pytest.fixture
async def visitor(tmp_path: Path, hub: ScriptedHub) -> ModelCatalogueVisitor:
    return ModelCatalogueVisitor(tmp_path, hub.url)


async def test_a_model_is_got_loaded_and_deleted(visitor: ModelCatalogueVisitor) -> None:
    await visitor.look()
    await visitor.change("get", name=NAMES[SLOW])
    assert NAMES[SLOW] in visitor.rows
    assert await visitor.settle(NAMES[SLOW]) is DownloadState.DONE
    await visitor.refresh()
    assert acts(visitor.card(SLOW)) == ["open", "load", "delete"]
    assert acts(visitor.rows[NAMES[SLOW]]) == ["hide"]
    await visitor.use("load", name=f"local/{NAMES[SLOW]}")
    await visitor.refresh()
    assert "Loaded" in visitor.card(SLOW).text
    await visitor.change("delete", name=NAMES[SLOW])
    assert "12.0 MB of the disk are free again" in visitor.said
    assert visitor.rows == {}
    assert acts(visitor.card(SLOW)) == ["open", "get"]
    assert visitor.folder.models() == []


async def test_what_was_stopped_goes_on_or_is_discarded(visitor: ModelCatalogueVisitor, hub: ScriptedHub) -> None:
    file = hub.files[entry(SLOW).repository, entry(SLOW).file]
    file.held_at = 6_000_000
    await visitor.look()
    await visitor.change("get", name=NAMES[SLOW])
    assert acts(visitor.rows[NAMES[SLOW]]) == ["cancel"]
    assert "cancel" in acts(visitor.card(SLOW))
    await visitor.change("cancel", name=NAMES[SLOW])
    file.go_on.set()
    assert await visitor.settle(NAMES[SLOW]) is DownloadState.STOPPED
    await visitor.refresh()
    assert "get" in acts(visitor.card(SLOW))
    file.held_at = None
    await visitor.change("get", name=NAMES[SLOW])
    assert await visitor.settle(NAMES[SLOW]) is DownloadState.DONE
    await visitor.change("discard", name=NAMES[SLOW])
    assert [model.name for model in visitor.folder.models()] == [NAMES[SLOW]]


async def test_each_fault_has_its_sentence_and_its_way_on(visitor: ModelCatalogueVisitor) -> None:
    await visitor.look()
    for name in (NAMES[CUT], NAMES[GATED], NAMES[WRONG]):
        await visitor.change("get", name=name)
        assert await visitor.settle(name) is DownloadState.FAILED
    await visitor.refresh()
    cut, gated, wrong = (visitor.rows[NAMES[entry_id]] for entry_id in (CUT, GATED, WRONG))
    assert acts(cut) == ["get", "discard"]
    assert "0.2\xa0MB of 1.0\xa0MB" in cut.text
    assert acts(gated) == ["get", "hide"]
    addresses = [link.attributes["href"] for link in gated.all(target="_blank")]
    assert addresses == [f"https://huggingface.co/{entry(GATED).repository}", "https://huggingface.co/settings/tokens"]
    assert "HF_TOKEN" in gated.text
    assert "SHA-256" in wrong.text
    assert "Failed" in visitor.card(GATED).text
    await visitor.change("discard", name=NAMES[CUT])
    await visitor.change("hide", name=NAMES[GATED])
    assert list(visitor.rows) == [NAMES[WRONG]]
    assert visitor.folder.unfinished() == []
    await visitor.change("get", name="nobody/nothing/model.gguf")
    await visitor.settle("nobody/nothing/model.gguf")
    await visitor.refresh()
    assert "nobody/nothing" in visitor.rows["nobody/nothing/model.gguf"].text


async def test_any_repository_lists_what_can_be_got_of_it(visitor: ModelCatalogueVisitor) -> None:
    await visitor.find(f" {OTHER} ")
    assert acts(visitor.found) == ["get", "get"]
    assert "free on the disk" in visitor.found.text
    await visitor.find(OTHER, "tiny-stories-Q8_0.gguf")
    assert acts(visitor.found) == ["get"]
    await visitor.change("get", name=STORIES)
    assert await visitor.settle(STORIES) is DownloadState.DONE
    await visitor.look(text="tiny stories")
    assert len(visitor.ids) == 1
    for repository, file in (
        (OTHER, "other.gguf"), ("nobody/nothing", ""), ("../etc", ""), (OTHER, "../x.gguf"), ("", ""), ("\udcff", ""),
    ):  # fmt: skip
        await visitor.find(repository, file)
        assert visitor.was_refused, (repository, file)


async def test_files_of_this_machine_are_brought(visitor: ModelCatalogueVisitor, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "mine.gguf").write_bytes(small_gguf("Mine"))
    (mine / "notes.txt").write_text("nothing")
    await visitor.look_for(f'"{mine}"')
    assert acts(visitor.found) == ["bring"]
    await visitor.change("bring", name=str(mine / "mine.gguf"))
    assert await visitor.settle("local/mine.gguf") is DownloadState.DONE
    await visitor.look(text="mine")
    assert len(visitor.ids) == 1
    for path in ("", "mine", str(tmp_path / "nothing"), "~nobody-at-all/x", "/a\0b", "/" + "x" * 5_000, "\udcff"):
        await visitor.look_for(path)
        assert visitor.was_refused, path
        await visitor.change("bring", name=path)
        assert visitor.was_refused, path
    await visitor.change("bring", name=str(mine / "notes.txt"))
    assert visitor.was_refused
    assert {path.name for path in mine.iterdir()} == {"mine.gguf", "notes.txt"}


async def test_nobody_else_adds_or_deletes_whatever_they_send(
    visitor: ModelCatalogueVisitor, hub: ScriptedHub, tmp_path: Path
) -> None:
    await visitor.change("get", name=STORIES)
    assert await visitor.settle(STORIES) is DownloadState.DONE
    asked = len(hub.asked)
    passed_on = {"x-forwarded-for": "127.0.0.1"}
    for request in (visitor.new_request(ELSEWHERE), visitor.new_request(HERE, **passed_on)):
        visitor.request = request
        for action in ("get", "bring", "cancel", "discard", "hide", "delete", "anything"):
            await visitor.change(action, name=STORIES)
            assert visitor.was_refused, action
        await visitor.find(OTHER)
        assert visitor.was_refused
        await visitor.look_for(str(tmp_path))
        assert visitor.was_refused
    assert [model.name for model in visitor.folder.models()] == [STORIES]
    assert len(hub.asked) == asked


async def test_whoever_gives_the_token_may_add_but_names_no_file_here(
    visitor: ModelCatalogueVisitor, tmp_path: Path
) -> None:
    visitor.request = visitor.new_request(ELSEWHERE)
    await visitor.enter("a guess")
    assert visitor.was_refused
    await visitor.enter(visitor.services.models.operator.token)
    assert "You can add" in visitor.said
    assert visitor.shown[visitor.parts.token] == ""
    assert "get" in acts(visitor.card(SLOW))
    assert "data-here" not in visitor.machine.inside[0].attributes
    await visitor.change("get", name=STORIES)
    assert await visitor.settle(STORIES) is DownloadState.DONE
    (tmp_path / "secret.gguf").write_bytes(small_gguf("Secret"))
    await visitor.change("bring", name=str(tmp_path / "secret.gguf"))
    assert visitor.was_refused
    await visitor.look_for(str(tmp_path))
    assert visitor.was_refused


async def test_what_is_not_below_the_folder_is_not_deleted(visitor: ModelCatalogueVisitor, tmp_path: Path) -> None:
    outside = tmp_path / "outside.gguf"
    outside.write_bytes(small_gguf("Outside"))
    for name in ("", "../outside.gguf", str(outside), "local/smollm2-135m", "a/b/c.gguf", "\udcff/b/c.gguf"):
        await visitor.change("delete", name=name)
        assert visitor.was_refused, name
        await visitor.change("discard", name=name)
        assert visitor.was_refused, name
    assert outside.exists()
