"""Options of whoever watches the program from elsewhere."""

from __future__ import annotations

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings


class WatchingSettings(BaseSettings):
    """Read as a part of ``settings.Settings``."""

    metrics_token: SecretStr | None = Field(
        default=None, min_length=20, description="opens /metrics to a monitor that brings it; none: to this machine"
    )
    otlp_endpoint: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s/@]+\S*$",
        description="where traces of answers are sent, as http://HOST:4318; none are made without",
    )
