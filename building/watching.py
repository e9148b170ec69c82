"""What whoever watches the program is told by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from errors import TracingPackageMissing
from models.fleet import ModelFleet
from settings import Settings
from storage.database import Database

if TYPE_CHECKING:
    from chains.run_spans import RunSpans
    from components.catalogue import Catalogue
    from components.operator_status import OperatorStatus
    from components.presence import Presence
    from components.watching import Watching

PACKAGE = "opentelemetry-exporter-otlp-proto-http"


def build_watching(settings: Settings, fleet: ModelFleet, database: Database, presence: Presence) -> Watching:
    """Made before the rooms, which tell it of their turns. Raises TracingPackageMissing."""
    from components.metrics import Sources
    from components.watch_history import bytes_in
    from components.watching import Watching

    folder = settings.data_dir
    sources = Sources(
        lambda: [model.status for model in fleet.loaded()], fleet.totals, presence.count, lambda: bytes_in(folder)
    )
    token = settings.metrics_token.get_secret_value() if settings.metrics_token else ""
    spans = build_spans(settings.otlp_endpoint)
    if spans is None:
        return Watching(sources, database.check, token)
    return Watching(sources, database.check, token, (spans.turn_ended,), spans.close)


def build_spans(endpoint: str | None) -> RunSpans | None:
    """What sends traces, where somebody wants them. Raises TracingPackageMissing."""
    if endpoint is None:
        return None
    try:
        from chains.run_spans import RunSpans
    except ModuleNotFoundError as error:
        raise TracingPackageMissing(package=PACKAGE) from error
    return RunSpans(endpoint)


def build_status(watching: Watching, fleet: ModelFleet, catalogue: Catalogue) -> OperatorStatus:
    """The section of the operator's page."""
    from components.operator_status import OperatorStatus

    return OperatorStatus(watching, fleet.status, catalogue)
