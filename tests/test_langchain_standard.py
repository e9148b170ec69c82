"""LangChain's own tests of what a chat model is, over an engine that obeys every grammar. None is expected to fail."""

from __future__ import annotations

from typing import Any

from langchain_tests.integration_tests import ChatModelIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests

from models.chat_model import LocalChatModel
from tests.scripted_engine import ObedientEngine


class OfLocalChatModel:
    """What both suites ask first."""

    @property
    def chat_model_class(self) -> type[LocalChatModel]:
        return LocalChatModel

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"engine": ObedientEngine(), "model": "local/test", "context_tokens": 2_048}

    @property
    def supports_json_mode(self) -> bool:
        return True

    @property
    def supports_model_override(self) -> bool:
        """One engine serves one model."""
        return False

    @property
    def supported_usage_metadata_details(self) -> Any:
        return {"invoke": ["cache_read_input"], "stream": ["cache_read_input"]}

    def invoke_with_cache_read_input(self, *, stream: bool = False) -> Any:
        model = LocalChatModel(**self.chat_model_params)
        return list(model.stream("Hello"))[-1] if stream else model.invoke("Hello")


class TestUnit(OfLocalChatModel, ChatModelUnitTests):
    """Construction, parameters, binding."""


class TestIntegration(OfLocalChatModel, ChatModelIntegrationTests):
    """Calls, streams, tools, structured output."""
