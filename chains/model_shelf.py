"""Finds a room's model by its name, and has it made when it is first asked for.

local/NAME      the model of this machine, the first and the default
google/MODEL    Gemini
openai/MODEL    OpenAI, or a server that speaks as it does
"""

from __future__ import annotations

import pkgutil
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from langchain_core.language_models import BaseChatModel

from chains.options import SamplingChoice
from chains.room_model import RoomModel
from errors import ModelUnknown
from models.remote.estimated_prompt import EstimatingPromptReader
from models.remote.keys import ServiceKeys

MAKERS = {"google": "models.remote.gemini:gemini_model", "openai": "models.remote.openai_server:openai_model"}
MAX_ANSWER_TOKENS = 8_192  # models that think spend these on their thoughts too


@dataclass(frozen=True)
class RemoteLimits:
    """``context_tokens`` are paid for at every call, so that no more of a long conversation is sent."""

    context_tokens: int = 32_768


class ChatModelShelf:
    """Each model of a service is made once, at the first ``get``, in whatever thread that comes.

    Their modules are looked up by name and not imported here: a library of one takes seconds to load, and the page
    must start without them all.
    """

    def __init__(
        self,
        local: RoomModel,
        keys: ServiceKeys | None = None,
        offered: Sequence[str] = (),
        limits: RemoteLimits | None = None,
    ) -> None:
        self._local = local
        self._keys = keys or ServiceKeys()
        self._limits = limits or RemoteLimits()
        self._names = tuple(dict.fromkeys((local.name, *(name for name in offered if self._is_open(name)))))
        self._lock = threading.Lock()
        self._made = {local.name: local}

    def names(self) -> tuple[str, ...]:
        """What a person may choose from, the default first; without those that no key opens."""
        return self._names

    def get(self, name: str) -> RoomModel:
        """The model called ``name``, "" the default. Blocks. Raises ModelUnknown."""
        name = name or self._local.name
        if name not in self._names:
            raise ModelUnknown(model=name)
        with self._lock:
            if name not in self._made:
                self._made[name] = self._make(name)
            return self._made[name]

    def is_local(self, name: str) -> bool:
        """True for the model of this machine; no library is loaded to tell."""
        return name in ("", self._local.name)

    def _is_open(self, name: str) -> bool:
        service, _, model = name.partition("/")
        is_openai = service == "openai" and bool(self._keys.openai or self._keys.openai_base_url)
        return bool(model) and (is_openai or (service == "google" and bool(self._keys.google)))

    def _make(self, name: str) -> RoomModel:
        """The caller holds the lock."""
        service, _, model = name.partition("/")
        context_tokens = self._limits.context_tokens
        try:
            make: Callable[[str, str, ServiceKeys, int], BaseChatModel] = pkgutil.resolve_name(MAKERS[service])
            chat_model = make(name, model, self._keys, context_tokens)
        except (ImportError, OSError, RuntimeError) as error:
            raise ModelUnknown(model=name) from error
        defaults = SamplingChoice(max_tokens=min(MAX_ANSWER_TOKENS, context_tokens // 2))
        return RoomModel(chat_model, EstimatingPromptReader(), name, context_tokens, defaults)
