"""The section of the operator's page that opens and ends the public link."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from html import escape

import segno

from components.catalogue import Catalogue
from components.public_link import OpenLink, PublicLink
from errors import LinkHoursInvalid, LinkPasswordShort

LEAST_HOURS, MOST_HOURS = 0.1, 168  # after a week the service ends a link by itself
LEAST_CHARACTERS = 12
QR_SCALE = 4
FORM = '<form method="post" action="./operator"><input type="hidden" name="section" value="sharing">'


class OperatorSharing:
    """``num_present`` tells how many people are in; ``hours`` is what the form begins with."""

    name = "sharing"

    def __init__(self, link: PublicLink, catalogue: Catalogue, num_present: Callable[[], int], hours: float) -> None:
        self._link = link
        self._catalogue = catalogue
        self._num_present = num_present
        self._hours = hours

    def html(self, language: str) -> str:
        """The link that there is, or the form that opens one."""

        def say(key: str) -> str:
            return escape(self._catalogue.text(language, key))

        now = self._link.now
        return self._form(say) if now is None else self._open(now, say)

    async def act(self, form: Mapping[str, str], language: str) -> str | None:
        """Open or close it. Raises a ShareError."""
        if form.get("act") == "close":
            await asyncio.to_thread(self._link.close)
            return self._catalogue.text(language, "app_link_closed")
        password = form.get("password", "").strip()
        if password and len(password) < LEAST_CHARACTERS:
            raise LinkPasswordShort(least=LEAST_CHARACTERS)
        await asyncio.to_thread(self._link.open, hours_in(form.get("hours", "")), password)
        return self._catalogue.text(language, "app_link_opened")

    def _open(self, now: OpenLink, say: Callable[[str], str]) -> str:
        picture = segno.make(now.url, micro=False).svg_inline(scale=QR_SCALE, light="#fff", omitsize=False)
        ends = time.strftime("%Y-%m-%d %H:%M", time.localtime(now.ends_at))
        rows = (
            ("app_link_address", f'<a href="{escape(now.url)}" rel="noopener">{escape(now.url)}</a>'),
            ("app_link_password", f"<code>{escape(now.password)}</code>"),
            ("app_link_ends", f"<time>{ends}</time>"),
            ("app_link_present", str(self._num_present())),
        )
        table = "".join(f'<tr><th scope="row">{say(key)}</th><td>{value}</td></tr>' for key, value in rows)
        return (
            f'<table>{table}</table><div role="img" aria-label="{say("app_link_qr")}">{picture}</div>'
            f'{FORM}<button name="act" value="close" class="danger">'
            f"{say('app_link_close')}</button></form>"
        )

    def _form(self, say: Callable[[str], str]) -> str:
        return (
            f'<p class="soft">{say("app_link_none")}</p>{FORM}'
            f'<label for="link-hours">{say("app_link_hours")}</label><input id="link-hours" name="hours" type="number" '
            f'min="{LEAST_HOURS}" max="{MOST_HOURS}" step="any" value="{self._hours:g}">'
            f'<label for="link-password">{say("app_link_own_password")}</label>'
            '<input id="link-password" name="password" autocomplete="off" spellcheck="false">'
            f'<button name="act" value="open" class="primary">{say("app_link_open")}</button></form>'
        )


def hours_in(text: str) -> float:
    """What somebody typed. Raises LinkHoursInvalid."""
    try:
        hours = float(text.strip().replace(",", "."))
    except ValueError as error:
        raise LinkHoursInvalid(hours=text.strip(), most=MOST_HOURS) from error
    if not LEAST_HOURS <= hours <= MOST_HOURS:
        raise LinkHoursInvalid(hours=text.strip(), most=MOST_HOURS)
    return hours
