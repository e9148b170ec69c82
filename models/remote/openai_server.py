"""Chat models of OpenAI, and of every server that speaks as it does: vLLM, llama-server, Ollama, OpenRouter."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import httpx
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage
from langchain_openai import ChatOpenAI
from langchain_openai.chat_models.base import BaseChatOpenAI
from openai import APIConnectionError, APIError, APIStatusError, OpenAIError
from pydantic import SecretStr

from models.remote.answer import REFUSALS
from models.remote.faults import MALFORMED, UNREACHABLE, Fault, fault_of
from models.remote.keys import ServiceKeys
from models.remote.wire import MALFORMED as MALFORMED_ERRORS
from models.remote.wire import UNSEEN, ToldTokens, ToolChoice, WrittenCall

OPENAI = "https://api.openai.com/v1"
SAME_NAMES = ("temperature", "top_p", "max_tokens", "presence_penalty", "frequency_penalty", "seed")
OF_OWN_SERVERS = ("top_k", "min_p", "repeat_penalty")  # which OpenAI's refuses
SECONDS = re.compile(r"\d+(\.\d+)?")
BAD_GATEWAY = 502
MAX_STOPS = 4
FEW_ALTERNATIVES, MAX_ALTERNATIVES = 5, 20  # of a token: what every server that tells any tells, and what OpenAI does
NEUTRAL = {"temperature": 1.0, "top_p": 1.0}  # some servers tell of probabilities after these


class OpenAIWire:
    """Without an address it is OpenAI itself. Servers of one's own often want no key."""

    adds_usage = False
    raises = (OpenAIError, httpx.HTTPError, OSError, *MALFORMED_ERRORS)

    def __init__(self, model: str, keys: ServiceKeys) -> None:
        self._model = model
        self._key = keys.openai
        self._base_url = keys.openai_base_url

    def service(self) -> BaseChatModel:
        # OpenAI's newer models want another name for max_tokens, which most other servers do not know.
        kind: type[BaseChatOpenAI] = BaseChatOpenAI if self._base_url else ChatOpenAI
        return kind(
            model_name=self._model,
            openai_api_key=SecretStr(self._key or "none"),
            openai_api_base=self._base_url or OPENAI,
            max_retries=0,  # RemoteChatModel's part, and so is the time-out
            request_timeout=None,
            stream_chunk_timeout=None,
            stream_usage=True,
            use_responses_api=False,
            # Connections that are kept would outlive the event loop that they belong to.
            http_async_client=httpx.AsyncClient(
                limits=httpx.Limits(max_keepalive_connections=0), timeout=httpx.Timeout(None)
            ),
        )

    def written(self, options: Mapping[str, Any], tools: ToolChoice) -> WrittenCall:
        needed: dict[str, Any] = {}
        if stops := options.get("stop"):
            needed["stop"] = list(stops)[:MAX_STOPS]
        if tools.tools:
            needed |= {"tools": list(tools.tools), "tool_choice": _choice(tools.choice)}
        shown = {"logprobs": True, "top_logprobs": options.get("top_logprobs", 0)} if options.get("logprobs") else {}
        own = {name: options[name] for name in OF_OWN_SERVERS if options.get(name) is not None}
        rare: dict[str, Any] = {"extra_body": own} if own and self._base_url else {}
        if tools.tools and options.get("parallel_tool_calls") is False:
            rare["parallel_tool_calls"] = False
        usual = {name: options[name] for name in SAME_NAMES if options.get(name) is not None}
        return WrittenCall(needed, (shown, rare, usual))

    def tokens_call(self, max_tokens: int) -> WrittenCall:
        needed = {"logprobs": True, "top_logprobs": FEW_ALTERNATIVES, "max_tokens": max_tokens}
        return WrittenCall(needed, ({"top_logprobs": MAX_ALTERNATIVES}, NEUTRAL))

    async def tokens(self, service: BaseChatModel, text: str, options: Mapping[str, Any]) -> ToldTokens:
        answer = await service.ainvoke([HumanMessage(text)], UNSEEN, **options)
        told = answer.response_metadata
        is_refused = told.get("finish_reason") in REFUSALS
        return ToldTokens(tuple((told.get("logprobs") or {}).get("content") or ()), is_refused)

    def fault(self, error: Exception) -> Fault:
        if isinstance(error, APIStatusError):
            asked = error.response.headers.get("retry-after", "")
            wait_s = float(asked) if SECONDS.fullmatch(asked) else None
            return fault_of(error.status_code, f"{error.code} {error.message}", wait_s)
        if isinstance(error, APIConnectionError | httpx.HTTPError | OSError):
            return UNREACHABLE
        if isinstance(error, APIError):  # in the middle of a stream, with no status
            code = str(error.code)
            status = int(code) if code.isdigit() else BAD_GATEWAY
            return fault_of(status, f"{error.code} {error.message}")
        return MALFORMED


def _choice(choice: str) -> str | dict[str, Any]:
    if choice in ("auto", "any"):
        return "required" if choice == "any" else choice
    return {"type": "function", "function": {"name": choice}}
