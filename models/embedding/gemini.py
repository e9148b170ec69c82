"""Embedders of Google's Gemini API."""

from __future__ import annotations

from google.genai.errors import APIError
from langchain_google_genai import GoogleGenerativeAIEmbeddings
from langchain_google_genai._common import GoogleGenerativeAIError
from pydantic import SecretStr

from models.embedding.remote import Faults, RemoteEmbedder

TIMEOUT_S = 30.0
MAX_BATCH = 64  # the service takes a hundred


def gemini_embedder(model: str, key: str, base_url: str | None) -> RemoteEmbedder:
    service = GoogleGenerativeAIEmbeddings(
        model=model,
        google_api_key=SecretStr(key),
        vertexai=False,  # whatever the environment says
        base_url=base_url,
        client_args={"timeout": TIMEOUT_S},
    )
    return RemoteEmbedder(f"google/{model}", service, MAX_BATCH, Faults(GoogleGenerativeAIError, _status))


def _status(error: Exception) -> int | None:
    """The integration wraps what it got, without a status of its own."""
    return error.__cause__.code if isinstance(error.__cause__, APIError) else None
