from __future__ import annotations

from collections.abc import Iterator

import pytest

from models.remote.chat_model import RemoteChatModel
from tests.chat_services import ChatService, chat_service
from tests.service_bench import NAMES, Bench, make_bench, make_model

Made = dict[str, tuple[RemoteChatModel, ChatService]]


@pytest.fixture(scope="module")
def made() -> Iterator[Made]:
    """A model of each kind, with the service that it asks."""
    with chat_service() as gemini, chat_service() as openai:
        services = {"gemini": gemini, "openai": openai}
        yield {kind: (make_model(kind, service.url), service) for kind, service in services.items()}


@pytest.fixture
def benches(made: Made) -> dict[str, Bench]:
    return {kind: make_bench(*one) for kind, one in made.items()}


@pytest.fixture(params=list(NAMES))
def bench(request: pytest.FixtureRequest, benches: dict[str, Bench]) -> Bench:
    return benches[request.param]


@pytest.fixture
def gemini(benches: dict[str, Bench]) -> Bench:
    return benches["gemini"]


@pytest.fixture
def openai(benches: dict[str, Bench]) -> Bench:
    return benches["openai"]
