from __future__ import annotations

import os
from pathlib import Path

import pytest

from models.catalogue import LEAST_CONTEXT, Catalogue, CatalogueFilter, Spanish
from models.default_model import default_model_file
from models.gguf import Tensor
from models.known_models import KnownModel, KnownModels, stored_name
from models.memory_need import Fit, MemoryNeed
from models.model_card import Task, read_card
from models.model_folder import ModelFolder
from tests.gguf_writer import gguf_bytes, llama_values
from tests.hub_shelf import small_gguf
from tests.scripted_local_models import FIRST, ScriptedLocalModels

CATALOGUE = Catalogue.load()


@pytest.fixture
def folder(tmp_path: Path) -> ModelFolder:
    return ModelFolder(tmp_path / "models")


@pytest.fixture
def known(folder: ModelFolder) -> KnownModels:
    default = default_model_file()
    return KnownModels(CATALOGUE, ScriptedLocalModels({FIRST: read_card(default)}, folder=folder), folder)


def keep(folder: ModelFolder, name: str, content: bytes) -> Path:
    place = folder.place(name)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    return place


def of_name(known: KnownModels, stored: str) -> KnownModel:
    return next(model for model in known.all() if model.stored_name == stored)


def test_all_of_the_catalogue_and_all_that_is_here(known: KnownModels) -> None:
    found = known.all()
    assert {model.id for model in found} > {entry.id for entry in CATALOGUE.listed()}
    (first,) = [model for model in found if model.is_here]
    assert (first.local_name, first.stored_name) == (FIRST, "")
    assert known.find(first.id) == first
    assert known.find("file-of-nobody") is None


def test_those_to_talk_with_in_spanish_come_first(known: KnownModels, folder: ModelFolder) -> None:
    keep(folder, "ana/stories/stories.gguf", small_gguf("Stories"))
    found = known.all()
    ranks = [[Spanish.GOOD, Spanish.SOME, None, Spanish.POOR].index(model.spanish) for model in found]
    chat = [model.task is Task.CHAT for model in found]
    assert chat == sorted(chat, reverse=True)
    assert ranks[: sum(chat)] == sorted(ranks[: sum(chat)])


def test_a_file_of_an_entry_makes_it_one_that_is_here(known: KnownModels, folder: ModelFolder) -> None:
    entry = CATALOGUE.listed()[0]
    keep(folder, stored_name(entry), small_gguf("something else", 2_000_000))
    model = known.find(entry.id)
    assert model is not None
    assert model.is_here
    assert model.name == entry.name
    assert model.local_name == f"local/{stored_name(entry)}"
    assert 2_000_000 <= model.size_bytes < 2_100_000
    need, published = model.memory_need(), entry.memory_need()
    assert need is not None
    assert need.weights < published.weights


def test_a_file_that_writes_nothing_and_one_that_cannot_be_read_are_told_of(
    known: KnownModels, folder: ModelFolder
) -> None:
    values = {**llama_values(), "general.architecture": "bert", "general.name": "Vectors"}
    keep(folder, "ana/vectors/vectors.gguf", gguf_bytes(values, [Tensor("w", 1, (32, 4))]))
    keep(folder, "ana/broken/broken.gguf", b"GGUF and nothing")
    vectors, broken = (of_name(known, f"ana/{name}/{name}.gguf") for name in ("vectors", "broken"))
    assert (vectors.name, vectors.task, vectors.writes) == ("Vectors", Task.EMBEDDING, False)
    assert (broken.name, broken.is_here, broken.local_name) == ("broken", True, "")
    assert broken.memory_need() is None
    assert broken.fit(10**12) is None


def test_a_header_is_read_again_when_its_file_has_changed(known: KnownModels, folder: ModelFolder) -> None:
    place = keep(folder, "ana/stories/stories.gguf", small_gguf("Stories", 1_000_000))
    before = of_name(known, "ana/stories/stories.gguf")
    place.write_bytes(small_gguf("Stories", 3_000_000))
    os.utime(place, ns=(1, 1))
    after = of_name(known, "ana/stories/stories.gguf")
    assert before.facts is not None
    assert after.facts is not None
    assert after.facts.weights_bytes > before.facts.weights_bytes


def test_a_filter_admits_files_as_it_does_entries(known: KnownModels, folder: ModelFolder) -> None:
    keep(folder, "ana/stories/stories.gguf", small_gguf("Stories"))

    def names(**wanted: object) -> set[str]:
        asked = CatalogueFilter(**wanted)  # type: ignore[arg-type]
        return {model.name for model in known.all() if asked.admits(model)}

    assert names(text="ana stories") == {"Stories"}
    assert "Stories" in names(language="es", task=Task.CHAT)
    assert "Stories" not in names(is_open_source=True)
    assert "Stories" in names(free_bytes=10**9)
    assert "Stories" not in names(free_bytes=10**6)


def test_what_fits_only_with_short_conversations_fits_tightly() -> None:
    entry = CATALOGUE.find("qwen3-4b")
    assert entry is not None
    model = KnownModel(entry.id, entry)
    usual, least = total(model.memory_need()), total(model.memory_need(LEAST_CONTEXT))
    assert model.fit(2 * usual) is Fit.ROOMY
    assert model.fit(usual - 1) is Fit.TIGHT
    assert model.fit(least) is Fit.TIGHT
    assert model.fit(entry.size_bytes) is Fit.TOO_LARGE


def total(need: MemoryNeed | None) -> int:
    assert need is not None
    return need.total
