"""The settings of the log."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings


class LoggingSettings(BaseSettings):
    """Read as a part of ``settings.Settings``."""

    log_format: Literal["text", "json"] = Field(default="text", description="of each line of the log")
    log_file: Path | None = Field(default=None, description="where the log is written besides the console; it rotates")
