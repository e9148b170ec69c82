"""Which language a browser is served in: the one chosen in the header, else the one it asks for."""

from __future__ import annotations

from collections.abc import Mapping

import gradio as gr

from components.catalogue import LANGUAGES, preferred_language

LANGUAGE_COOKIE = "tertulia_language"


def language_in(cookies: Mapping[str, str], accepted: str) -> str:
    """The chosen language, else the best of an ``Accept-Language`` header."""
    chosen = cookies.get(LANGUAGE_COOKIE)
    return chosen if chosen in LANGUAGES else preferred_language(accepted)


def language_of(request: gr.Request) -> str:
    """The language of whoever sent ``request``."""
    return language_in(request.cookies, request.headers.get("accept-language", ""))
