"""A small line over time as SVG, drawn in the page's own colours."""

from __future__ import annotations

from collections.abc import Sequence

WIDTH, HEIGHT, EDGE = 600, 72, 2


def line_plot(values: Sequence[float | None], num_places: int, label: str) -> str:
    """``values``, the newest at the right edge of ``num_places``; None leaves a gap. ``label`` is escaped markup."""
    known = [value for value in values if value is not None]
    top = max(known, default=0.0) or 1.0
    first = num_places - len(values)
    step = WIDTH / max(1, num_places - 1)
    strokes: list[list[str]] = [[]]
    for place, value in enumerate(values[-num_places:], max(0, first)):
        if value is None:
            strokes.append([])
        else:
            height = HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * max(0.0, value) / top
            strokes[-1].append(f"{place * step:.1f},{height:.1f}")
    lines = "".join(_line(points) for points in strokes if points)
    return (
        f'<svg role="img" aria-label="{label}" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" '
        'style="display:block;width:100%;height:72px;border-bottom:1px solid var(--line)">'
        f"{lines}</svg>"
    )


def _line(points: Sequence[str]) -> str:
    """A single point is drawn as a dot."""
    drawn = points if len(points) > 1 else [points[0], points[0]]
    return (
        f'<polyline points="{" ".join(drawn)}" fill="none" stroke="var(--accent)" stroke-width="2" '
        'stroke-linecap="round" stroke-linejoin="round" vector-effect="non-scaling-stroke"/>'
    )
