"""Bodies of requests: read once and bounded, then given on as if nobody had looked."""

from __future__ import annotations

from starlette.types import Message, Receive


class TooLarge(Exception):
    """More came than may be posted there."""


async def read_whole(receive: Receive, max_bytes: int) -> bytes:
    """The whole body. Raises TooLarge."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > max_bytes:
            raise TooLarge
        if not message.get("more_body"):
            return bytes(body)


def replaying(body: bytes, receive: Receive) -> Receive:
    """Gives ``body`` once, then whatever comes, such as that the browser went away."""
    is_given = False

    async def receive_again() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again
