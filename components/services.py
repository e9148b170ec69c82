"""What the page needs from the program around it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chains.conversations import Conversations
from components.catalogue import Catalogue
from components.owner import OwnerCookie
from models.status import ModelStatus


@dataclass(frozen=True)
class Services:
    """``model_status`` answers at once, without asking the model."""

    conversations: Conversations
    model_status: Callable[[], ModelStatus]
    catalogue: Catalogue
    owners: OwnerCookie
