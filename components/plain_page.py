"""Pages of our own beside the rooms, in plain HTML: signing in, the account, one's data, the operator's."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from string import Template

from starlette.responses import HTMLResponse

from components.catalogue import LANGUAGES, Catalogue
from components.page_assets import FOLDER

LANGUAGE_NAMES = {"en": "English", "es": "Español"}


@dataclass(frozen=True)
class PlainPage:
    """``content`` is our own markup: whoever made it has escaped what is foreign.

    ``root`` leads from the page's address to that of the rooms, relative: a proxy may serve us below a path.
    ``has_way_back`` is False where the rooms are closed to whoever reads this. ``query`` is what the address keeps in
    another language, such as "&a=b".
    """

    title: str
    content: str
    root: str = "."
    has_way_back: bool = True
    query: str = ""

    def response(self, catalogue: Catalogue, language: str, status: int = 200) -> HTMLResponse:
        """The whole page. No cache keeps it."""
        back = f'<a href="{self.root}/">← {escape(catalogue.text(language, "app_plain_back"))}</a>'
        others = " ".join(
            f'<a href="?lang={other}{escape(self.query)}" lang="{other}">{LANGUAGE_NAMES[other]}</a>'
            for other in LANGUAGES
            if other != language
        )
        frame = Template((FOLDER / "plain_page.html").read_text(encoding="utf-8"))
        page = frame.substitute(
            language=language,
            title=escape(self.title),
            root=self.root,
            links=(back if self.has_way_back else "<span></span>") + others,
            content=self.content,
        )
        return HTMLResponse(page, status_code=status, headers={"cache-control": "no-store"})
