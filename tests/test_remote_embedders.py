"""Embedders behind a service: what is sent, what comes back, and what happens when the service fails."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from errors import EmbedderUnavailable
from models.embedding.remote import PAUSES_S, Faults, RemoteEmbedder
from tests.embedding_services import DIMENSION, EmbeddingService, embedding_service

openai_server = pytest.importorskip("models.embedding.openai_server", reason="an optional integration")
gemini = pytest.importorskip("models.embedding.gemini", reason="an optional integration")


@pytest.fixture
def service() -> Iterator[EmbeddingService]:
    with embedding_service() as service:
        yield service


@pytest.fixture(params=["openai", "google"])
def embedder(request: pytest.FixtureRequest, service: EmbeddingService) -> RemoteEmbedder:
    made: RemoteEmbedder
    if request.param == "openai":
        made = openai_server.openai_embedder("small", "the key", f"{service.url}/v1")
    else:
        made = gemini.gemini_embedder("small", "the key", service.url)
    made.wait = lambda _seconds: None
    assert made.dimension == DIMENSION
    service.requests.clear()
    return made


def test_gives_a_vector_of_unit_length_for_each_text(embedder: RemoteEmbedder, service: EmbeddingService) -> None:
    vectors = embedder.embed_passages(["uno", "tres más", "\ud800"])
    assert np.allclose(vectors[:, 0] / vectors[:, 2], [3, 8, 1])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
    assert service.texts() == [["uno", "tres más", "?"]]
    assert service.requests[0][1] in ("the key", "Bearer the key")


def test_sends_texts_and_not_ids_that_only_one_vocabulary_knows(
    embedder: RemoteEmbedder, service: EmbeddingService
) -> None:
    embedder.embed_question("¿Qué es un agente?")
    assert service.texts() == [["¿Qué es un agente?"]]


def test_sends_no_blank_texts_and_no_batch_that_is_too_large(
    embedder: RemoteEmbedder, service: EmbeddingService
) -> None:
    num_written = embedder.max_batch + 1
    vectors = embedder.embed_passages(["", *["uno"] * num_written, " \n"])
    assert vectors.shape == (num_written + 2, DIMENSION)
    assert not vectors[0].any()
    assert not vectors[-1].any()
    assert [len(texts) for texts in service.texts()] == [embedder.max_batch, 1]
    assert not embedder.embed_question(" ").any()


@pytest.mark.parametrize("status", [429, 500, 503])
def test_asks_again_when_that_may_help(embedder: RemoteEmbedder, service: EmbeddingService, status: int) -> None:
    service.failures = [status] * len(PAUSES_S)
    assert len(embedder.embed_passages(["uno"])) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_gives_up_in_the_end(embedder: RemoteEmbedder, service: EmbeddingService, status: int) -> None:
    service.failures = [status] * 10
    with pytest.raises(EmbedderUnavailable):
        embedder.embed_passages(["uno"])
    assert len(service.requests) == len(PAUSES_S) + 1


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_asks_once_when_asking_again_cannot_help(
    embedder: RemoteEmbedder, service: EmbeddingService, status: int
) -> None:
    service.failures = [status]
    with pytest.raises(EmbedderUnavailable) as fault:
        embedder.embed_passages(["uno"])
    assert fault.value.values == {"name": embedder.name}
    assert len(service.requests) == 1


def test_an_answer_without_vectors_is_no_answer(embedder: RemoteEmbedder, service: EmbeddingService) -> None:
    service.answers_nonsense = True
    with pytest.raises(EmbedderUnavailable):
        embedder.embed_passages(["uno"])


def test_a_service_that_does_not_answer_is_unavailable() -> None:
    with embedding_service() as gone:
        url = gone.url
    for embedder in (openai_server.openai_embedder("m", None, url), gemini.gemini_embedder("m", "k", url)):
        with pytest.raises(EmbedderUnavailable):
            embedder.embed_question("uno")


def test_no_key_is_shown_to_a_server_of_ones_own(service: EmbeddingService) -> None:
    openai_server.openai_embedder("m", None, service.url).embed_question("uno")
    assert service.requests[0][1] == "Bearer none"


def test_faults_that_may_pass_are_told_from_those_that_stay() -> None:
    faults = Faults(ConnectionError, lambda error: error.args[0])
    passing = [
        status for status in (None, 200, 400, 408, 429, 499, 500, 599) if faults.may_pass(ConnectionError(status))
    ]
    assert passing == [429, 500, 599]
