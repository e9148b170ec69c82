"""The space of a collection as HTML: a picture of points, what can be read of each, and the same as a table."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from components.catalogue import Catalogue
from components.local_text import LocalText
from components.replaced_whole import replaced_whole
from components.shown_line import shown_line
from rag.projection import Space
from safety.shown_text import INVISIBLE
from storage.document_records import Passage

WIDTH, HEIGHT, MARGIN = 380, 300, 16
NUM_JOINED = 5  # neighbours with a line to the question; the table has the others
NUM_COLOURS = 8  # space.css has as many
SHAPES = ("circle", "square", "triangle")  # tell documents of one colour apart
NUM_NAMED = 24  # documents; one shape in one colour each
SNIPPET, HINT = 110, 160
LABEL = (34, 14)  # the size of a cosine, in the picture's units
ALONG = (0.5, 0.62, 0.38, 0.74, 0.26, 0.84)  # where on its line a cosine may stand

Point = tuple[float, float]


@dataclass(frozen=True)
class Seen:
    """A space, its passages by their ids, and who embedded them."""

    space: Space
    passages: Mapping[int, Passage]
    embedder: str


def space_plot(seen: Seen, catalogue: Catalogue, language: str) -> str:
    """``seen`` as HTML."""
    return _Plot(seen, LocalText(catalogue, language)).html()


def space_similarity(cosine: float, embedder: str, catalogue: Catalogue, language: str) -> str:
    """The cosine of two texts, from -1 to 1, as a number and a bar."""
    text = LocalText(catalogue, language)
    start, end = sorted((0.0, cosine))
    left, width = 50 * (1 + start), 50 * (end - start)
    number = text.decimal(cosine, 3)
    said = text.html("app_space_cosine", cosine=number, embedder=embedder)
    return (
        f'<div class="sp-cosine" role="status"><p><b>{number}</b> <span>{said}</span></p>'
        f'<div class="sp-bar" aria-hidden="true"><i style="left:{left:.1f}%;width:{width:.1f}%"></i></div>'
        f'<p class="sp-scale" aria-hidden="true"><span>{text.decimal(-1, 0)}</span><span>0</span><span>1</span></p>'
        f'<p class="sp-note">{text.html("app_space_range")}</p></div>'
    )


@dataclass(frozen=True)
class _Scale:
    """From the plane to the picture, the same in both directions, so that what is twice as far looks so."""

    x: float
    y: float
    factor: float

    @classmethod
    def of(cls, points: Sequence[Point]) -> _Scale:
        xs, ys = [x for x, _ in points], [y for _, y in points]
        width, height = max(xs) - min(xs), max(ys) - min(ys)
        wide, high = WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN
        factor = min(wide / max(width, 1e-9), high / max(height, 1e-9))
        return cls((max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2, factor if width + height > 1e-9 else 0.0)

    def at(self, point: Point) -> Point:
        x, y = (point[0] - self.x) * self.factor, (point[1] - self.y) * self.factor
        return round(WIDTH / 2 + x, 1), round(HEIGHT / 2 - y, 1)


class _Plot:
    def __init__(self, seen: Seen, text: LocalText) -> None:
        self._space = seen.space
        self._embedder = seen.embedder
        self._text = text
        there = [point for point in seen.space.points if point.passage_id in seen.passages]
        self._passages = [seen.passages[point.passage_id] for point in there]
        self._cosines = [point.cosine for point in there]
        asked = seen.space.question
        scale = _Scale.of([*((point.x, point.y) for point in there), *([asked] if asked else [])])
        self._points = [scale.at((point.x, point.y)) for point in there]
        self._star = scale.at(asked) if asked else None
        self._place_of_passage = {passage.id: place for place, passage in enumerate(self._passages)}
        self._counts = Counter(passage.document_id for passage in self._passages)
        self._documents = [document_id for document_id, _ in self._counts.most_common()]
        self._place_of = {document_id: place for place, document_id in enumerate(self._documents)}
        self._names = {passage.document_id: passage.document_name for passage in self._passages}
        self._nearest = [
            (self._place_of_passage[passage.id], cosine)
            for passage, cosine in seen.space.nearest
            if passage.id in self._place_of_passage
        ]

    def html(self) -> str:
        inside = self._picture() + self._card() + self._table() + self._legend() + self._notes()
        words = {
            "page": self._text.say("app_found_page", page="{page}"),
            "cosine": self._text.say("app_space_cosine_short", cosine="{cosine}"),
        }
        attributes = (
            f'class="space-view" data-bridge="reading" data-words="{_json(words)}" '
            f'data-documents="{_json([[one, _line(self._names[one], HINT)] for one in self._documents])}" '
            f'data-points="{_json([self._known(place) for place in range(len(self._points))])}"'
        )
        return replaced_whole(attributes, inside)

    def _known(self, place: int) -> list[object]:
        """What the page's script is told of a point: where it is in the picture and in the documents."""
        passage, (x, y), cosine = self._passages[place], self._points[place], self._cosines[place]
        chunk = passage.chunk
        cosine = None if cosine is None else round(cosine, 3)
        document = self._place_of[passage.document_id]
        return [x, y, document, chunk.page, chunk.start, chunk.end, cosine, _line(chunk.text, SNIPPET)]

    def _notes(self) -> str:
        text, shown, total = self._text, len(self._passages), self._space.num_passages
        key = "app_space_all" if shown >= total else "app_space_some_of"
        counts = text.html(key, count=text.count(shown), total=text.count(total), embedder=self._embedder)
        share = text.html("app_space_share", share=text.percent(self._space.kept))
        return f'<p class="sp-note">{text.html("app_space_explained")}</p><p class="sp-note">{counts} {share}</p>'

    # --- the picture -------------------------------------------------------------------------------------------------

    def _picture(self) -> str:
        dots = "".join(self._dots(place) for place in range(len(self._documents)))
        summary = self._text.html(
            "app_space_picture", count=self._text.count(len(self._points)), documents=len(self._documents)
        )
        return (
            f'<svg class="sp-picture" viewBox="0 0 {WIDTH} {HEIGHT}" tabindex="0" role="application" '
            f'aria-label="{summary}" aria-describedby="space-hint"><g aria-hidden="true">{dots}{self._asked()}'
            f'<circle class="sp-cursor" r="8" cx="-99" cy="-99"></circle></g></svg>'
        )

    def _dots(self, document: int) -> str:
        identity = self._documents[document]
        shapes = "".join(
            _shape(_shape_of(document), point)
            for point, passage in zip(self._points, self._passages, strict=True)
            if passage.document_id == identity
        )
        return f'<g class="sp-dots {_colour(document)}">{shapes}</g>'

    def _asked(self) -> str:
        """The question as a star, and its neighbours joined to it."""
        if self._star is None:
            return ""
        joined = self._nearest[:NUM_JOINED]
        ends = [self._points[place] for place, _ in joined]
        (x, y), labels = self._star, self._labels(joined)
        lines = "".join(f'<path class="sp-line" d="M{x} {y}L{end[0]} {end[1]}"></path>' for end in ends)
        rings = "".join(f'<circle class="sp-ring" cx="{end[0]}" cy="{end[1]}" r="7"></circle>' for end in ends)
        star = "".join(f"{'L' if at else 'M'}{x + a} {y + b}" for at, (a, b) in enumerate(_STAR))
        return f'{lines}{rings}<path class="sp-star" d="{star}Z"></path>{labels}'

    def _labels(self, joined: Sequence[tuple[int, float]]) -> str:
        """A cosine on each line, unless others are in the way everywhere: it is in the table, too."""
        if self._star is None:
            return ""
        taken, written = [self._star], []
        for place, cosine in joined:
            spots = [_between(self._star, self._points[place], share) for share in ALONG]
            free = next((spot for spot in spots if not any(_collide(spot, other) for other in taken)), None)
            if free is not None:
                taken.append(free)
                number = self._text.decimal(cosine, 2)
                written.append(f'<text class="sp-number" x="{free[0]:.1f}" y="{free[1] + 4:.1f}">{number}</text>')
        return "".join(written)

    # --- the same in words -------------------------------------------------------------------------------------------

    def _card(self) -> str:
        return (
            f'<div class="sp-card" role="status"><p class="sp-note" id="space-hint">'
            f"{self._text.html('app_space_hint')}</p></div>"
        )

    def _table(self) -> str:
        if not self._nearest:
            return ""
        rows = "".join(self._row(rank, *one) for rank, one in enumerate(self._nearest, 1))
        heads = "".join(
            f'<th scope="col">{self._text.html(key)}</th>'
            for key in ("app_space_rank", "app_space_passage", "app_space_cosine_head")
        )
        caption = self._text.html("app_space_nearest")
        return (
            f'<table class="sp-table"><caption>{caption}</caption><thead><tr>{heads}</tr></thead>'
            f"<tbody>{rows}</tbody></table>"
        )

    def _row(self, rank: int, place: int, cosine: float) -> str:
        passage = self._passages[place]
        page = self._text.html("app_found_page", page=passage.chunk.page)
        document = self._place_of[passage.document_id]
        return (
            f'<tr><td>{rank}</td><td><button type="button" data-act="source" {_place_data(passage)} '
            f'data-point="{place}"><span class="sp-name" dir="auto">{_key(document)}'
            f"{shown_line(passage.document_name)}</span><small>{page}</small>"
            f'<span class="sp-text" dir="auto">{shown_line(_line(passage.chunk.text, SNIPPET))}</span></button></td>'
            f"<td>{self._text.decimal(cosine, 2)}</td></tr>"
        )

    def _legend(self) -> str:
        rows = "".join(self._named(place) for place in range(min(len(self._documents), NUM_NAMED)))
        more = len(self._documents) - NUM_NAMED
        rest = f"<li>{self._text.html('app_space_more_documents', count=more)}</li>" if more > 0 else ""
        return f'<ul class="sp-legend" aria-label="{self._text.html("app_space_legend")}">{rows}{rest}</ul>'

    def _named(self, document: int) -> str:
        identity = self._documents[document]
        count = self._text.count(self._counts[identity])
        return f'<li>{_key(document)}<span dir="auto">{shown_line(self._names[identity])}</span> <b>{count}</b></li>'


