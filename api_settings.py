"""Options of who may call the program: by which names, and whether other programs may."""

from __future__ import annotations

import re

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

HOST = re.compile(r"(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[?[0-9a-f:]+\]?", re.IGNORECASE)


class ApiSettings(BaseSettings):
    """A part of Settings."""

    hosts: str = Field(
        default="",
        description="names that the page may be called by besides this machine's, *.NAME for all below it; divided by "
        "commas. Without any, a page that listens on every interface may be called by all",
    )
    api_key: SecretStr | None = Field(
        default=None, min_length=20, description="opens /api/ask, /api/models and /api/mcp to programs that bring it"
    )
    space_id: str | None = Field(default=None, validation_alias="space_id", description="set by Hugging Face's Spaces")

    @field_validator("hosts")
    @classmethod
    def _are_names(cls, given: str) -> str:
        for name in (part.strip() for part in given.split(",") if part.strip()):
            if not HOST.fullmatch(name):
                raise ValueError(f"{name!r} is no name of a host; give it without scheme, port and path")
        return given

    @property
    def allowed_hosts(self) -> tuple[str, ...]:
        """Names."""
        return tuple(part.strip() for part in self.hosts.split(",") if part.strip())

    @property
    def is_space(self) -> bool:
        """Whether this runs on Hugging Face's Spaces."""
        return bool(self.space_id)
