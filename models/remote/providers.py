"""Services of models beside Gemini and OpenAI, each by LangChain's own package, which is installed when it is wanted.

A name is ``provider/model``. What is here loads none of these packages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec

from errors import ModelError, ModelKeyMissing, ModelPackageMissing, ModelUnknown
from models.remote.keys import ServiceKeys

# Becomes a part of an address with some services.
MODEL_NAME = re.compile(r"(?!.*\.\.)[A-Za-z0-9/][\w.:@/-]{0,255}", re.ASCII)
# Servers of one's own call models by the paths of their files, and are told of them in the body of a request.
SERVER_MODEL_NAME = re.compile(r"(?!.*\.\.)[A-Za-z0-9/](?:[\w.:@/+()-]| (?=\S)){0,255}")

USUAL = {name: name for name in ("temperature", "top_p")}
OF_OPENAI = USUAL | {name: name for name in ("presence_penalty", "frequency_penalty", "seed")}


@dataclass(frozen=True)
class Provider:
    """``langchain_name`` is what ``init_chat_model`` calls it, ``module`` what it imports from ``package``.

    ``version`` is the one of the package that was tried with the rest of the program.

    ``client`` is the service's own library, whose errors come through, none where that is httpx. ``options`` tell how
    options of ours are called there: one that is missing would be refused. ``rare`` are those that not all of its
    models take. ``base_url`` is where it is, when its package does not know that.
    """

    langchain_name: str
    package: str
    version: str
    client: str = ""
    options: Mapping[str, str] = field(default_factory=lambda: OF_OPENAI)
    rare: frozenset[str] = frozenset()
    highest_temperature: float = 2.0
    base_url: str = ""

    @property
    def module(self) -> str:
        return self.package.replace("-", "_")

    @property
    def requirement(self) -> str:
        """What to install."""
        return f"{self.package}=={self.version}"


PROVIDERS: Mapping[str, Provider] = {
    "anthropic": Provider(
        "anthropic",
        "langchain-anthropic",
        "1.7.7",
        "anthropic",
        options=USUAL | {"top_k": "top_k"},
        rare=frozenset({"top_k", "top_p"}),  # newer models take the temperature or top_p, not both
        highest_temperature=1.0,
    ),
    "mistral": Provider(
        "mistralai",
        "langchain-mistralai",
        "1.1.6",
        options=USUAL | {"seed": "random_seed"},
        highest_temperature=1.5,
    ),
    "groq": Provider("groq", "langchain-groq", "1.1.3", "groq", options=USUAL | {"seed": "seed"}),
    "deepseek": Provider("deepseek", "langchain-deepseek", "1.1.1", "openai"),
    "xai": Provider("xai", "langchain-xai", "1.3.0", "openai"),
    "together": Provider("together", "langchain-together", "0.4.0", "openai"),
    # By OpenAI's package: those of their own leave connections open when an event loop ends.
    "fireworks": Provider(
        "openai", "langchain-openai", "1.7.3", "openai", base_url="https://api.fireworks.ai/inference/v1"
    ),
    "openrouter": Provider("openai", "langchain-openai", "1.7.3", "openai", base_url="https://openrouter.ai/api/v1"),
}
SERVICES = ("google", "openai", *PROVIDERS)


def key_variable(service: str) -> str:
    """The variable by which the operator gives the key of ``service``."""
    return f"{service.upper()}_API_KEY"


def missing_package(service: str) -> str:
    """What to install for ``service``, empty when nothing is missing."""
    provider = PROVIDERS.get(service)
    return provider.requirement if provider and find_spec(provider.module) is None else ""


def _model_name(service: str) -> re.Pattern[str]:
    return SERVER_MODEL_NAME if service == "openai" else MODEL_NAME


def what_is_missing(name: str, keys: ServiceKeys) -> ModelError | None:
    """Why the model called ``name`` cannot be asked, as far as that is known beforehand; None when it can be."""
    service, _, model = name.partition("/")
    if service not in SERVICES or not _model_name(service).fullmatch(model):
        return ModelUnknown(model=name)
    is_own_server = service == "openai" and bool(keys.openai_base_url)
    if not (keys.of(service) or is_own_server):
        return ModelKeyMissing(model=name, variable=key_variable(service))
    if requirement := missing_package(service):
        return ModelPackageMissing(model=name, package=requirement)
    return None
