"""Every option, its default and its ``TERTULIA_`` variable. The only reader of the environment and of ``.env``."""

from __future__ import annotations

import math
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import psutil
from platformdirs import user_cache_path, user_data_path
from pydantic import AliasChoices, Field, SecretStr, ValidationError
from pydantic_settings import SettingsConfigDict

from api_settings import ApiSettings
from encryption_settings import EncryptionSettings
from errors import SettingInvalid
from filter_settings import FilterSettings
from logging_settings import LoggingSettings
from masking_settings import MaskingSettings
from scale_settings import ScaleSettings
from sharing_settings import SharingSettings
from watching_settings import WatchingSettings

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "::1")
MEMORY_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")  # of cgroups 2 and 1
SHARE_OF_FREE_MEMORY = 0.6  # the rest is for the page, documents and whatever else this machine does
DEFAULT_GOOGLE_MODEL = "google/gemini-2.5-flash"


def _key(name: str, description: str) -> Any:
    """A secret of a service, also under the name that the service's own programs know it by."""
    names = AliasChoices(f"TERTULIA_{name.upper()}_API_KEY", f"{name}_api_key")  # names of variables know no case
    return Field(default=None, validation_alias=names, description=description)


def _space(name: str, description: str, default: str | None = None) -> Any:
    """What a Space of Hugging Face tells the program that runs in it."""
    return Field(default=default, validation_alias=AliasChoices(name), description=description)


