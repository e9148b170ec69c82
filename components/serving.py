"""Puts the page on the network."""

from __future__ import annotations

import errno
import socket
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder
from starlette.middleware import Middleware
from starlette.types import Scope

from chains.exports.conversation_json import MAX_MEGABYTES
from components.account_page import account_routes
from components.api_routes import api_routes
from components.comparison_downloads import comparison_routes
from components.data_page import data_routes
from components.document_pages import document_routes
from components.downloads import download_routes
from components.evaluation_downloads import evaluation_routes
from components.file_guard import FileGuard
from components.front_door import FrontDoor
from components.lessons import lesson_routes
from components.model_catalogue_mark import model_catalogue_routes
from components.model_evaluation_downloads import model_evaluation_routes
from components.operator_page import operator_routes
from components.page_assets import ASSETS, FOLDER
from components.playground_downloads import playground_routes
from components.request_counter import RequestCounter
from components.server_life import sweeping, together, without_cors
from components.services import Services
from components.sign_in_door import SignInDoor
from components.sign_in_elsewhere import elsewhere_routes
from components.sign_in_pages import sign_in_routes
from components.tab_guard import TabGuard
from components.tab_states import MAX_TABS, keep_little
from components.theme import build_theme
from components.vendored import vendored_routes
from components.watch_routes import watch_routes
from components.words import browser_words
from errors import PortTaken, SettingInvalid
from safety.body_guard import BodyGuard
from safety.http_guard import ANY_HOST, LOOPBACK_HOSTS, SPACES, HttpGuard, Names
from safety.page_paths import PathGuard
from safety.rate_guard import RateGuard
from safety.upload_guard import UploadGuard, UploadRoom

MAX_RUNNING_EVENTS = 96  # of all kinds; Gradio's own 40 would leave readers waiting while others stream
EVERY_INTERFACE = ("0.0.0.0", "::", "")
SECONDS_FOR_STREAMS = 2.0  # to hear that this is the end
SECONDS_BETWEEN_LOOKS = 0.02
SECONDS_KEPT_ALIVE = 75  # longer than clients and proxies keep a connection: they would lose what they send just then
SPACE_HOSTS = "*.hf.space"


@dataclass(frozen=True)
class Address:
    """Where the page is served and who may come in.

    ``port`` 0 takes any free one. ``hosts`` are names the page may be called by besides this machine's own; without
    any, listening on every interface allows all. ``is_space`` where Hugging Face's proxy stands before us and its site
    shows the page in a frame; ``is_behind_proxy`` where a proxy of the operator's does, whose word on who asks holds.
    """

    host: str = "127.0.0.1"
    port: int = 7860
    hosts: tuple[str, ...] = field(default=())
    is_space: bool = False
    is_behind_proxy: bool = False

    @property
    def trusts_proxy(self) -> bool:
        """Whoever calls us speaks for somebody else, and is believed."""
        return self.is_space or self.is_behind_proxy

    @property
    def is_for_this_machine(self) -> bool:
        """Nobody else can reach the page."""
        return self.host in LOOPBACK_HOSTS and not self.trusts_proxy

    @property
    def names(self) -> Names:
        """What the page may be called by."""
        hosts = (*LOOPBACK_HOSTS, self.host, *self.hosts)
        is_everywhere = self.host in EVERY_INTERFACE
        if self.is_space:
            hosts = (*hosts, SPACE_HOSTS)
        elif is_everywhere and not self.hosts:
            hosts = (*hosts, ANY_HOST)
        return Names(hosts, any_address=is_everywhere)


def serve(page: gr.Blocks, services: Services, address: Address) -> str:
    """Start serving in the background and return the local URL. Raises PortTaken or SettingInvalid."""
    port = _free_port(address)
    services.link.port = port
    page.queue(max_size=None, api_open=False)
    _, url, _ = page.launch(
        server_name=address.host,
        server_port=port,
        share=False,  # a link is opened when the page is served, and ended while it goes on: PublicLink
        prevent_thread_lock=True,
        quiet=True,
        theme=build_theme(),
        css_paths=[FOLDER / f"{name}.css" for name in ASSETS],
        i18n=browser_words(services.catalogue),
        app_kwargs=_around(page, services, address),
        favicon_path=FOLDER / "favicon.svg",
        **HOUSE_RULES,
    )
    page.server.config.timeout_keep_alive = SECONDS_KEPT_ALIVE  # Gradio leaves it at uvicorn's 5
    keep_little(page)
    return str(url)


def stop(page: gr.Blocks, services: Services) -> None:
    """Tell all who are being answered, let them hear it, and take the page from the network."""
    deadline = time.monotonic() + SECONDS_FOR_STREAMS
    services.closing.begin()
    services.closing.wait(SECONDS_FOR_STREAMS)
    # Gradio tells those who still wait for a word of it that the server stopped unexpectedly.
    while any(page._queue.pending_event_ids_session.values()) and time.monotonic() < deadline:
        time.sleep(SECONDS_BETWEEN_LOOKS)
    page.close(verbose=False)


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
    "state_session_capacity": MAX_TABS,
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


def _around(page: gr.Blocks, services: Services, address: Address) -> dict[str, Any]:
    """Middleware and routes that every way of launching keeps, a shared link too."""

    def is_api(scope: Scope) -> bool:  # which asks for its own key
        return str(scope["path"]).startswith("/api/")

    def has_event(tab: str, event: str) -> bool:
        return event in page._queue.pending_event_ids_session.get(tab, ())

    programs, lives = api_routes(services.programs, services.catalogue, trusts_proxy=address.trusts_proxy)
    routes = [
        *watch_routes(services, is_for_this_machine=address.is_for_this_machine),
        *sign_in_routes(services),
        *elsewhere_routes(services),
        *account_routes(services),
        *data_routes(services),
        *operator_routes(services),
        *download_routes(services),
        *document_routes(services),
        *evaluation_routes(services),
        *model_evaluation_routes(services),
        *playground_routes(services),
        *model_catalogue_routes(services),
        *comparison_routes(services),
        *lesson_routes(services.catalogue),
        *vendored_routes(),
        *programs,
    ]
    if services.data is not None:
        lives = [*lives, services.data.serving]
    room = UploadRoom(Path(get_upload_folder()))
    owners, words, forget = services.owners, services.catalogue, services.models.keys.forget
    rates = Middleware(RateGuard, trusts_proxy=address.trusts_proxy, spares_own=address.is_for_this_machine)
    watching = services.watching
    begun = (services.models.evaluating.background.serving, without_cors, sweeping(room), watching.history.serving)
    return {
        "lifespan": together(*begun, *lives),
        "middleware": [
            Middleware(RequestCounter, metrics=watching.metrics),
            Middleware(
                HttpGuard, names=address.names, also=services.link.is_host, framed_by=SPACES if address.is_space else ()
            ),
            rates,
            Middleware(BodyGuard),
            Middleware(UploadGuard, room=room, max_file_bytes=HOUSE_RULES["max_file_size"]),
            Middleware(FrontDoor, owners=owners, catalogue=words, on_closed=forget, entrance=services.entrance),
            Middleware(SignInDoor, entrance=services.entrance, catalogue=words, has_key=is_api),
            Middleware(FileGuard, owners=owners),
            Middleware(TabGuard, owners=owners, has_event=has_event, on_seen=services.presence.see),
            Middleware(PathGuard, own=routes),
        ],
        "routes": routes,
    }
