"""The public link: how it is made, and what the console says of it."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING

from building.console import Console
from errors import ShareError
from settings import Settings

if TYPE_CHECKING:
    from components.catalogue import Catalogue
    from components.entrance import Entrance
    from components.operator_sharing import OperatorSharing
    from components.presence import Presence
    from components.public_link import PublicLink


def build_link(settings: Settings, entrance: Entrance, language: str) -> PublicLink:
    """Closed; a pass phrase that it makes is in ``language``."""
    from components.pass_phrase import new_pass_phrase
    from components.public_link import PublicLink
    from components.public_tunnel import PublicTunnel, TunnelServer
    from components.tunnel_program import TunnelProgram

    program = TunnelProgram(settings.cache_dir.absolute() / "tunnel")
    own = settings.share_server

    def find_server() -> TunnelServer:
        return TunnelServer(own) if own else TunnelServer.ask()

    return PublicLink(lambda: PublicTunnel(program, find_server), entrance, lambda: new_pass_phrase(language))


def build_sharing(link: PublicLink, presence: Presence, settings: Settings, catalogue: Catalogue) -> OperatorSharing:
    """The section of the operator's page."""
    from components.operator_sharing import OperatorSharing

    return OperatorSharing(link, catalogue, presence.count, settings.share_hours)


def share(link: PublicLink, settings: Settings, console: Console) -> None:
    """Open it and print all that another person needs; when that fails, say so: the page of this machine goes on."""
    import segno

    console.say("link_opening")
    password = settings.password.get_secret_value() if settings.password else ""
    try:
        opened = link.open(settings.share_hours, password)
    except ShareError as error:
        console.complain(error)
        return
    picture = io.StringIO()
    segno.make(opened.url, micro=False).terminal(picture, compact=True)
    console.show(picture.getvalue().rstrip("\n"))
    console.say("link", url=opened.url)
    console.say("link_password", password=opened.password)
    console.say("link_ends", time=time.strftime("%Y-%m-%d %H:%M", time.localtime(opened.ends_at)))
