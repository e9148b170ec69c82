"""What stands between a visitor and the models of services: what is open to whom, and whether it answers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from chains.model_shelf import ChatModelShelf, remote_model
from errors import KeyNotLent, ModelKeyMissing
from models.remote.chat_model import RemoteChatModel
from models.remote.keys import ServiceKeys
from models.remote.model_list import SERVER, listed_models
from models.remote.providers import SERVICES, key_variable, missing_package, what_is_missing
from models.remote.visitor_keys import VisitorKeys


class ServiceState(StrEnum):
    """Whether a service's models can be asked, and by whose key."""

    OPEN = "open"
    OWN_KEY = "own_key"
    NO_KEY = "no_key"
    NO_PACKAGE = "no_package"


@dataclass(frozen=True)
class ServiceCard:
    """What one visitor may know of a service.

    ``own_key`` is a key of his own, masked. ``requirement`` is what to install. ``offered`` are the models open to him
    because the operator offers them, ``shut`` those that are offered and lack something, ``added`` those that he
    named. ``is_moved``: what is asked goes to an address of the operator's, not to the service's own.
    """

    service: str
    state: ServiceState
    own_key: str
    variable: str
    requirement: str
    offered: tuple[str, ...]
    shut: tuple[str, ...]
    added: tuple[str, ...]
    is_moved: bool


class Connections:
    """Over the models that rooms can ask, and the keys that visitors typed.

    ``is_operator`` is about who asks: with the operator's keys he may ask for any model, others for those offered. No
    visitor can choose an address: whatever he types is a name of a model.
    """

    def __init__(self, shelf: ChatModelShelf, visitors: VisitorKeys) -> None:
        self._shelf = shelf
        self._visitors = visitors

    def cards(self, owner: str) -> tuple[ServiceCard, ...]:
        """Every service, those that can be asked first."""
        own, added, shelf = self._visitors.shown(owner), self._visitors.models(owner), self._shelf
        shut = shelf.shut()
        cards = []
        for service in SERVICES:
            of_service = [name for name in shelf.offered() if name.startswith(f"{service}/")]
            cards.append(
                ServiceCard(
                    service=service,
                    state=self._state(owner, service, has_own=service in own),
                    own_key=own.get(service, ""),
                    variable=key_variable(service),
                    requirement=missing_package(service),
                    offered=tuple(name for name in of_service if name not in shut),
                    shut=tuple(name for name in of_service if name in shut and name not in added),
                    added=tuple(name for name in added if name.startswith(f"{service}/")),
                    is_moved=shelf.keys.is_moved(service),
                )
            )
        order = list(ServiceState)
        return tuple(sorted(cards, key=lambda card: order.index(card.state)))

    def keep_key(self, owner: str, service: str, key: str) -> str:
        """Keep a key of ``owner``'s own, and have what it opens of the offered models; the key, masked.

        Raises ServiceKeyInvalid, or OptionInvalid for a service that nobody knows.
        """
        shown = self._visitors.put(owner, service, key)
        for name, error in self._shelf.shut().items():
            if name.startswith(f"{service}/") and isinstance(error, ModelKeyMissing) and not missing_package(service):
                self._visitors.add_model(owner, name)
        return shown

    def model(self, owner: str, name: str, *, is_operator: bool) -> RemoteChatModel:
        """The model of a service called ``name``, to try whether it answers.

        Raises ModelUnknown, KeyNotLent, ModelKeyMissing or ModelPackageMissing.
        """
        keys, service = self._keys(owner), name.partition("/")[0]
        if missing := what_is_missing(name, keys):
            raise missing
        is_own = bool(self._visitors.of(owner).of(service))
        is_offered = name in self._shelf.offered()
        if is_offered and not (is_own or is_operator or self._shelf.lends(owner)):
            raise KeyNotLent(model=name)
        if not (is_own or is_operator or is_offered):
            raise ModelKeyMissing(model=name, variable=key_variable(service))
        return remote_model(name, keys)

    def add(self, owner: str, name: str) -> None:
        """Have ``name`` among the models that ``owner`` alone may choose from, by a key of his own.

        Raises ModelUnknown, ModelKeyMissing or ModelPackageMissing.
        """
        if name not in self._shelf.names(owner):
            self._visitors.add_model(owner, name)

    async def listed(self, owner: str, *, is_operator: bool) -> tuple[str, ...]:
        """Names of the models that OpenAI has, or the operator's server in its place. Raises ModelError."""
        keys, is_own = self._keys(owner), bool(self._visitors.of(owner).openai)
        if not (is_own or (is_operator and (keys.openai or keys.openai_base_url))):
            raise ModelKeyMissing(model=SERVER, variable=key_variable(SERVER))
        return await listed_models(keys)

    def _keys(self, owner: str) -> ServiceKeys:
        """The operator's, with ``owner``'s own in the place of theirs."""
        keys, own = self._shelf.keys, self._visitors.of(owner)
        for service in SERVICES:
            if key := own.of(service):
                keys = keys.with_key(service, key)
        return keys

    def _state(self, owner: str, service: str, *, has_own: bool) -> ServiceState:
        if missing_package(service):
            return ServiceState.NO_PACKAGE
        if has_own:
            return ServiceState.OWN_KEY
        missing = what_is_missing(f"{service}/any", self._shelf.keys)
        return ServiceState.OPEN if self._shelf.lends(owner) and not missing else ServiceState.NO_KEY
