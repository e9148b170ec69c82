"""What the operator chooses where several processes serve the same visitors; part of Settings."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings


class ScaleSettings(BaseSettings):
    """All are empty on one machine."""

    chroma_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s/@]+/?$",
        description="a Chroma server for all replicas, on a private network; none means files in data_dir",
    )
    first_model: str | None = Field(
        default=None,
        pattern=r"^\w+/\S+$",
        description="SERVICE/MODEL that visitors begin with; none means the one of this machine",
    )
    behind_proxy: bool = Field(
        default=False, description="nobody reaches us but through a proxy that says in X-Forwarded-For who asks"
    )
    shared_dir: Path | None = Field(
        default=None, description="a folder that all replicas see, for documents and owner.key; none means data_dir"
    )
