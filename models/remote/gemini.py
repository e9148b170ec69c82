"""Chat models of Google's Gemini API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
from google.genai import Client
from google.genai.errors import APIError
from google.genai.types import HttpOptions
from langchain_core.language_models import BaseChatModel
from langchain_google_genai import ChatGoogleGenerativeAI
from langchain_google_genai._common import GoogleGenerativeAIError
from pydantic import SecretStr

from models.remote.faults import MALFORMED, UNREACHABLE, Fault, fault_of
from models.remote.keys import ServiceKeys
from models.remote.wire import MALFORMED as MALFORMED_ERRORS
from models.remote.wire import ToolChoice, WrittenCall

SAME_NAMES = ("temperature", "top_p", "presence_penalty", "frequency_penalty")
HIGHEST_TEMPERATURE = 2.0
SEED_LIMIT = 2**31  # of the service, whose seeds have a sign
MAX_STOPS = 5


class GeminiWire:
    """Thought signatures travel in ``additional_kwargs`` and in the content's blocks, and must come back with calls."""

    adds_usage = True
    raises = (GoogleGenerativeAIError, APIError, httpx.HTTPError, OSError, *MALFORMED_ERRORS)

    def __init__(self, model: str, keys: ServiceKeys) -> None:
        self._model = model
        self._key = keys.google or ""
        self._base_url = keys.google_base_url

    def service(self) -> BaseChatModel:
        service = ChatGoogleGenerativeAI(
            model=self._model,
            google_api_key=SecretStr(self._key),
            vertexai=False,  # whatever the environment says
            max_retries=1,  # attempts
        )
        # Connections that are kept would outlive the event loop that they belong to, and aiohttp's complain.
        connections = httpx.AsyncClient(limits=httpx.Limits(max_keepalive_connections=0), timeout=httpx.Timeout(None))
        options = HttpOptions(base_url=self._base_url, httpx_async_client=connections)
        service.client = Client(api_key=self._key, vertexai=False, http_options=options)
        return service

    def written(self, options: Mapping[str, Any], tools: ToolChoice) -> WrittenCall:
        needed: dict[str, Any] = {}
        if limit := options.get("max_tokens"):
            needed["max_output_tokens"] = limit
        if stops := options.get("stop"):
            needed["stop"] = list(stops)[:MAX_STOPS]
        if tools.tools:
            needed |= {"tools": list(tools.tools), "tool_choice": tools.choice}
        return WrittenCall(needed, (_sampling(options),))

    def fault(self, error: Exception) -> Fault:
        told = error if isinstance(error, APIError) else error.__cause__
        if isinstance(told, APIError):
            return fault_of(told.code or 500, str(told), _asked_to_wait(told))
        return UNREACHABLE if isinstance(error, httpx.HTTPError | OSError) else MALFORMED


def _sampling(options: Mapping[str, Any]) -> dict[str, Any]:
    sampling = {name: options[name] for name in SAME_NAMES if options.get(name) is not None}
    if "temperature" in sampling:
        sampling["temperature"] = min(sampling["temperature"], HIGHEST_TEMPERATURE)
    if options.get("top_k"):  # 0 is off here, and refused there
        sampling["top_k"] = options["top_k"]
    if options.get("seed") is not None:
        sampling["seed"] = options["seed"] % SEED_LIMIT
    return sampling


def _asked_to_wait(error: APIError) -> float | None:
    """Seconds, from a detail such as ``{"@type": ".../google.rpc.RetryInfo", "retryDelay": "34s"}``."""
    details = error.details.get("error", error.details) if isinstance(error.details, dict) else {}
    for detail in details.get("details") or ():
        delay = str(detail.get("retryDelay", "")) if isinstance(detail, dict) else ""
        if delay.endswith("s") and delay[:-1].replace(".", "", 1).isdigit():
            return float(delay[:-1])
    return None
