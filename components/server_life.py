"""What begins when the server does and ends with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from typing import Any, TypeAlias

from gradio.route_utils import CustomCORSMiddleware

from safety.upload_guard import UploadRoom

Life: TypeAlias = Callable[[Any], AbstractAsyncContextManager[None]]


def together(*lives: Life) -> Life:
    """All of them as one, ended in the other order."""

    @asynccontextmanager
    async def serving(app: Any) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for life in lives:
                await stack.enter_async_context(life(app))
            yield

    return serving


@asynccontextmanager
async def without_cors(app: Any) -> AsyncIterator[None]:
    """Gradio lets every other site read what it answers, with the reader's cookies: none is let here.

    It puts that before all middleware of ours and has no switch for it, so it is taken out before the first request.
    """
    app.user_middleware = [each for each in app.user_middleware if each.cls is not CustomCORSMiddleware]
    app.middleware_stack = app.build_middleware_stack()
    yield


def sweeping(room: UploadRoom) -> Life:
    """Meanwhile, old uploads are deleted."""

    @asynccontextmanager
    async def serving(_: Any) -> AsyncIterator[None]:
        task = asyncio.create_task(room.keep_swept())
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    return serving
