"""The settings of filters."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings


class FilterSettings(BaseSettings):
    """What is not to be asked or told here."""

    filters: Path | None = Field(default=None, description="a YAML file of patterns; none means no filters of your own")
