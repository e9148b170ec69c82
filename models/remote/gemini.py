"""Chat models of Google's Gemini API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any, cast

import httpx
from google.genai import Client
from google.genai.errors import APIError
from google.genai.types import (
    GenerateContentConfig,
    HttpOptions,
    LogprobsResult,
    LogprobsResultCandidate,
)
from langchain_core.language_models import BaseChatModel
from langchain_google_genai import ChatGoogleGenerativeAI
from langchain_google_genai._common import GoogleGenerativeAIError
from pydantic import SecretStr

from models.remote.answer import REFUSALS
from models.remote.faults import MALFORMED, UNREACHABLE, Fault, fault_of
from models.remote.keys import ServiceKeys
from models.remote.wire import MALFORMED as MALFORMED_ERRORS
from models.remote.wire import ToldTokens, ToolChoice, WrittenCall

SAME_NAMES = ("temperature", "top_p", "presence_penalty", "frequency_penalty")
HIGHEST_TEMPERATURE = 2.0
SEED_LIMIT = 2**31  # of the service, whose seeds have a sign
MAX_STOPS = 5
FEW_ALTERNATIVES, MAX_ALTERNATIVES = 5, 20  # of a token: the limit was raised for newer models
NEUTRAL = {"temperature": 1.0, "top_p": 1.0}


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

    def tokens_call(self, max_tokens: int) -> WrittenCall:
        needed = {"response_logprobs": True, "logprobs": FEW_ALTERNATIVES, "max_output_tokens": max_tokens}
        unthinking = {"thinking_config": {"thinking_budget": 0}}  # thoughts would be the answer's first tokens
        return WrittenCall(needed, ({"logprobs": MAX_ALTERNATIVES}, unthinking, NEUTRAL))

    async def tokens(self, service: BaseChatModel, text: str, options: Mapping[str, Any]) -> ToldTokens:
        """By Google's own client: LangChain's passes no probabilities on."""
        client = cast("Client", cast("ChatGoogleGenerativeAI", service).client)
        config = GenerateContentConfig.model_validate(options)
        answer = await client.aio.models.generate_content(model=self._model, contents=text, config=config)
        blocked = answer.prompt_feedback and answer.prompt_feedback.block_reason
        candidate = answer.candidates[0] if answer.candidates else None
        if candidate is None:
            return ToldTokens(is_refused=bool(blocked))
        ending = candidate.finish_reason.value if candidate.finish_reason else ""
        return ToldTokens(tuple(_entries(candidate.logprobs_result)), bool(blocked) or ending.lower() in REFUSALS)

    def fault(self, error: Exception) -> Fault:
        told = error if isinstance(error, APIError) else error.__cause__
        if isinstance(told, APIError):
            return fault_of(told.code or 500, str(told), _asked_to_wait(told))
        return UNREACHABLE if isinstance(error, httpx.HTTPError | OSError) else MALFORMED


def _entries(told: LogprobsResult | None) -> Iterator[dict[str, Any]]:
    """In OpenAI's form. The token that was chosen need not be among the likeliest."""
    if told is None:
        return
    places = zip_longest(told.chosen_candidates or (), told.top_candidates or ())
    for chosen, place in places:
        likeliest = [_entry(token) for token in (place.candidates if place else None) or ()]
        yield {**(_entry(chosen) if chosen else likeliest[0]), "top_logprobs": likeliest}


def _entry(token: LogprobsResultCandidate) -> dict[str, Any]:
    return {"token": token.token or "", "token_id": token.token_id, "logprob": token.log_probability}


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
