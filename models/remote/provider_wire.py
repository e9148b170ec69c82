"""Chat models of any service that LangChain has a package for, by its ``init_chat_model``."""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Mapping
from typing import Any, cast

import httpx
from langchain.chat_models import init_chat_model
from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import RunnableBinding
from pydantic import SecretStr

from models.remote.faults import MALFORMED, UNREACHABLE, Fault, fault_of
from models.remote.providers import Provider
from models.remote.wire import MALFORMED as MALFORMED_ERRORS
from models.remote.wire import ToldTokens, ToolChoice, WrittenCall

MAX_STOPS = 4
SECONDS = re.compile(r"\d+(\.\d+)?")
FIRST_FAULT = 400
BAD_GATEWAY = 502
SILENCE_S = 600  # RemoteChatModel gives up long before; not all packages can do without a limit
STATUS_OF = {  # of faults in the middle of a stream, which began with 200
    "invalid_request_error": 400,
    "authentication_error": 401,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "overloaded_error": 529,
}


class ProviderWire:
    """Raises ImportError when the provider's package is not installed."""

    adds_usage = True  # LangChain's packages count what is new in each piece

    def __init__(self, provider: Provider, model: str, key: str, base_url: str | None = None) -> None:
        self._provider = provider
        kinds = ("APIError", "APIConnectionError") if provider.client else ()
        known = tuple(cast("type[Exception]", pkgutil.resolve_name(f"{provider.client}:{kind}")) for kind in kinds)
        self._lost: tuple[type[Exception], ...] = (*known[1:], httpx.TransportError, OSError)
        self.raises: tuple[type[Exception], ...] = (*known, httpx.HTTPError, OSError, *MALFORMED_ERRORS)
        base_url = base_url or provider.base_url
        address: dict[str, Any] = {"base_url": base_url} if base_url else {}
        self._service: BaseChatModel = init_chat_model(
            model,
            model_provider=provider.langchain_name,
            api_key=SecretStr(key),
            max_retries=0,  # RemoteChatModel's part, and so is the time-out
            timeout=SILENCE_S,
            **address,
        )

    def service(self) -> BaseChatModel:
        return self._service

    def written(self, options: Mapping[str, Any], tools: ToolChoice) -> WrittenCall:
        needed: dict[str, Any] = {}
        if limit := options.get("max_tokens"):
            needed["max_tokens"] = limit
        if stops := options.get("stop"):
            needed["stop"] = list(stops)[:MAX_STOPS]
        if tools.tools:
            bound = self._service.bind_tools(list(tools.tools), tool_choice=tools.choice)
            needed |= cast("RunnableBinding[Any, Any]", bound).kwargs
        rare = self._named(options, is_rare=True)
        return WrittenCall(needed, (rare, self._named(options, is_rare=False)))

    def _named(self, options: Mapping[str, Any], *, is_rare: bool) -> dict[str, Any]:
        """Options of ours by the provider's names, the rare ones or the others."""
        provider, named = self._provider, {}
        for ours, theirs in provider.options.items():
            value = options.get(ours)
            if value is None or (ours in provider.rare) is not is_rare or (ours == "top_k" and not value):
                continue  # 0 is off here, and refused there
            named[theirs] = min(value, provider.highest_temperature) if ours == "temperature" else value
        return named

    def tokens_call(self, max_tokens: int) -> WrittenCall:
        return WrittenCall({}, ())

    async def tokens(self, service: BaseChatModel, text: str, options: Mapping[str, Any]) -> ToldTokens:
        """Nothing is asked: most of these services tell of no token's probability."""
        return ToldTokens()

    def fault(self, error: Exception) -> Fault:
        response = getattr(error, "response", None)
        status = getattr(error, "status_code", None) or getattr(response, "status_code", None)
        if isinstance(status, int):
            words = _words(error)
            status = status if status >= FIRST_FAULT else _status_told(error)
            return fault_of(status, words, _asked_to_wait(response))
        return UNREACHABLE if isinstance(error, self._lost) else MALFORMED


def _words(error: Exception) -> str:
    """Everything that a service said: read for what it means, told to nobody."""
    return f"{error} {getattr(error, 'body', None) or ''}"


def _status_told(error: Exception) -> int:
    body = getattr(error, "body", None)
    told = body.get("error", body) if isinstance(body, dict) else {}
    return STATUS_OF.get(str(told.get("type")), BAD_GATEWAY) if isinstance(told, dict) else BAD_GATEWAY


def _asked_to_wait(response: Any) -> float | None:
    """Seconds."""
    headers = getattr(response, "headers", None)
    asked = str(headers.get("retry-after", "")) if headers is not None else ""
    return float(asked) if SECONDS.fullmatch(asked) else None
