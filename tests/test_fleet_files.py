"""How large a window a model gets, and what a room knows of it before it is loaded."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from chains.local_room_models import LocalRoomModels
from chains.options import ConversationOptions, SamplingChoice
from errors import ModelNotDeleted, ModelUnknown
from models.engine.parking import ParkingLot
from models.engine.protocol import EngineOptions
from models.fleet_files import LEAST_WINDOW, ModelFiles
from models.gguf import Tensor
from models.model_folder import ModelFolder
from models.parked_folders import MAX_AGE_S
from tests.gguf_writer import gguf_bytes, llama_values
from tests.scripted_fleet import SECOND, THIRD, model_file
from tests.scripted_local_models import FIRST, ScriptedLocalModels, file_card

HUGE = 1 << 50
TENSOR = Tensor("token_embd.weight", 0, (64, 4))
LONG = {"context_length": 8_192, "block_count": 64, "attention__head_count_kv": 8}


def files_in(folder: Path, budget_bytes: int, **options: Any) -> ModelFiles:
    (folder / "first.gguf").write_bytes(model_file("A small/first  one"))
    place = ModelFolder(folder / "models").place(SECOND.removeprefix("local/"))
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(model_file("second", **LONG))
    first = EngineOptions(
        model_path=folder / "first.gguf",
        conversion_dir=None,
        context_tokens=8_192,
        max_sequences=4,
        threads=1,
        model_name=options.get("model_name"),
        parking_dir=options.get("parking_dir"),
    )
    return ModelFiles(first, ModelFolder(folder / "models"), budget_bytes)


def test_windows_shrink_until_the_model_fits(tmp_path: Path) -> None:
    found = files_in(tmp_path, HUGE).get(SECOND)
    assert (found.options.context_tokens, found.options.cache_tokens) == (8_192, 16_384)
    sizes: list[tuple[int, int | None]] = []
    while not sizes or sizes[-1][0] > LEAST_WINDOW:
        budget = found.need_bytes - 1
        found = files_in(tmp_path, budget).get(SECOND)
        sizes.append((found.options.context_tokens, found.options.cache_tokens))
        assert found.need_bytes <= budget
    assert sizes == [(8_192, 8_192), (4_096, 4_096), (2_048, 2_048), (LEAST_WINDOW, LEAST_WINDOW)]
    too_small = files_in(tmp_path, found.need_bytes - 1)
    assert too_small.get(SECOND) == found
    assert SECOND not in too_small.names()


def test_the_first_model_always_fits(tmp_path: Path) -> None:
    files = files_in(tmp_path, 1)
    first = files.get(files.first_name)
    assert first.need_bytes == files.budget_bytes > 1
    assert first.options.context_tokens == LEAST_WINDOW
    assert files.names() == (files.first_name,)


def test_the_first_models_name_is_no_path(tmp_path: Path) -> None:
    assert files_in(tmp_path, HUGE).first_name == "local/a-small-first-one"
    assert files_in(tmp_path, HUGE, model_name="SmolLM2 135M").first_name == "local/smollm2-135m"


def test_a_first_model_of_the_folder_is_there_once(tmp_path: Path) -> None:
    folder = ModelFolder(tmp_path)
    for name in (SECOND, THIRD):
        place = folder.place(name.removeprefix("local/"))
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(model_file(place.stem))
    options = EngineOptions(
        model_path=folder.place("maker/models/second.gguf"), conversion_dir=None, context_tokens=8_192,
        max_sequences=4, threads=1,
    )  # fmt: skip
    assert ModelFiles(options, folder, HUGE).names() == ("local/second", THIRD)


def test_another_file_of_the_same_name_is_read_anew(tmp_path: Path) -> None:
    files = files_in(tmp_path, HUGE)
    assert files.get(SECOND).card.name == "second"
    path = files.get(SECOND).options.model_path
    path.write_bytes(model_file("another second"))
    assert files.get(SECOND).card.name == "another second"
    files.delete(SECOND)
    with pytest.raises(ModelUnknown):
        files.get(SECOND)
    for name in (SECOND, "local/../first.gguf", "first.gguf"):
        with pytest.raises(ModelUnknown):
            files.delete(name)
    with pytest.raises(ModelNotDeleted):
        files.delete(files.first_name)


def test_a_file_without_vocabulary_or_layers_says_nothing_that_harms(tmp_path: Path) -> None:
    files = files_in(tmp_path, HUGE)
    place = ModelFolder(tmp_path / "models").place("maker/models/odd.gguf")
    values = llama_values(context_length=0, block_count=0)
    place.write_bytes(gguf_bytes(values, [TENSOR]))
    assert files.get("local/maker/models/odd.gguf").options.context_tokens == 8_192


# --- parked conversations ---------------------------------------------------------------------------------------------


def parked(folder: Path | None, fingerprint: str) -> ParkingLot:
    """A place with one conversation in it."""
    assert folder is not None
    lot = ParkingLot(folder, fingerprint, 10_000)
    lot.park(range(100), b"cells")
    lot.settle()
    return lot


def test_parked_conversations_go_with_their_model_alone(tmp_path: Path) -> None:
    files = files_in(tmp_path, HUGE, parking_dir=tmp_path / "parked")
    third = ModelFolder(tmp_path / "models").place(THIRD.removeprefix("local/"))
    third.parent.mkdir(parents=True, exist_ok=True)
    third.write_bytes(model_file("third"))
    for name in (files.first_name, SECOND, THIRD):  # the last two hold the same weights
        parked(files.get(name).options.parking_dir, "first" if name == files.first_name else "other")
    folders = [files.get(name).options.parking_dir for name in (files.first_name, THIRD)]
    files.delete(SECOND)
    assert len(list((tmp_path / "parked").rglob("*.cells"))) == 2
    for folder, fingerprint in zip(folders, ("first", "other"), strict=True):
        assert folder is not None
        assert ParkingLot(folder, fingerprint, 10_000).find(range(100))[1] == 100
    files.delete(THIRD)
    assert len(list((tmp_path / "parked").rglob("*.cells"))) == 1


def test_a_model_is_deleted_where_nothing_is_parked(tmp_path: Path) -> None:
    for options in ({}, {"parking_dir": tmp_path / "parked"}):
        files = files_in(tmp_path, HUGE, **options)
        files.delete(SECOND)
        files.parked.forget_old(0.0)
    assert not (tmp_path / "parked").exists()


def test_what_nobody_went_on_with_for_long_is_forgotten(tmp_path: Path) -> None:
    files = files_in(tmp_path, HUGE, parking_dir=tmp_path / "parked")
    lots = [parked(files.parked.root, "old weights"), parked(files.parked.of(SECOND), "weights")]
    paths = [lot.find(range(100))[0].path for lot in lots]  # type: ignore[union-attr]
    torn = paths[1].with_suffix(".1.part")
    torn.write_bytes(b"half")
    now = paths[0].stat().st_mtime + MAX_AGE_S + 60
    for path in (paths[0], torn):
        os.utime(path, (now - MAX_AGE_S - 30, now - MAX_AGE_S - 30))
    os.utime(paths[1], (now - MAX_AGE_S + 30, now - MAX_AGE_S + 30))
    files.parked.forget_old(now)
    assert [path.exists() for path in (*paths, torn)] == [False, True, False]


# --- as a room sees it -----------------------------------------------------------------------------------------------


def test_a_room_knows_a_model_before_it_is_loaded() -> None:
    engine: Any = object()
    local = ScriptedLocalModels(engines={FIRST: engine})
    rooms = LocalRoomModels(local, SamplingChoice(temperature=0.2, max_tokens=100_000))
    model = rooms.get(FIRST)
    assert rooms.names() == (FIRST,)
    assert (model.name, model.context_tokens, model.num_parameters) == (FIRST, 8_192, 134_515_008)
    assert (model.defaults.max_tokens, model.defaults.temperature) == (4_096, 0.2)
    assert model.settled(ConversationOptions()).mode == "chat"
    assert rooms.get(FIRST) is model
    local.cards[FIRST] = file_card(num_parameters=1)
    assert rooms.get(FIRST).num_parameters == 1
    with pytest.raises(ModelUnknown):
        rooms.get("local/none")
