from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

import models.catalogue
from models.catalogue import Catalogue, CatalogueEntry, CatalogueFilter, Spanish
from models.memory_need import EnginePlan
from models.model_card import WEIGHTS, Task

CATALOGUE_FILE = Path(models.catalogue.__file__).with_suffix(".yaml")
CATALOGUE = Catalogue.load()
ENTRIES = CATALOGUE.listed()


def found(**wanted: object) -> list[str]:
    return [entry.id for entry in CATALOGUE.listed(CatalogueFilter(**wanted))]  # type: ignore[arg-type]


def test_each_is_there_once() -> None:
    assert len({entry.id for entry in ENTRIES}) == len({(entry.repository, entry.file) for entry in ENTRIES})
    assert len({entry.id for entry in ENTRIES}) == len(ENTRIES)


def test_those_to_talk_with_in_spanish_come_first_and_the_smaller_before_the_larger() -> None:
    def place(entry: CatalogueEntry) -> tuple[bool, int, int]:
        return entry.task is not Task.CHAT, list(Spanish).index(entry.spanish), entry.size_bytes

    assert sorted(ENTRIES, key=place) == list(ENTRIES)
    assert all(("es" in entry.languages) is (entry.spanish is not Spanish.POOR) for entry in ENTRIES)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_the_facts_of_each_agree_with_each_other(entry: CatalogueEntry) -> None:
    assert 0.1e9 <= entry.num_parameters <= 8.5e9
    assert entry.weights in WEIGHTS.values()
    assert entry.weights in entry.file or entry.weights.lower() in entry.file
    bits = 8 * entry.size_bytes / entry.num_parameters
    assert {"Q8_0": 8, "Q4_K_M": 4.4, "Q4_0": 4}[entry.weights] <= bits <= 9.5
    assert len(set(entry.languages)) == len(entry.languages)
    assert len(entry.languages) <= (entry.num_languages or len(entry.languages))
    assert entry.is_base is ("Base" in entry.name)
    assert entry.token_cost.total_bytes == entry.size_bytes


def test_a_filter_that_asks_nothing_admits_all() -> None:
    assert CATALOGUE.listed(CatalogueFilter()) == ENTRIES


def test_filters_narrow_together() -> None:
    assert found(task=Task.EMBEDDING) == ["embeddinggemma-300m"]
    assert found(task=Task.COMPLETION) == ["qwen3-0.6b-base"]
    assert found(text="QWEN 8b") == ["qwen3-8b"]
    assert found(text="ibm", gives_tools=True, language="es") == ["granite-4.1-3b", "granite-4.0-350m"]
    assert "qwen3-8b" not in found(max_size_bytes=3_000_000_000)
    assert "gemma-3-4b-it" not in found(is_open_source=True)
    assert found(licence="LFM Open License v1.0") == ["lfm2.5-1.2b-instruct"]
    assert found(language="xx") == []


def test_only_what_fits_the_machine() -> None:
    assert found(free_bytes=0) == []
    assert found(free_bytes=10**12) == [entry.id for entry in ENTRIES]
    small = found(free_bytes=1_500_000_000)
    assert "smollm2-135m-instruct" in small
    assert "qwen3-8b" not in small


def test_a_longer_context_needs_more_memory() -> None:
    entry = CATALOGUE.find("qwen3-0.6b")
    assert entry is not None
    need, more = (entry.memory_need(EnginePlan.for_context(tokens)) for tokens in (4_096, 8_192))
    assert more.cache == 2 * need.cache == 2 * 2 * 4_096 * 114_688
    assert (more.weights, entry.memory_need()) == (entry.size_bytes, more)


def test_one_is_found_by_its_id_or_its_file() -> None:
    entry = CATALOGUE.find("smollm3-3b")
    assert entry is not None
    assert CATALOGUE.find_file("ggml-org/smollm3-3b-gguf", "SmolLM3-Q4_K_M.gguf") == entry
    assert CATALOGUE.find("nothing") is None
    assert CATALOGUE.find_file("ggml-org/SmolLM3-3B-GGUF", "other.gguf") is None


def test_choices_begin_with_the_most_usual() -> None:
    assert CATALOGUE.licences()[0] == "Apache-2.0"
    assert CATALOGUE.languages()[:2] == ("en", "es")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("file: SmolLM3-Q4_K_M.gguf", "file: ../SmolLM3.gguf"),
        ("repository: ggml-org/SmolLM3-3B-GGUF", "repository: https://example.com"),
        ('link: "https://', 'link: "http://'),
        ("spanish: good", "spanish: perfect"),
        ("version: 1", "version: 2"),
    ],
)
def test_a_catalogue_with_a_mistake_is_not_loaded(old: str, new: str, tmp_path: Path) -> None:
    content = CATALOGUE_FILE.read_text(encoding="utf-8")
    assert old in content
    file = tmp_path / "catalogue.yaml"
    file.write_text(content.replace(old, new), encoding="utf-8")
    with pytest.raises(ValidationError):
        Catalogue.load(file)
