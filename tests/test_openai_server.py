"""A real server that speaks as OpenAI's does: llama-cpp-python's own, with the default model, in its own process."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import aclosing
from typing import Any, cast

import pytest
from langchain_core.messages import HumanMessage

from models.default_model import default_model_file
from models.remote.chat_model import RemoteChatModel
from models.remote.keys import ServiceKeys
from models.remote.model_list import listed_models
from models.remote.openai_server import OpenAIWire
from settings import child_environment

ASKED = [HumanMessage("What is the capital of France?")]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    options = (
        "--model",
        str(default_model_file()),
        "--port",
        "0",
        "--n_ctx",
        "512",
        "--n_threads",
        "1",
        "--chat_format",
        "chatml",
    )
    command = [sys.executable, "-m", "tests.llama_server", *options, "--verbose", "false"]
    with subprocess.Popen(command, env=child_environment(), stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        found = (re.search(r"running on (http://\S+)", line) for line in server.stderr)
        try:
            yield next(f"{one[1]}/v1" for one in found if one)
        finally:
            server.kill()


async def test_a_real_server_answers_in_pieces(address: str) -> None:
    wire = OpenAIWire("own", ServiceKeys(openai_base_url=address))
    model = RemoteChatModel(model_name="openai/own", context_tokens=512, make_wire=lambda: wire)
    options: dict[str, Any] = {"owner": "ann", "logprobs": True, "top_logprobs": 2, "repeat_penalty": 1.1}
    pieces = [one async for one in model.astream(ASKED, temperature=0.0, max_tokens=12, **options)]
    assert "Paris" in "".join(piece.text for piece in pieces)
    assert len([piece for piece in pieces if piece.text]) > 3
    assert pieces[-1].response_metadata["finish_reason"] in ("length", "stop")
    async with aclosing(cast("Any", model.astream(ASKED, **options))) as left:
        assert (await anext(left)).text
    assert (await model.ainvoke(ASKED, max_tokens=4)).text  # it is free for others again


async def test_a_real_server_says_which_models_it_has(address: str) -> None:
    assert await listed_models(ServiceKeys(openai_base_url=address)) == (f"openai/{default_model_file()}",)
