"""Options of the public link, and of what visitors may have."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings


class SharingSettings(BaseSettings):
    """Read as a part of ``settings.Settings``."""

    share: bool = False
    share_hours: float = Field(default=3.0, ge=0.1, le=168.0, description="until a public link ends by itself")
    share_server: str | None = Field(
        default=None,
        pattern=r"^[\w.:\[\]-]+:\d+$",
        description="host:port of a tunnel server of your own instead of Gradio's",
    )
    limits: str = Field(
        default="",
        description="what visitors may have where it is not the usual: NAME=NUMBER, divided by commas; docs/limits",
    )