class Settings(
    ApiSettings,
    EncryptionSettings,
    FilterSettings,
    LoggingSettings,
    MaskingSettings,
    ScaleSettings,
    SharingSettings,
    WatchingSettings,
):
    """What the operator chose. An argument beats a variable, a variable beats ``.env``, and that beats the default."""

    model_config = SettingsConfigDict(
        env_prefix="TERTULIA_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    host: str = "127.0.0.1"
    port: int = Field(default=7860, ge=0, le=65_535, description="0 takes any free port")
    language: Literal["en", "es"] | None = Field(default=None, description="of the console; the page asks the browser")
    model: Path | None = Field(default=None, description="a GGUF file; none means the default model")
    data_dir: Path = Field(default_factory=lambda: user_data_path("tertulia", appauthor=False))
    cache_dir: Path = Field(default_factory=lambda: user_cache_path("tertulia", appauthor=False))
    database_url: SecretStr | None = Field(default=None, description="PostgreSQL; none means a file in data_dir")
    password: SecretStr | None = Field(default=None, description="asked of every visitor when it is set")
    require_sign_in: bool | None = Field(
        default=None, description="only who has an account comes in; none means: as soon as there is an account"
    )
    oauth_client_id: str | None = _space("oauth_client_id", "with hf_oauth, people sign in by their account there")
    oauth_client_secret: SecretStr | None = _space("oauth_client_secret", "that goes with it")
    oauth_scopes: str = _space("oauth_scopes", "that go with it", "openid profile")
    openid_provider_url: str = _space("openid_provider_url", "where people have that account", "https://huggingface.co")
    space_host: str | None = _space("space_host", "our name on Hugging Face Spaces")
    operator_token: SecretStr | None = Field(
        default=None, min_length=12, description="of whoever adds models from elsewhere; none means a new one each time"
    )

    max_message_characters: int = Field(default=16_000, ge=1)
    max_answer_tokens: int = Field(default=1_024, ge=1)
    context_tokens: int = Field(default=8_192, ge=256, description="window of one request; the model's own if smaller")
    max_sequences: int = Field(default=8, ge=1, le=64, description="requests decoded in one batch")
    batch_tokens: int = Field(default=256, ge=32, le=2_048, description="of prompts, read in one step at the most")
    gpu_layers: int | None = Field(default=None, ge=0, description="layers on the GPU; none means all it can take")
    parked_gigabytes: float = Field(default=1.0, ge=0.0, description="disk for idle conversations; 0 parks none")
    models_gigabytes: float | None = Field(
        default=None, gt=0.0, description="memory of local models together; none means 60 % of the free one"
    )
    threads: int | None = Field(default=None, ge=1, description="of the engine; none means all cores but one")

    max_document_megabytes: int = Field(default=20, ge=1, le=100, description="of one file or web page")
    max_owner_documents: int = Field(default=50, ge=1, description="that one visitor may keep")
    max_owner_megabytes: int = Field(default=200, ge=1, description="that one visitor may keep in documents")
    max_documents_megabytes: int = Field(default=2_000, ge=1, description="of all visitors' documents together")
    embedders: str = Field(default="", description="offered besides those installed, divided by commas")
    models: str = Field(
        default="", description="offered to the agent and the playground besides the local one, divided by commas"
    )
    google_api_key: SecretStr | None = _key("google", "for models and embedders named google/MODEL")
    google_base_url: str | None = Field(default=None, description="of a server that speaks as Gemini's does")
    openai_api_key: SecretStr | None = _key("openai", "for models and embedders named openai/MODEL")
    openai_base_url: str | None = Field(default=None, description="of a server that speaks as OpenAI's does")
    anthropic_api_key: SecretStr | None = _key("anthropic", "for models named anthropic/MODEL")
    mistral_api_key: SecretStr | None = _key("mistral", "for models named mistral/MODEL")
    groq_api_key: SecretStr | None = _key("groq", "for models named groq/MODEL")
    deepseek_api_key: SecretStr | None = _key("deepseek", "for models named deepseek/MODEL")
    xai_api_key: SecretStr | None = _key("xai", "for models named xai/MODEL")
    together_api_key: SecretStr | None = _key("together", "for models named together/MODEL")
    fireworks_api_key: SecretStr | None = _key("fireworks", "for models named fireworks/MODEL")
    openrouter_api_key: SecretStr | None = _key("openrouter", "for models named openrouter/MODEL")
    provider_base_urls: str = Field(
        default="",
        pattern=r"^\s*(\w+=https?://[^\s,]+\s*(,\s*|$))*$",
        description="NAME=URL of services behind a gateway, divided by commas",
    )
    hf_token: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("TERTULIA_HF_TOKEN", "hf_token"),
        description="of the Hugging Face hub, for models that are not everybody's",
    )
    hf_endpoint: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s/]+\S*$",
        validation_alias=AliasChoices("TERTULIA_HF_ENDPOINT", "hf_endpoint"),
        description="of a server that speaks as the Hugging Face hub does",
    )
    tavily_api_key: SecretStr | None = _key("tavily", "for searching the web; without one, DuckDuckGo is asked")
    tavily_base_url: str | None = Field(default=None, description="of a server that speaks as Tavily's does")
    tools_dir: Path | None = Field(default=None, description="a folder of Python files, each with tools of your own")
    mcp_servers: Path | None = Field(default=None, description="a JSON file that lists MCP servers")
    inner_places: str = Field(default="", description="host:port of this network that may be read, divided by commas")

    temperature: float = Field(default=0.6, ge=0.0, le=5.0)
    top_p: float = Field(default=0.95, gt=0.0, le=1.0)
    top_k: int = Field(default=40, ge=0)
    min_p: float = Field(default=0.05, ge=0.0, lt=1.0)
    repeat_penalty: float = Field(default=1.1, ge=0.1, le=2.0, description="keeps a small model from going in circles")

    @classmethod
    def load(cls, **given: Any) -> Settings:
        """Read the environment and ``.env``; ``given`` options that are not None win. Raises SettingInvalid."""
        try:
            return cls(**{name: value for name, value in given.items() if value is not None})
        except ValidationError as error:
            fault = error.errors()[0]
            name = str(fault["loc"][0])
            told = name if name.startswith("TERTULIA_") else f"{name} (TERTULIA_{name.upper()})"
            raise SettingInvalid(name=told, reason=fault["msg"]) from error

    @property
    def database(self) -> str:
        """Where conversations are kept: a URL, which may hold a password."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.data_dir.absolute() / 'tertulia.sqlite'}"

    @property
    def shared_folder(self) -> Path:
        """Of what all replicas must see."""
        return self.shared_dir or self.data_dir

    @property
    def offered_embedders(self) -> tuple[str, ...]:
        """Names of embedders."""
        return _listed(self.embedders)

    @property
    def offered_models(self) -> tuple[str, ...]:
        """Names of chat models of services; with a key of Google's and nothing chosen, one of Google's."""
        listed = _listed(self.models) or ((DEFAULT_GOOGLE_MODEL,) if self.google_api_key else ())
        return tuple(dict.fromkeys((self.first_model, *listed) if self.first_model else listed))

    @property
    def provider_addresses(self) -> dict[str, str]:
        """Addresses of services by their names."""
        return dict(part.split("=", 1) for part in _listed(self.provider_base_urls))

    @property
    def readable_places(self) -> tuple[str, ...]:
        """Places that are read although they are not of the public web, as "host:port"."""
        return _listed(self.inner_places)

    @property
    def is_for_this_machine(self) -> bool:
        """Nobody else can reach the page: not by the network, and not by a public link."""
        return self.host in LOOPBACK_HOSTS and not (self.share or self.is_space or self.behind_proxy)

    @property
    def models_bytes(self) -> int:
        """Memory that local models may take together; asks the machine how much is free now when nobody chose."""
        if self.models_gigabytes is not None:
            return int(self.models_gigabytes * 1e9)
        return int(SHARE_OF_FREE_MEMORY * min(psutil.virtual_memory().available, _memory_limit()))

    @property
    def parked_bytes(self) -> int:
        """Disk for idle conversations. They are not encrypted: with a data key, only who asks for it gets any."""
        if self.has_data_key and "parked_gigabytes" not in self.model_fields_set:
            return 0
        return int(self.parked_gigabytes * 1e9)

    @property
    def engine_threads(self) -> int:
        """Threads of the decode loop: by default one core is left to the page.

        llama.cpp's threads wait for each other at every operation, so a single busy core among them halts all:
        measured on 2 cores, 2 threads fall from 58 to 5 tokens/s beside a busy process, 1 thread stays at 39.
        """
        return self.threads or max(1, _num_cores() - 1)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _memory_limit() -> float:
    """Of the container that this process runs in, on Linux; what is free on its machine is not all for it."""
    for path in MEMORY_LIMITS:
        with suppress(OSError):
            text = Path(path).read_text(encoding="ascii").strip()
            if text.isdecimal():
                return int(text)
    return math.inf


def _num_cores() -> int:
    """Cores that this process may use; a container or a scheduler may allow fewer than there are."""
    process = psutil.Process()
    return len(process.cpu_affinity()) if hasattr(process, "cpu_affinity") else psutil.cpu_count() or 1


def has_desktop() -> bool:
    """True where a browser can open a window; elsewhere a text browser might take over the terminal."""
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def console_locale() -> str:
    """The language this user's terminal speaks, as POSIX names it (``es_CL.UTF-8``); empty when it says nothing."""
    return next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")


def child_environment() -> dict[str, str]:
    """The environment of the model's process: ours without anything that may be a secret."""
    secret = ("KEY", "TOKEN", "SECRET", "PASSWORD", "CREDENTIAL", "DATABASE_URL")
    return {name: value for name, value in os.environ.items() if not any(word in name.upper() for word in secret)}


def operator_variables() -> dict[str, str]:
    """All of the environment, for files of the operator that name variables of it."""
    return dict(os.environ)


def keep_libraries_quiet(settings: Settings) -> None:
    """Call before gradio is imported: no telemetry, no tracing, and uploads go to our own folder."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["GRADIO_TEMP_DIR"] = str(settings.data_dir / "uploads")
    os.environ["LANGSMITH_TRACING"] = "false"
    os.environ["LANGCHAIN_TRACING_V2"] = "false"
