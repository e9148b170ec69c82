"""Reads the page's HTML as a browser would, to ask what a reader sees and can do."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

ALONE = {"input", "br", "use", "img", "link", "meta"}


@dataclass
class Element:
    """``text`` is everything written inside."""

    tag: str
    attributes: dict[str, str]
    text: str = ""
    inside: list[Element] = field(default_factory=list)

    def all(self, **attributes: str) -> list[Element]:
        """Every element inside with these attributes; underscores stand for hyphens, a trailing one for nothing."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        found = []
        for child in self.inside:
            if wanted.items() <= child.attributes.items():
                found.append(child)
            found += child.all(**attributes)
        return found

    def one(self, **attributes: str) -> Element:
        """The only one of them."""
        (found,) = self.all(**attributes)
        return found

    def tags(self) -> list[str]:
        """The name of every element inside."""
        return [tag for child in self.inside for tag in (child.tag, *child.tags())]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("", {})]

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attributes}) == len(attributes), f"an attribute of {tag} is there twice"
        element = Element(tag, {name: value or "" for name, value in attributes})
        self.open[-1].inside.append(element)
        if tag not in ALONE:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"{self.open[-1].tag} is closed by {tag}"
        self.open.pop()

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attributes)
        if tag not in ALONE:
            self.handle_endtag(tag)

    def handle_data(self, text: str) -> None:
        for element in self.open:
            element.text += text


def read_html(html: str) -> Element:
    """``html`` as a tree. Every element has to be closed."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert len(reader.open) == 1, f"{reader.open[-1].tag} stays open"
    return reader.open[0]
