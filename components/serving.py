"""Puts the page on the network."""

from __future__ import annotations

import errno
import socket
import sys
from dataclasses import dataclass, field
from typing import Any

import gradio as gr
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from chains.exports.conversation_json import MAX_MEGABYTES
from components.comparison_downloads import comparison_routes
from components.document_pages import document_routes
from components.downloads import download_routes
from components.evaluation_downloads import evaluation_routes
from components.front_door import FrontDoor
from components.lessons import lesson_routes
from components.model_catalogue_mark import model_catalogue_routes
from components.model_evaluation_downloads import model_evaluation_routes
from components.page_assets import ASSETS, FOLDER
from components.playground_downloads import playground_routes
from components.services import Services
from components.theme import build_theme
from components.vendored import vendored_routes
from components.words import browser_words
from errors import PortTaken, SettingInvalid
from safety.body_guard import BodyGuard
from safety.http_guard import ANY_HOST, LOOPBACK_HOSTS, HttpGuard

MAX_RUNNING_EVENTS = 96  # of all kinds; Gradio's own 40 would leave readers waiting while others stream
EVERY_INTERFACE = ("0.0.0.0", "::", "")
SHARED_HOSTS = "*.gradio.live"


@dataclass(frozen=True)
class Address:
    """Where the page is served and who may come in.

    ``port`` 0 takes any free one. ``login`` is a user name and a password asked of every visitor. ``hosts`` are names
    the page may be called by besides this machine's own; listening on every interface allows any.
    """

    host: str = "127.0.0.1"
    port: int = 7860
    share: bool = False
    login: tuple[str, str] | None = None
    hosts: tuple[str, ...] = field(default=())


def serve(page: gr.Blocks, services: Services, address: Address) -> str:
    """Start serving in the background and return the local URL. Raises PortTaken or SettingInvalid."""
    port = _free_port(address)
    page.queue(max_size=None, api_open=False)
    _, url, _ = page.launch(
        server_name=address.host,
        server_port=port,
        share=address.share,
        auth=address.login,
        prevent_thread_lock=True,
        quiet=True,
        theme=build_theme(),
        css_paths=[FOLDER / f"{name}.css" for name in ASSETS],
        i18n=browser_words(services.catalogue),
        app_kwargs=_around(services, address),
        favicon_path=FOLDER / "favicon.svg",
        **HOUSE_RULES,
    )
    return str(url)


HOUSE_RULES: dict[str, Any] = {
    "max_file_size": 2 * MAX_MEGABYTES * 1_000_000,  # what is a little too large is refused in the reader's language
    "max_threads": MAX_RUNNING_EVENTS,
    "show_error": False,
    "run_history": False,
    "enable_monitoring": False,
    "footer_links": [],
    "ssr_mode": False,
    "mcp_server": False,
    "pwa": False,
    "strict_cors": True,
}


def _free_port(address: Address) -> int:
    """The port to listen on. Asked here because Gradio's own answer for a taken one is a timeout."""
    host = address.host.strip("[]")
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        if sys.platform != "win32":  # where it would let two programs share one port
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, address.port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                raise PortTaken(host=address.host, port=address.port) from error
            raise SettingInvalid(name="host (TERTULIA_HOST)", reason=error.strerror or str(error)) from error
        return int(probe.getsockname()[1])


def _around(services: Services, address: Address) -> dict[str, Any]:
    """Middleware and routes that every way of launching keeps, a shared link too."""
    hosts = (*LOOPBACK_HOSTS, address.host, *address.hosts)
    if address.host in EVERY_INTERFACE:
        hosts = (*hosts, ANY_HOST)
    if address.share:
        hosts = (*hosts, SHARED_HOSTS)

    def health(_: Request) -> JSONResponse:
        status = services.model_status()
        requests = {"running": status.num_running, "waiting": status.num_waiting}
        return JSONResponse({"status": "ok", "model": str(status.state), **requests})

    return {
        "lifespan": services.models.evaluating.background.serving,
        "middleware": [
            Middleware(HttpGuard, hosts=hosts),
            Middleware(BodyGuard),
            Middleware(
                FrontDoor,
                owners=services.owners,
                catalogue=services.catalogue,
                on_closed=services.models.keys.forget,
            ),
        ],
        "routes": [
            Route("/healthz", health),
            *download_routes(services),
            *document_routes(services),
            *evaluation_routes(services),
            *model_evaluation_routes(services),
            *playground_routes(services),
            *model_catalogue_routes(services),
            *comparison_routes(services),
            *lesson_routes(services.catalogue),
            *vendored_routes(),
        ],
    }
