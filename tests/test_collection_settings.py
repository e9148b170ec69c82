"""What a collection's settings allow, and when its vectors no longer fit them."""

from __future__ import annotations

import json

import numpy as np
import pytest
from pydantic import ValidationError

from rag.settings import CollectionSettings, is_current, settings_of, stamp_of
from storage.document_records import Collection, Vector


class PrefixingEmbedder:
    """Made of nothing but what a stamp asks for."""

    name = "use-multilingual"
    max_batch = 1

    def __init__(self, dimension: int = 3, prefixes: tuple[str, str] = ("passage: ", "query: ")) -> None:
        self.dimension = dimension
        self.prefixes = prefixes

    def embed_passages(self, texts: object) -> Vector:
        raise NotImplementedError

    def embed_question(self, text: str) -> Vector:
        return np.zeros(self.dimension, np.float32)


SETTINGS = CollectionSettings(chunk_size=400, chunk_overlap=50)


def stamped(settings: CollectionSettings, stamp: object) -> Collection:
    return Collection("", settings=settings.model_dump(), stamp=json.loads(json.dumps(stamp)))


def test_vectors_fit_the_settings_they_were_made_with() -> None:
    collection = stamped(SETTINGS, stamp_of(SETTINGS, PrefixingEmbedder()))
    assert is_current(collection)
    assert is_current(collection, PrefixingEmbedder())


def test_a_collection_without_vectors_has_none_that_do_not_fit() -> None:
    assert is_current(Collection(""))


@pytest.mark.parametrize("changed", [{"embedder": "e5-small"}, {"chunk_size": 500}, {"chunk_overlap": 0}])
def test_other_settings_ask_for_other_vectors(changed: dict[str, object]) -> None:
    stamp = stamp_of(SETTINGS, PrefixingEmbedder())
    assert not is_current(stamped(SETTINGS.model_copy(update=changed), stamp))


@pytest.mark.parametrize("other", [PrefixingEmbedder(4), PrefixingEmbedder(prefixes=("", ""))])
def test_an_embedder_that_has_changed_asks_for_other_vectors(other: PrefixingEmbedder) -> None:
    assert not is_current(stamped(SETTINGS, stamp_of(SETTINGS, PrefixingEmbedder())), other)


def test_settings_of_a_new_collection_are_the_defaults() -> None:
    assert settings_of(Collection("", settings={"of a newer program": 1})) == CollectionSettings()


@pytest.mark.parametrize(
    "wrong", [{"chunk_size": 99}, {"chunk_size": 9_999}, {"chunk_size": 300, "chunk_overlap": 151}]
)
def test_chunks_that_would_not_move_on_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        CollectionSettings(**wrong)
