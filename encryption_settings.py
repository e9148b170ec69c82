"""The operator's key that conversations are encrypted with."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings


class EncryptionSettings(BaseSettings):
    """Read as a part of ``settings.Settings``."""

    data_key: SecretStr | None = Field(
        default=None, description="a pass phrase, or 32 bytes in base64, that conversations are encrypted with"
    )
    data_key_file: Path | None = Field(default=None, description="a file that holds it, where data_key is not given")

    @property
    def has_data_key(self) -> bool:
        """Whether conversations are encrypted."""
        return self.data_key is not None or self.data_key_file is not None
