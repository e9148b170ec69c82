"""The models that every room can ask. Nothing here needs the page's libraries: the console asks them, too."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import SecretStr

from chains.answer_guard import OPEN, AnswerGuard
from chains.evaluation.perplexity import TextScorer
from chains.local_room_models import LocalRoomModels
from chains.model_shelf import ChatModelShelf, RemoteLimits
from chains.options import SamplingChoice
from errors import SettingInvalid
from models.local_models import LocalModels
from models.next_token import NextTokenReader
from models.remote.keys import ServiceKeys
from models.remote.providers import PROVIDERS
from models.remote.visitor_keys import VisitorKeys
from settings import Settings


def text_scorer(local: LocalModels, name: str) -> TextScorer | None:
    """What tells how likely each token of a text is; models of services do not."""
    return NextTokenReader(local.engine(name)) if name in local.names() else None


def build_model_shelf(
    settings: Settings,
    local: LocalModels,
    visitors: VisitorKeys,
    guard: AnswerGuard = OPEN,
    lends: Callable[[str], bool] = lambda owner: True,
) -> ChatModelShelf:
    """The local models, those of services that the operator offers, and those that visitors' own keys open.

    Raises SettingInvalid when what everybody was to begin with cannot be asked.
    """
    defaults = SamplingChoice(
        temperature=settings.temperature,
        top_p=settings.top_p,
        top_k=settings.top_k,
        min_p=settings.min_p,
        repeat_penalty=settings.repeat_penalty,
        max_tokens=settings.max_answer_tokens,
    )
    rooms = LocalRoomModels(local, defaults, guard)
    hides_personal = settings.mask_cloud == "always"
    limits = RemoteLimits(first=settings.first_model or "", hides_personal=hides_personal, lends=lends)
    shelf = ChatModelShelf(rooms, service_keys(settings), settings.offered_models, visitors, limits, guard)
    if fault := shelf.shut().get(limits.first):
        reason = f"{limits.first} has no key, no address of a server or no package that speaks to it"
        raise SettingInvalid(name="first_model (TERTULIA_FIRST_MODEL)", reason=reason) from fault
    return shelf


def service_keys(settings: Settings) -> ServiceKeys:
    """What opens the services of models."""
    return ServiceKeys(
        google=settings.google_api_key.get_secret_value() if settings.google_api_key else None,
        google_base_url=settings.google_base_url,
        openai=settings.openai_api_key.get_secret_value() if settings.openai_api_key else None,
        openai_base_url=settings.openai_base_url,
        others={name: key for name in PROVIDERS if (key := _key(settings, name))},
        other_base_urls=settings.provider_addresses,
    )


def _key(settings: Settings, provider: str) -> str | None:
    key: SecretStr | None = getattr(settings, f"{provider}_api_key")
    return key.get_secret_value() if key else None
