"""Takes note, for the operator, of what the sender of a request did."""

from __future__ import annotations

import asyncio

import gradio as gr

from components.services import Services
from safety.audit_log import Event, who_is


async def noted(services: Services, event: Event, request: gr.Request, **facts: object) -> None:
    """``facts`` are what it was done to, never content. Raises SessionMissing."""
    owner = services.owners.owner_of(request)
    peer = getattr(getattr(request, "client", None), "host", "") or ""
    forwarded = (getattr(request, "headers", None) or {}).get("x-forwarded-for", "")
    address = services.entrance.address(peer, forwarded)
    await asyncio.to_thread(services.audit.note, event, who=who_is(owner), address=address, **facts)
