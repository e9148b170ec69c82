"""What opens the services of models."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class ServiceKeys:
    """Keys, and where the services are when not at their usual addresses. A server of one's own may want no key."""

    google: str | None = field(default=None, repr=False)
    google_base_url: str | None = None
    openai: str | None = field(default=None, repr=False)
    openai_base_url: str | None = None
