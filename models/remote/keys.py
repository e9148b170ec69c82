"""What opens the services of models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class ServiceKeys:
    """Keys, and where the services are when not at their usual addresses. A server of one's own may want no key.

    ``others`` and ``other_base_urls`` are of the services in ``models.remote.providers``, by name.
    """

    google: str | None = field(default=None, repr=False)
    google_base_url: str | None = None
    openai: str | None = field(default=None, repr=False)
    openai_base_url: str | None = None
    others: Mapping[str, str] = field(default_factory=dict, repr=False)
    other_base_urls: Mapping[str, str] = field(default_factory=dict)

    def of(self, service: str) -> str | None:
        """The key of ``service``."""
        return {"google": self.google, "openai": self.openai}.get(service) or self.others.get(service)

    def is_moved(self, service: str) -> bool:
        """Whether ``service`` is asked at another address than its usual one."""
        addresses = {"google": self.google_base_url, "openai": self.openai_base_url}
        return bool(addresses.get(service) or self.other_base_urls.get(service))

    def with_key(self, service: str, key: str) -> ServiceKeys:
        """The same with another key of ``service``."""
        if service == "google":
            return replace(self, google=key)
        if service == "openai":
            return replace(self, openai=key)
        return replace(self, others={**self.others, service: key})
