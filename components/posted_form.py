"""What a plain page's form sends."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.requests import Request

MAX_BYTES = 20_000
MAX_FIELDS = 20


async def posted_form(request: Request) -> dict[str, str]:
    """The fields by name; none of what is too large or no form at all."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_BYTES:
            return {}
    try:
        return dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError:
        return {}