def _place_data(passage: Passage) -> str:
    chunk = passage.chunk
    return (
        f'data-document="{escape(passage.document_id)}" data-page="{chunk.page}" data-start="{chunk.start}" '
        f'data-end="{chunk.end}"'
    )


def _colour(document: int) -> str:
    return f"sp-{document % NUM_COLOURS}"


def _shape_of(document: int) -> str:
    return SHAPES[document // NUM_COLOURS % len(SHAPES)]


def _key(document: int) -> str:
    """The sign of a document, beside its name."""
    return (
        f'<svg class="sp-key {_colour(document)}" viewBox="0 0 12 12" aria-hidden="true">'
        f"{_shape(_shape_of(document), (6, 6))}</svg>"
    )


def _shape(shape: str, point: Point) -> str:
    x, y = point
    if shape == "circle":
        return f'<circle cx="{x}" cy="{y}" r="3.5"></circle>'
    if shape == "square":
        return f'<path d="M{x - 3.2:.1f} {y - 3.2:.1f}h6.4v6.4h-6.4z"></path>'
    return f'<path d="M{x} {y - 4.2:.1f}l4 7h-8z"></path>'


_STAR = (
    (0, -9), (2.2, -3), (8.6, -2.8), (3.5, 1.2), (5.3, 7.3), (0, 3.7), (-5.3, 7.3), (-3.5, 1.2),
    (-8.6, -2.8), (-2.2, -3),
)  # fmt: skip


def _between(start: Point, end: Point, share: float) -> Point:
    return start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])


def _collide(one: Point, other: Point) -> bool:
    return abs(one[0] - other[0]) < LABEL[0] and abs(one[1] - other[1]) < LABEL[1]


def _line(text: str, most: int) -> str:
    line = " ".join(INVISIBLE.sub("", text[: 4 * most]).split())
    return line if len(line) <= most else line[: most - 1] + "…"


def _json(value: object) -> str:
    return escape(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
