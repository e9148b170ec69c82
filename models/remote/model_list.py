"""Which models a server has that speaks as OpenAI's does: vLLM, llama-server, Ollama, LM Studio, OpenAI itself."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx

from errors import ModelUnreachable, PromptTooLong
from models.remote.faults import MALFORMED, Fault, fault_of
from models.remote.keys import ServiceKeys
from models.remote.openai_server import OPENAI
from models.remote.providers import SERVER_MODEL_NAME

SERVER = "openai"  # what the errors call the server, whose models are named openai/MODEL
TIMEOUT_S = 10.0
MAX_BYTES = 4_000_000
MAX_MODELS = 1_000
OK = 200


async def listed_models(keys: ServiceKeys, timeout_s: float = TIMEOUT_S) -> tuple[str, ...]:
    """Names as the rooms know them, ``openai/MODEL``, in order of the alphabet.

    Raises ModelError, which holds nothing of what the server said. Redirects are not followed: they would take the key
    elsewhere.
    """
    try:
        async with asyncio.timeout(timeout_s):
            status, content = await _fetched(f"{(keys.openai_base_url or OPENAI).rstrip('/')}/models", keys.openai)
    except (TimeoutError, httpx.HTTPError, httpx.InvalidURL, OSError):
        raise ModelUnreachable(model=SERVER) from None
    if status != OK:
        raise _error(fault_of(status, content[:1_000].decode(errors="replace")))
    try:
        names = _names(json.loads(content))
    except (ValueError, RecursionError, TypeError, KeyError, AttributeError):
        raise _error(MALFORMED) from None
    return tuple(f"openai/{name}" for name in sorted(names)[:MAX_MODELS])


def _error(fault: Fault) -> Exception:
    kind = MALFORMED.kind if fault.kind is PromptTooLong else fault.kind  # there is no prompt
    return kind(model=SERVER)


async def _fetched(address: str, key: str | None) -> tuple[int, bytes]:
    """The status and what came, at the most MAX_BYTES of it."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    content = bytearray()
    client = httpx.AsyncClient(timeout=httpx.Timeout(None))  # our own limit is of the whole
    async with client, client.stream("GET", address, headers=headers) as response:
        async for piece in response.aiter_bytes():
            content += piece
            if len(content) > MAX_BYTES:
                break
    return response.status_code, bytes(content[:MAX_BYTES])


def _names(told: Any) -> set[str]:
    """Names that can be used here. Raises what comes of another form than OpenAI's."""
    names = (entry["id"] for entry in told["data"])
    return {name for name in names if isinstance(name, str) and SERVER_MODEL_NAME.fullmatch(name)}
