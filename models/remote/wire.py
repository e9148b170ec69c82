"""What differs between services: how a call is written, and what their libraries raise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import RunnableConfig

from models.remote.faults import Fault

UNSEEN: RunnableConfig = {"callbacks": []}  # the service's own run is this model's: callbacks must not hear it twice
MALFORMED = (ValueError, TypeError, KeyError, AttributeError, IndexError)  # what LangChain raises over odd answers


@dataclass(frozen=True)
class ToolChoice:
    """``tools`` in OpenAI's form, none when none may be called. ``choice`` is "auto", "any" or a tool's name."""

    tools: tuple[dict[str, Any], ...]
    choice: str


@dataclass(frozen=True)
class WrittenCall:
    """``needed`` are options without which the answer would be another kind of answer.

    ``extras`` are groups that not every server takes; the first group is the first to be left out.
    """

    needed: dict[str, Any]
    extras: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class ToldTokens:
    """``entries`` are tokens as OpenAI's log-probabilities tell them, none where the service tells none.

    ``is_refused``: the service declined to answer.
    """

    entries: tuple[Mapping[str, Any], ...] = ()
    is_refused: bool = False


class Wire(Protocol):
    """``adds_usage``: counts of tokens are of each piece of a stream, not of all until then.

    ``raises`` are the kinds of errors that a service's library lets out.
    """

    @property
    def adds_usage(self) -> bool: ...

    @property
    def raises(self) -> tuple[type[Exception], ...]: ...

    def service(self) -> BaseChatModel:
        """LangChain's own model of this service, which tries everything once."""

    def written(self, options: Mapping[str, Any], tools: ToolChoice) -> WrittenCall:
        """A call's ``options`` as the service knows them."""

    def fault(self, error: Exception) -> Fault:
        """What ``error``, which is one of ``raises``, means."""

    def tokens_call(self, max_tokens: int) -> WrittenCall:
        """How to ask for the probabilities of an answer's tokens, of as many as the service tells."""

    async def tokens(self, service: BaseChatModel, text: str, options: Mapping[str, Any]) -> ToldTokens:
        """Ask ``service`` once, with the options of ``tokens_call``. Raises what is in ``raises``."""
