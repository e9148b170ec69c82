"""Finds a room's model by its name.

local/NAME      the model of this machine, the first and the default
google/MODEL    Gemini
openai/MODEL    OpenAI, or a server that speaks as it does
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from chains.options import SamplingChoice
from chains.room_model import RoomModel
from errors import ModelUnknown
from models.remote.chat_model import RemoteChatModel
from models.remote.estimated_prompt import EstimatingPromptReader
from models.remote.keys import ServiceKeys
from models.remote.wire import Wire

WIRES = {"google": "models.remote.gemini:GeminiWire", "openai": "models.remote.openai_server:OpenAIWire"}
MAX_ANSWER_TOKENS = 8_192  # models that think spend these on their thoughts too


@dataclass(frozen=True)
class RemoteLimits:
    """``context_tokens`` are paid for at every call, so that no more of a long conversation is sent."""

    context_tokens: int = 32_768


class ChatModelShelf:
    """Knows the model of this machine and those of services that the operator offers.

    The libraries of services take seconds to load: they are looked up by name when a model is first called.
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
        named = {name: self._remote(name) for name in offered if self._is_open(name)}
        self._models = {local.name: local, **named}

    def names(self) -> tuple[str, ...]:
        """What a person may choose from, the default first; without those that no key opens."""
        return tuple(self._models)

    def get(self, name: str) -> RoomModel:
        """The model called ``name``, "" the default. Raises ModelUnknown."""
        model = self._models.get(name or self._local.name)
        if model is None:
            raise ModelUnknown(model=name)
        return model

    def _is_open(self, name: str) -> bool:
        service, _, model = name.partition("/")
        is_openai = service == "openai" and bool(self._keys.openai or self._keys.openai_base_url)
        return bool(model) and (is_openai or (service == "google" and bool(self._keys.google)))

    def _remote(self, name: str) -> RoomModel:
        context_tokens = self._limits.context_tokens
        chat_model = remote_model(name, self._keys, context_tokens)
        defaults = SamplingChoice(max_tokens=min(MAX_ANSWER_TOKENS, context_tokens // 2))
        return RoomModel(chat_model, EstimatingPromptReader(), name, context_tokens, defaults)


def remote_model(name: str, keys: ServiceKeys, context_tokens: int = RemoteLimits.context_tokens) -> RemoteChatModel:
    """The model of a service called ``name``. Raises ModelUnknown when it is called first, or for another's name."""
    service, _, model = name.partition("/")
    if service not in WIRES:
        raise ModelUnknown(model=name)
    make_wire = partial(_wire, name, WIRES[service], model, keys)
    return RemoteChatModel(model_name=name, context_tokens=context_tokens, make_wire=make_wire)


def _wire(name: str, maker: str, model: str, keys: ServiceKeys) -> Wire:
    """Raises ModelUnknown when the library is missing, or cannot be loaded on this machine."""
    try:
        make: Callable[[str, ServiceKeys], Wire] = pkgutil.resolve_name(maker)
        return make(model, keys)
    except (ImportError, OSError, RuntimeError) as error:
        raise ModelUnknown(model=name) from error
