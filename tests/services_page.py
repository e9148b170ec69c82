"""The page with services of models on the loopback: ``python -m tests.services_page`` to look at its Services tab.

Both speak as OpenAI's does. The server of the operator's wants no key; the one that stands for Groq's wants RIGHT_KEY.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from chains.model_shelf import ChatModelShelf
from chains.room_model import RoomModel
from components.page import build_page
from components.serving import Address, serve
from models.remote.estimated_prompt import EstimatingPromptReader
from models.remote.keys import ServiceKeys
from models.remote.visitor_keys import VisitorKeys
from tests.chat_services import ChatService, Reply, chat_service, html, openai_fault, openai_text
from tests.page_server import PageServer
from tests.room_models import RoomModels
from tests.scripted_model import ScriptedModel

RIGHT_KEY = "gsk-a-key-that-is-right-4321"
WRONG_KEY = "gsk-a-key-that-is-wrong-9876"
OFFERED = ("openai/own", "groq/offered", "anthropic/claude-sonnet-4-5")
MODELS = ("own", "other:8b", "org/Third-GGUF")
FAULTS = {
    "gone": openai_fault(404, "no such model"),
    "spent": openai_fault(429, "You exceeded your quota.", "insufficient_quota"),
    "odd": html(),
    "cut": Reply(is_cut=True),
}


class ByRequest(list[Reply]):
    """The next reply is made of the last request."""

    def __init__(self, service: ChatService, key: str = "") -> None:
        super().__init__()
        self._service = service
        self._key = key

    def pop(self, index: object = 0) -> Reply:
        path, key, body = self._service.requests[-1]
        if self._key and key != f"Bearer {self._key}":
            return openai_fault(401, f"Incorrect API key provided: {key}")
        if path.endswith("/models"):
            told = {"object": "list", "data": [{"id": name} for name in MODELS]}
            return Reply((json.dumps(told).encode(),), content_type="application/json")
        return FAULTS.get(str(body.get("model")), openai_text("OK."))


@contextmanager
def loopback_keys() -> Iterator[ServiceKeys]:
    """The operator's keys: a server that wants none in OpenAI's place; Groq's is at this machine, too."""
    with chat_service() as server, chat_service() as groq:
        server.replies, groq.replies = ByRequest(server), ByRequest(groq, RIGHT_KEY)
        yield ServiceKeys(openai_base_url=f"{server.url}/v1", other_base_urls={"groq": groq.url})


def shelf_of(keys: ServiceKeys, visitors: VisitorKeys) -> ChatModelShelf:
    """The models of ``keys`` beside a local one."""
    model: Any = ScriptedModel()
    local = RoomModel(model, EstimatingPromptReader(), "local/small", 2_048)
    return ChatModelShelf(RoomModels(local), keys, OFFERED, visitors)


@contextmanager
def serving_services() -> Iterator[str]:
    """The URL of the page, served by another process."""
    root = Path(__file__).parent.parent
    with (
        tempfile.TemporaryDirectory(prefix="tertulia-page-", ignore_cleanup_errors=True) as folder,
        subprocess.Popen(
            (sys.executable, "-m", "tests.services_page", folder), cwd=root, stdout=subprocess.PIPE, text=True
        ) as process,
    ):
        try:
            yield (process.stdout.readline() if process.stdout else "").strip()
        finally:
            process.terminate()


def main(folder: Path) -> None:
    """Serve until the process is ended."""
    with loopback_keys() as keys:
        services, visitors = PageServer(folder).services(), VisitorKeys()
        room = replace(services.models, shelf=shelf_of(keys, visitors), keys=visitors)
        services = replace(services, models=room)
        sys.stdout.write(serve(build_page(services), services, Address(port=0)) + "\n")
        sys.stdout.flush()
        while True:
            time.sleep(3600)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp(prefix="tertulia-page-")))
