"""The engine of the program, as its settings have it."""

from __future__ import annotations

from models.default_model import default_model_file
from models.engine.protocol import EngineOptions
from settings import Settings


def own_engine_options(settings: Settings) -> EngineOptions:
    """Of the default model."""
    return EngineOptions(
        model_path=default_model_file().absolute(),
        conversion_dir=settings.cache_dir.absolute() / "models",
        context_tokens=settings.context_tokens,
        max_sequences=settings.max_sequences,
        threads=settings.engine_threads,
    )
