"""Shares as bars, some with what they are sure within. The table beside a chart says the same in numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from components.local_text import LocalText
from components.shown_line import shown_line

WIDTH, BAR, GAP, NAME = 380, 10, 3, 18
LONGEST = 330


@dataclass(frozen=True)
class BarGroup:
    """A bar for each of ``values``; the first of them lies within ``interval``. ``most`` is what a whole bar stands
    for."""

    name: str
    values: Sequence[float]
    interval: tuple[float, float] | None = None
    most: float = 1.0


def bar_chart(groups: Sequence[BarGroup], label: str, text: LocalText) -> str:
    """``label`` is HTML: what is read aloud in its place. evaluate.css has a colour for each of four bars."""
    drawn, top = "", 0
    for group in groups:
        drawn += f'<text class="ev-name" x="0" y="{top + 13}">{shown_line(group.name)}</text>'
        top += NAME
        for place, value in enumerate(group.values):
            drawn += _bar(place, value, value / group.most, top, text)
            if place == 0 and group.interval is not None:
                drawn += _whisker(group.interval, top)
            top += BAR + GAP
        top += 8
    height = max(top, 1)
    return f'<svg class="ev-chart" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{label}">{drawn}</svg>'


def bar_legend(names: Sequence[str]) -> str:
    """What each bar of a group is; ``names`` are HTML."""
    keys = "".join(
        f'<li><svg class="sp-key ev-{place}" viewBox="0 0 12 12" aria-hidden="true"><path d="M0 0h12v12H0z"></path>'
        f"</svg>{name}</li>"
        for place, name in enumerate(names)
    )
    return f'<ul class="ev-legend">{keys}</ul>'


def _bar(place: int, value: float, share: float, top: int, text: LocalText) -> str:
    width = max(1.0, LONGEST * min(1.0, share))
    return (
        f'<path class="ev-track" d="M0 {top}h{LONGEST}v{BAR}h-{LONGEST}z"></path>'
        f'<path class="ev-{place}" d="M0 {top}h{width:.1f}v{BAR}h-{width:.1f}z"></path>'
        f'<text class="ev-value" x="{LONGEST + 8}" y="{top + BAR - 1}">{text.decimal(value, 2)}</text>'
    )


def _whisker(interval: tuple[float, float], top: int) -> str:
    low, high = (LONGEST * share for share in interval)
    middle = top + BAR / 2
    ends = "".join(f"M{end:.1f} {top + 1}v{BAR - 2}" for end in (low, high))
    return f'<path class="ev-whisker" d="M{low:.1f} {middle}H{high:.1f}{ends}"></path>'
