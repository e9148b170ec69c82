"""What can be taken away from the Playground: the address of what is seen, a program that repeats it, its numbers."""

from __future__ import annotations

from components.local_text import LocalText
from components.playground_downloads import export_address
from errors import PermalinkTooLong
from playground.permalinks import Experiment, to_fragment


def share_view(experiment: Experiment, session: str, text: LocalText, *, has_files: bool = True) -> str:
    """For ``html(..., "pg-share")`` of a small tab. Its files are those kept for this ``session`` of the owner.

    The program is made from the address when it is asked for, by ``PlaygroundEvents``.
    """
    files = "".join(
        f'<a class="pg-take" href="{export_address(session, experiment.panel, kind)}" download'
        f' title="{text.html(f"app_pg_{kind}_info")}">{kind.upper()}</a>'
        for kind in ("csv", "json")
        if has_files
    )
    inside = f"{_address(experiment, text)}{files}{_image(experiment, text)}"
    return f'<div class="pg-share-line" data-bridge="playground">{inside}</div>'


def _address(experiment: Experiment, text: LocalText) -> str:
    """Both need an address; what is too long for one can be taken as a file only."""
    names = (("link", "app_pg_link"), ("python", "app_pg_python"))
    try:
        fragment = to_fragment(experiment)
    except PermalinkTooLong as error:
        why = text.html(error.key, **error.values)
        return "".join(
            f'<button type="button" class="pg-take" aria-disabled="true" title="{why}">{text.html(key)}</button>'
            for _, key in names
        )
    said = text.html("app_pg_link_copied")
    return "".join(
        f'<button type="button" class="pg-take" data-act="{act}" data-kind="input" data-link="{fragment}"'
        f' data-said="{said}" aria-live="polite"'
        f' title="{text.html(f"{key}_info")}">{text.html(key)}</button>'
        for act, key in names
    )


def _image(experiment: Experiment, text: LocalText) -> str:
    """The picture as the browser shows it, which alone can make an image of it."""
    return (
        f'<button type="button" class="pg-take" data-act="picture" data-panel="{experiment.panel}"'
        f' data-failed="{text.html("app_pg_png_failed")}" aria-live="polite"'
        f' title="{text.html("app_pg_png_info")}">PNG</button>'
    )
