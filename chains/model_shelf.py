"""Finds a room's model by its name.

local/NAME       models of this machine, the first of which is the default
google/MODEL     Gemini
openai/MODEL     OpenAI, or a server that speaks as it does
PROVIDER/MODEL   another service, of those in models.remote.providers, by a package that is installed when it is wanted
"""

from __future__ import annotations

import pkgutil
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeAlias

from chains.answer_guard import OPEN, AnswerGuard
from chains.fallback import hiding, in_order
from chains.options import ConversationOptions, SamplingChoice
from chains.room_model import RoomModel
from errors import KeyNotLent, ModelError, ModelPackageMissing, ModelUnknown
from models.remote.chat_model import RemoteChatModel
from models.remote.estimated_prompt import EstimatingPromptReader
from models.remote.keys import ServiceKeys
from models.remote.providers import PROVIDERS, Provider, what_is_missing
from models.remote.visitor_keys import VisitorKeys
from models.remote.wire import Wire

WIRES = {"google": "models.remote.gemini:GeminiWire", "openai": "models.remote.openai_server:OpenAIWire"}
PROVIDER_WIRE = "models.remote.provider_wire:ProviderWire"
LOCAL = "local"
_Names: TypeAlias = tuple[str | int, ...]  # of what a model was made of, and for whom or how
_MadeOf: TypeAlias = tuple[tuple[object, ...], RoomModel]
USUAL_RETRIES: int = ConversationOptions.model_fields["retries"].default
MAX_KEPT = 200  # models made for visitors' own keys, or with others that stand in for them
MAX_ANSWER_TOKENS = 8_192  # models that think spend these on their thoughts too


@dataclass(frozen=True)
class RemoteLimits:
    """``context_tokens`` are paid for at every call, so that no more of a long conversation is sent.

    ``first`` is the model of a service that everybody begins with, before those of this machine. ``hides_personal``: no
    service is told personal data, whatever anybody chose. ``lends`` tells whether an owner may use the operator's keys.
    """

    context_tokens: int = 32_768
    first: str = ""
    hides_personal: bool = False
    lends: Callable[[str], bool] = lambda owner: True


class LocalRooms(Protocol):
    """The models of this machine, as rooms talk to them."""

    def names(self) -> tuple[str, ...]:
        """The program's first one at the front."""

    def get(self, name: str) -> RoomModel:
        """The one called ``name``. Raises ModelUnknown."""


class Models(Protocol):
    """What a room asks for its model, with each question anew."""

    def names(self, owner: str = "") -> tuple[str, ...]:
        """What ``owner`` may choose from, the default first."""

    def get(self, name: str, owner: str = "") -> RoomModel:
        """The model called ``name``, "" the default. Raises ModelUnknown, KeyNotLent, ModelKeyMissing or
        ModelPackageMissing.
        """

    def chosen(self, options: ConversationOptions, owner: str = "") -> RoomModel:
        """The model that ``options`` name, with those that stand in for it. Raises what ``get`` raises."""


