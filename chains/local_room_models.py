"""The models of this machine as a room talks to them."""

from __future__ import annotations

from chains.answer_guard import OPEN, AnswerGuard
from chains.options import SamplingChoice
from chains.room_model import RoomModel
from models.chat_model import LocalChatModel
from models.local_models import LocalModels
from models.model_card import FileCard, Task


class LocalRoomModels:
    """Made from what the files tell: none is loaded for it. ``defaults`` are the program's settings."""

    def __init__(self, local: LocalModels, defaults: SamplingChoice | None = None, guard: AnswerGuard = OPEN) -> None:
        self._guard = guard
        self._local = local
        self._defaults = defaults or SamplingChoice()
        self._made: dict[str, tuple[FileCard, RoomModel]] = {}

    def names(self) -> tuple[str, ...]:
        """The program's first one at the front."""
        return self._local.names()

    def get(self, name: str) -> RoomModel:
        """The one called ``name``, the same object as long as its file is the same. Raises ModelUnknown."""
        card = self._local.card(name)
        made_of, model = self._made.get(name, (None, None))
        if model is None or made_of != card:
            model = self._room_model(name, card)
            self._made[name] = (card, model)
        return model

    def _room_model(self, name: str, card: FileCard) -> RoomModel:
        context_tokens = self._local.context_tokens(name)
        longest = min(self._defaults.max_tokens or context_tokens, context_tokens // 2)
        defaults = self._defaults.model_copy(update={"max_tokens": longest})
        model = LocalChatModel(
            engine=self._local.engine(name), model_name=name, context_tokens=context_tokens, **defaults.chosen()
        )
        is_chat = card.task is Task.CHAT
        return RoomModel(model, model, name, context_tokens, defaults, is_chat, card.num_parameters, self._guard)
