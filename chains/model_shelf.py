"""Finds a room's model by its name.

local/NAME       the model of this machine, the first and the default
google/MODEL     Gemini
openai/MODEL     OpenAI, or a server that speaks as it does
PROVIDER/MODEL   another service, of those in models.remote.providers, by a package that is installed when it is wanted
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from chains.options import SamplingChoice
from chains.room_model import RoomModel
from errors import ModelError, ModelPackageMissing, ModelUnknown
from models.remote.chat_model import RemoteChatModel
from models.remote.estimated_prompt import EstimatingPromptReader
from models.remote.keys import ServiceKeys
from models.remote.providers import PROVIDERS, Provider, what_is_missing
from models.remote.wire import Wire

WIRES = {"google": "models.remote.gemini:GeminiWire", "openai": "models.remote.openai_server:OpenAIWire"}
PROVIDER_WIRE = "models.remote.provider_wire:ProviderWire"
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
        self._shut = {name: error for name in offered if (error := what_is_missing(name, self._keys))}
        named = {name: self._remote(name, self._keys) for name in offered if name not in self._shut}
        self._models = {local.name: local, **named}

    def names(self) -> tuple[str, ...]:
        """What a person may choose from, the default first; without those that ``shut`` tells of."""
        return tuple(self._models)

    def shut(self) -> Mapping[str, ModelError]:
        """Models that the operator offers and nobody can ask, with what is missing."""
        return self._shut

    def get(self, name: str, own: ServiceKeys | None = None) -> RoomModel:
        """The model called ``name``, "" the default. ``own`` keys of a visitor open every model of their services.

        Raises ModelUnknown, ModelKeyMissing or ModelPackageMissing.
        """
        service = name.partition("/")[0]
        if own and (key := own.of(service)):
            return self._opened(name, self._keys.with_key(service, key))
        if name in self._shut:
            return self._opened(name, self._keys)
        model = self._models.get(name or self._local.name)
        if model is None:
            raise ModelUnknown(model=name)
        return model

    def _opened(self, name: str, keys: ServiceKeys) -> RoomModel:
        if error := what_is_missing(name, keys):
            raise error
        return self._remote(name, keys)

    def _remote(self, name: str, keys: ServiceKeys) -> RoomModel:
        context_tokens = self._limits.context_tokens
        chat_model = remote_model(name, keys, context_tokens)
        defaults = SamplingChoice(max_tokens=min(MAX_ANSWER_TOKENS, context_tokens // 2))
        return RoomModel(chat_model, EstimatingPromptReader(), name, context_tokens, defaults)


def remote_model(name: str, keys: ServiceKeys, context_tokens: int = RemoteLimits.context_tokens) -> RemoteChatModel:
    """The model of a service called ``name``. Raises ModelUnknown for a service that nobody knows.

    What its library lacks is raised when it is called first: ModelUnknown or ModelPackageMissing.
    """
    service, _, model = name.partition("/")
    if service in PROVIDERS:
        make_wire = partial(_provider_wire, name, PROVIDERS[service], model, keys)
    elif service in WIRES:
        make_wire = partial(_wire, name, WIRES[service], model, keys)
    else:
        raise ModelUnknown(model=name)
    return RemoteChatModel(model_name=name, context_tokens=context_tokens, make_wire=make_wire)


def _wire(name: str, maker: str, model: str, keys: ServiceKeys) -> Wire:
    """Raises ModelUnknown when the library is missing, or cannot be loaded on this machine."""
    try:
        make: Callable[[str, ServiceKeys], Wire] = pkgutil.resolve_name(maker)
        return make(model, keys)
    except (ImportError, OSError, RuntimeError) as error:
        raise ModelUnknown(model=name) from error


def _provider_wire(name: str, provider: Provider, model: str, keys: ServiceKeys) -> Wire:
    """Raises ModelPackageMissing when the library is missing, or cannot be loaded on this machine."""
    service = name.partition("/")[0]
    try:
        make: Callable[..., Wire] = pkgutil.resolve_name(PROVIDER_WIRE)
        return make(provider, model, keys.of(service) or "", keys.other_base_urls.get(service))
    except (ImportError, OSError, RuntimeError) as error:
        raise ModelPackageMissing(model=name, package=provider.package) from error