class ChatModelShelf:
    """Knows the models of this machine, those of services that the operator offers, and those of visitors' own keys.

    The libraries of services take seconds to load: they are looked up by name when a model is first called. Safe from
    any thread.
    """

    def __init__(
        self,
        local: LocalRooms,
        keys: ServiceKeys | None = None,
        offered: Sequence[str] = (),
        visitors: VisitorKeys | None = None,
        limits: RemoteLimits | None = None,
        guard: AnswerGuard = OPEN,
    ) -> None:
        self._guard = guard
        self._local = local
        self._keys = keys or ServiceKeys()
        self._visitors = visitors or VisitorKeys()
        self._limits = limits or RemoteLimits()
        self._shut = {name: error for name in offered if (error := what_is_missing(name, self._keys))}
        self._offered = {name: self._remote(name, self._keys) for name in offered if name not in self._shut}
        self._lock = threading.Lock()
        self._made: OrderedDict[_Names, _MadeOf] = OrderedDict()  # the one used longest ago comes first
        self._visitors.watch(self._let_go)

    def names(self, owner: str = "") -> tuple[str, ...]:
        """What ``owner`` may choose from, the default first; without those that ``shut`` tells of."""
        added = self._visitors.models(owner) if owner else ()
        offered = self._offered if self.lends(owner) else ()
        return tuple(dict.fromkeys((*self._first(owner), *self._local.names(), *offered, *added)))

    def lends(self, owner: str) -> bool:
        """Whether ``owner`` may use the operator's keys."""
        return self._limits.lends(owner)

    @property
    def keys(self) -> ServiceKeys:
        """The operator's."""
        return self._keys

    @property
    def always_hides(self) -> bool:
        """The operator decided that no service is told personal data."""
        return self._limits.hides_personal

    def offered(self) -> tuple[str, ...]:
        """Models of services that the operator offers to everybody; those that ``shut`` tells of come last."""
        return (*self._offered, *self._shut)

    def by_operators_keys(self) -> Mapping[str, RoomModel]:
        """Models of services that the operator offers, whoever may ask them."""
        return self._offered

    def offer(self, name: str) -> None:
        """From now on the model of a service called ``name`` is offered, too, until the program ends.

        Raises ModelUnknown, ModelKeyMissing or ModelPackageMissing.
        """
        self._offered = {**self._offered, name: self._opened(name, self._keys)}

    def withdraw(self, name: str) -> None:
        """Undo ``offer``; conversations that chose the model say that it is not offered any more."""
        self._offered = {other: model for other, model in self._offered.items() if other != name}

    def shut(self) -> Mapping[str, ModelError]:
        """Models that the operator offers and nobody can ask, with what is missing."""
        return self._shut

    def get(self, name: str, owner: str = "") -> RoomModel:
        """The model called ``name``, "" the default. A key of ``owner``'s own opens every model of its service to him.

        Raises ModelUnknown, KeyNotLent, ModelKeyMissing or ModelPackageMissing.
        """
        name = name or (*self._first(owner), *self._local.names())[0]
        service = name.partition("/")[0]
        if service == LOCAL:
            return self._local.get(name)
        if key := self._visitors.of(owner).of(service) if owner else None:
            return self._kept((name, owner), (key,), partial(self._opened, name, self._keys.with_key(service, key)))
        if error := self._shut.get(name):
            raise error
        if name not in self._offered:
            raise ModelUnknown(model=name)
        if not self.lends(owner):
            raise KeyNotLent(model=name)
        return self._offered[name]

    def chosen(self, options: ConversationOptions, owner: str = "") -> RoomModel:
        """The model that ``options`` name, with those that stand in for it. Raises what ``get`` raises.

        One that cannot be asked stands in for nobody.
        """
        models = [self.get(options.model, owner)]
        for name in options.fallbacks:
            with suppress(ModelError):
                models.append(self.get(name, owner))
        hides = options.hides_personal and not self._limits.hides_personal
        if len(models) == 1 and options.retries == USUAL_RETRIES and not hides:
            return models[0]
        names: _Names = (*(model.name for model in models), options.retries, hides)
        return self._kept(names, tuple(models), partial(in_order, models, options.retries, hides_personal=hides))

    def _first(self, owner: str) -> tuple[str, ...]:
        """Unless it is not offered any more, or not to ``owner``."""
        return (self._limits.first,) if self._limits.first in self._offered and self.lends(owner) else ()

    def _kept(self, names: _Names, made_of: tuple[object, ...], make: Callable[[], RoomModel]) -> RoomModel:
        """Connecting to a service takes long: what was made of the very same is used again."""
        with self._lock:
            kept = self._made.pop(names, None)
            model = kept[1] if kept is not None and kept[0] == made_of else make()
            self._made[names] = (made_of, model)
            while len(self._made) > MAX_KEPT:
                self._made.popitem(last=False)
        return model

    def _let_go(self, owner: str) -> None:
        """Forget what was made with keys of ``owner``'s own."""
        with self._lock:
            own = [self._made.pop(names)[1] for names in tuple(self._made) if names[1:] == (owner,)]
            for names, (made_of, _) in tuple(self._made.items()):
                if any(model is part for model in own for part in made_of):
                    del self._made[names]

    def _opened(self, name: str, keys: ServiceKeys) -> RoomModel:
        if error := what_is_missing(name, keys):
            raise error
        return self._remote(name, keys)

    def _remote(self, name: str, keys: ServiceKeys) -> RoomModel:
        context_tokens = self._limits.context_tokens
        chat_model = remote_model(name, keys, context_tokens)
        defaults = SamplingChoice(max_tokens=min(MAX_ANSWER_TOKENS, context_tokens // 2))
        made = RoomModel(chat_model, EstimatingPromptReader(), name, context_tokens, defaults, guard=self._guard)
        return hiding(made) if self._limits.hides_personal else made


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
        raise ModelPackageMissing(model=name, package=provider.requirement) from error
