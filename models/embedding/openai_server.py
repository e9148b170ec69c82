"""Embedders of OpenAI, and of every server that speaks as it does: vLLM, llama-server, Ollama."""

from __future__ import annotations

from langchain_openai import OpenAIEmbeddings
from openai import APIStatusError, OpenAIError
from pydantic import SecretStr

from models.embedding.remote import Faults, RemoteEmbedder

OPENAI = "https://api.openai.com/v1"
TIMEOUT_S = 30.0
MAX_BATCH = 64


def openai_embedder(model: str, key: str | None, base_url: str | None) -> RemoteEmbedder:
    """Servers of one's own often want no ``key``."""
    service = OpenAIEmbeddings(
        model=model,
        openai_api_key=SecretStr(key or "none"),
        openai_api_base=base_url or OPENAI,
        request_timeout=TIMEOUT_S,
        max_retries=0,  # RemoteEmbedder's part
        chunk_size=MAX_BATCH,
        check_embedding_ctx_length=False,  # else it downloads a vocabulary, and sends ids that only OpenAI reads
    )
    return RemoteEmbedder(f"openai/{model}", service, MAX_BATCH, Faults(OpenAIError, _status))


def _status(error: Exception) -> int | None:
    return error.status_code if isinstance(error, APIStatusError) else None
