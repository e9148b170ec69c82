"""What other programs may ask."""

from __future__ import annotations

from chains.model_shelf import Models
from chains.plain_answers import PlainAnswers
from components.api_routes import ProgramsRoom
from settings import Settings


def build_programs(settings: Settings, models: Models) -> ProgramsRoom | None:
    """None unless the operator set a key for them."""
    if settings.api_key is None:
        return None
    return ProgramsRoom(PlainAnswers(models, settings.max_message_characters), settings.api_key.get_secret_value())
