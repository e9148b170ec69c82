"""The settings of what is hidden from services of models."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings


class MaskingSettings(BaseSettings):
    """Read as a part of ``settings.Settings``."""

    mask_cloud: Literal["asked", "always"] = Field(
        default="asked", description="when personal data is hidden from services: as each visitor chooses, or always"
    )
