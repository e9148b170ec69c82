"""Where a fault becomes a sentence of the page."""

from __future__ import annotations

import functools
import logging
import traceback
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

import gradio as gr

from components.catalogue import Catalogue
from components.language import language_of
from components.services import Services
from components.shown_line import toast_text
from errors import TertuliaError
from safety.surrogates import without_surrogates

Update = dict[Any, Any]

logger = logging.getLogger(__name__)


class Room(Protocol):
    """What has handlers: the services, and what to show once a handler failed."""

    @property
    def services(self) -> Services:
        """Where its sentences are."""

    @property
    def has_toasts(self) -> bool:
        """False where what ``refused`` shows is in sight whenever something is asked for."""

    def refused(self, sentence: str) -> Update:
        """The state of the page in which ``sentence`` stays readable and nothing is lost."""


R = TypeVar("R", bound=Room)
P = ParamSpec("P")


def sentence_of(error: Exception, catalogue: Catalogue, language: str) -> str:
    """What to tell the person. What nobody foresaw is logged by type and place only: its text may hold theirs."""
    if isinstance(error, TertuliaError):
        return without_surrogates(catalogue.error(language, error))  # its values may be what somebody sent
    where = "".join(traceback.format_tb(error.__traceback__))
    logger.error("unexpected %s\n%s", type(error).__name__, where)
    return catalogue.text(language, TertuliaError.key)


def shows_errors(
    handler: Callable[Concatenate[R, P], AsyncGenerator[Update, None]],
) -> Callable[Concatenate[R, P], AsyncGenerator[Update, None]]:
    """Let a handler, one of whose arguments is the request, end in a readable sentence when it fails."""

    @functools.wraps(handler)
    async def shown(room: R, /, *args: P.args, **kwargs: P.kwargs) -> AsyncGenerator[Update, None]:
        closing = room.services.closing
        with closing.stream():
            try:
                async with aclosing(closing.until(handler(room, *args, **kwargs))) as states:
                    async for state in states:
                        yield state
            except Exception as error:  # noqa: BLE001 - one of the two places where every fault becomes a sentence
                yield _refused(room, error, args)

    return shown


def shows_error(
    handler: Callable[Concatenate[R, P], Awaitable[Update]],
) -> Callable[Concatenate[R, P], Awaitable[Update]]:
    """The same for a handler that has one update to show: Gradio sends that of a generator twice."""

    @functools.wraps(handler)
    async def shown(room: R, /, *args: P.args, **kwargs: P.kwargs) -> Update:
        try:
            return await handler(room, *args, **kwargs)
        except Exception as error:  # noqa: BLE001 - one of the two places where every fault becomes a sentence
            return _refused(room, error, args)

    return shown


def _refused(room: Room, error: Exception, args: tuple[object, ...]) -> Update:
    request = next(value for value in args if isinstance(value, gr.Request))
    sentence = sentence_of(error, room.services.catalogue, language_of(request))
    if room.has_toasts:
        gr.Warning(toast_text(sentence))
    return room.refused(sentence)
