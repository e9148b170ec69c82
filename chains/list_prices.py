"""What an answer of a service costs by the prices that services publish."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from chains.run_record import RunRecord
from models.remote.providers import SERVICES

LIBRARY = "genai_prices"


@dataclass(frozen=True)
class Cost:
    """Dollars. ``source`` names the list of prices, which is as old as that version of it."""

    usd: float
    source: str


class Prices(Protocol):
    """Knows what runs cost."""

    def cost(self, run: RunRecord) -> Cost | None:
        """What ``run`` cost, None where that is not known. May block."""


class ListPrices:
    """Prices of tokens, read or written or read from a service's cache, that lie in a library as data.

    ``is_moved`` tells of services that are asked at another address, where these prices mean nothing. The library takes
    a third of a second and 20 MB: it is loaded for the first answer of a service. It asks no network.
    """

    def __init__(self, is_moved: Callable[[str], bool]) -> None:
        self._is_moved = is_moved

    def cost(self, run: RunRecord) -> Cost | None:
        """None for local models, servers of one's own, models that are not in the list, and tokens nobody counted."""
        service, _, model = run.model.partition("/")
        if service not in SERVICES or self._is_moved(service) or run.num_prompt is None or run.num_output is None:
            return None
        library: Any = pkgutil.resolve_name(LIBRARY)
        try:
            usage = library.Usage(
                input_tokens=run.num_prompt, cache_read_tokens=run.num_cached or 0, output_tokens=run.num_output
            )
            price = library.calc_price(usage, model, provider_id=service)
        except (LookupError, ValueError):  # no such model; counts that contradict each other
            return None
        if price.model_price.input_mtok is None or price.model_price.output_mtok is None:
            return None  # what has no price would be counted as free
        return Cost(float(price.total_price), f"genai-prices {library.__version__}")
