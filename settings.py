"""Every option, its default and its ``TERTULIA_`` variable. The only reader of the environment and of ``.env``."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from platformdirs import user_cache_path, user_data_path
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from errors import SettingInvalid


class Settings(BaseSettings):
    """What the operator chose. An argument beats a variable, a variable beats ``.env``, and that beats the default."""

    model_config = SettingsConfigDict(
        env_prefix="TERTULIA_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    host: str = "127.0.0.1"
    port: int = Field(default=7860, ge=0, le=65_535, description="0 takes any free port")
    language: Literal["en", "es"] | None = Field(default=None, description="of the console; the page asks the browser")
    model: Path | None = Field(default=None, description="a GGUF file; none means the default model")
    data_dir: Path = Field(default_factory=lambda: user_data_path("tertulia", appauthor=False))
    cache_dir: Path = Field(default_factory=lambda: user_cache_path("tertulia", appauthor=False))
    share: bool = False
    password: SecretStr | None = Field(default=None, description="asked of every visitor when it is set")

    max_message_characters: int = Field(default=16_000, ge=1)
    max_answer_tokens: int = Field(default=1_024, ge=1)
    context_tokens: int = Field(default=8_192, ge=256, description="window of one request; the model's own if smaller")
    max_sequences: int = Field(default=8, ge=1, le=64, description="requests decoded in one batch")
    threads: int | None = Field(default=None, ge=1, description="of the engine; none means all cores of this machine")

    temperature: float = Field(default=0.6, ge=0.0, le=5.0)
    top_p: float = Field(default=0.95, gt=0.0, le=1.0)
    top_k: int = Field(default=40, ge=0)
    min_p: float = Field(default=0.05, ge=0.0, lt=1.0)

    @classmethod
    def load(cls, **given: Any) -> Settings:
        """Read the environment and ``.env``; ``given`` options that are not None win. Raises SettingInvalid."""
        try:
            return cls(**{name: value for name, value in given.items() if value is not None})
        except ValidationError as error:
            fault = error.errors()[0]
            name = str(fault["loc"][0])
            raise SettingInvalid(name=f"{name} (TERTULIA_{name.upper()})", reason=fault["msg"]) from error
