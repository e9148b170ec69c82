"""Finds an embedder by its name, and has it made when it is first asked for.

use-multilingual    comes with the installation; the default
e5-small            comes with the installation; more precise, ten times slower
gguf:PATH           a GGUF file, by llama.cpp
google/MODEL        Gemini
openai/MODEL        OpenAI, or a server that speaks as it does
hf/MODEL            sentence-transformers, an optional extra

Only the first two are for everybody: the others read a file of this machine, cost the operator money or load what they
name, so they are here only when the operator offers them.
"""

from __future__ import annotations

import pkgutil
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from errors import EmbedderUnavailable
from models.embedding.divided import DividedEmbedder
from models.embedding.embedder import Embedder
from models.embedding.process import EmbeddingProcess, EmbeddingWorker
from models.embedding.wire import Make

PACKAGE = "models.embedding"
INSTALLED = {
    "use-multilingual": f"{PACKAGE}.use_multilingual:UseMultilingual",
    "e5-small": f"{PACKAGE}.e5_small:E5Small",
}
DEFAULT = "use-multilingual"


@dataclass(frozen=True)
class EmbedderKeys:
    """What opens the services, and where they are when not at their usual addresses."""

    google: str | None = field(default=None, repr=False)
    google_base_url: str | None = None
    openai: str | None = field(default=None, repr=False)
    openai_base_url: str | None = None


def costs_the_operator(name: str) -> bool:
    """Whether the embedder is asked with a key of the operator's."""
    return name.partition("/")[0] in ("google", "openai")


class EmbedderShelf:
    """Each embedder is made once, at the first ``get``, in whatever thread that comes.

    Their modules are looked up by name and not imported here: a library of one takes seconds to load, and the page
    must start without them all.
    """

    def __init__(self, how: EmbeddingWorker, keys: EmbedderKeys | None = None, offered: Sequence[str] = ()) -> None:
        self._how = how
        self._keys = keys or EmbedderKeys()
        self._names = tuple(dict.fromkeys((*INSTALLED, *offered)))
        self._lock = threading.Lock()
        self._made: dict[str, Embedder] = {}
        self._processes: list[EmbeddingProcess] = []

    def names(self) -> tuple[str, ...]:
        """What a person may choose from, the default first. ``get`` knows no others."""
        return self._names

    def get(self, name: str) -> Embedder:
        """Raises EmbedderUnavailable; most faults of a model or service only show at the first text."""
        if name not in self._names:
            raise EmbedderUnavailable(name=name)
        with self._lock:
            if name not in self._made:
                self._made[name] = self._make(name)
            return self._made[name]

    def close(self) -> None:
        """End the processes; no embedder can be used after this."""
        with self._lock:
            for process in self._processes:
                process.close()

    # --- the caller holds the lock ----------------------------------------------------------------------------------

    def _make(self, name: str) -> Embedder:
        if name in INSTALLED:
            maker = INSTALLED[name]
            return DividedEmbedder(_called(name, maker), self._process(name, maker))
        if name.startswith("gguf:"):
            path = str(Path(name.removeprefix("gguf:")).expanduser().absolute())
            return self._process(name, f"{PACKAGE}.gguf_file:GgufEmbedder", path=path, threads=self._how.threads)
        service, _, model = name.partition("/")
        if service == "hf" and model:
            return self._process(name, f"{PACKAGE}.sentence_transformer:HuggingFaceEmbedder", model=model)
        return self._service(name, service, model)

    def _process(self, name: str, maker: str, **arguments: str | int) -> EmbeddingProcess:
        process = EmbeddingProcess(name, Make(maker=maker, arguments=dict(arguments)), self._how)
        self._processes.append(process)
        return process

    def _service(self, name: str, service: str, model: str) -> Embedder:
        keys = self._keys
        if service == "google" and model and keys.google:
            return _called(
                name, f"{PACKAGE}.gemini:gemini_embedder", model=model, key=keys.google, base_url=keys.google_base_url
            )
        if service == "openai" and model and (keys.openai or keys.openai_base_url):
            return _called(
                name,
                f"{PACKAGE}.openai_server:openai_embedder",
                model=model,
                key=keys.openai,
                base_url=keys.openai_base_url,
            )
        raise EmbedderUnavailable(name=name)


def _called(name: str, maker: str, **arguments: Any) -> Embedder:
    """Raises EmbedderUnavailable when a library is missing, or cannot be loaded on this machine."""
    try:
        make: Callable[..., Embedder] = pkgutil.resolve_name(maker)
        return make(**arguments)
    except (ImportError, OSError, RuntimeError) as error:
        raise EmbedderUnavailable(name=name) from error
