"""A grid of texts: one for each pair of values of two settings, each coloured by how likely the model found it."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from components.local_text import LocalText
from components.next_token_view import shown_end
from components.token_text import shown_tokens, sign_text
from components.token_view import probability_scale, shade
from playground.samples import SampledText
from playground.sweep import Sweep

NO_FIGURE = "–"
FIGURES = (("mean", "mean_probability"), ("distinct_1", "distinct_1"), ("distinct_2", "distinct_2"))


def sweep_view(sweep: Sweep, text: LocalText) -> str:
    """What is written so far, or all of it."""
    return _SweepPicture(sweep, text).html()


class _SweepPicture:
    def __init__(self, sweep: Sweep, text: LocalText) -> None:
        self._sweep = sweep
        self._text = text
        self._rows, self._columns = sweep.asked.rows, sweep.asked.columns

    def html(self) -> str:
        return (
            f'<div class="pg-seen sw-seen">{self._before()}{probability_scale(self._text)}{self._grid()}'
            f"{self._together()}</div>"
        )

    def _before(self) -> str:
        """What every text goes on from."""
        text, path = self._text, escape(sign_text(b"".join(self._sweep.path)))
        prompt = shown_end(self._sweep.asked.position.prompt.text) or f"<i>{text.html('app_pg_nothing')}</i>"
        mark = f"<mark>{path}</mark>" if path else ""
        return (
            f'<p class="pg-before"><b>{text.html("app_samples_after")}</b> <span dir="auto">{prompt}{mark}</span></p>'
        )

    def _together(self) -> str:
        """Of all texts; said once they are whole."""
        sweep, text = self._sweep, self._text
        if not sweep.is_whole:
            return ""
        counts = {"count": sweep.num_different, "total": len(sweep.texts), "seed": sweep.asked.sampling.seed or 0}
        return f'<p class="pg-note">{text.html("app_sweep_together", **counts)}</p>'

    def _grid(self) -> str:
        text = self._text
        names = [self._name(self._columns.setting, value) for value in self._columns.values]
        heads = "".join(f'<th scope="col">{name}</th>' for name in names)
        rows = "".join(self._row(number) for number in range(len(self._rows.values)))
        label = text.html("app_sweep_label")
        return (
            f'<table class="sw-grid" aria-label="{label}"><thead><tr><td></td>{heads}</tr></thead>'
            f"<tbody>{rows}</tbody></table>"
        )

    def _row(self, number: int) -> str:
        name = self._name(self._rows.setting, self._rows.values[number])
        width = len(self._columns.values)
        cells = "".join(self._cell(number * width + place) for place in range(width))
        return f'<tr><th scope="row">{name}</th>{cells}</tr>'

    def _cell(self, number: int) -> str:
        one = self._sweep.texts[number]
        return (
            f'<td><p class="sw-name">{self._place(number)}</p>{self._written(one)}'
            f'<p class="sw-end">{self._state(number)}</p>{self._figures(one)}</td>'
        )

    def _place(self, number: int) -> str:
        """The pair of settings, escaped."""
        row, column = divmod(number, len(self._columns.values))
        names = (
            self._name(self._rows.setting, self._rows.values[row]),
            self._name(self._columns.setting, self._columns.values[column]),
        )
        return " · ".join(names)

    def _name(self, setting: str, value: float) -> str:
        value = round(value, 4)
        digits = len(f"{value:g}".partition(".")[2])
        return f"{self._text.html(f'app_setting_{setting}')} {escape(self._text.decimal(value, digits))}"

    def _written(self, one: SampledText) -> str:
        shown = shown_tokens(token.token_bytes for token in one.tokens)
        spans = "".join(
            f'<span class="{shade(token.probability)}">{look.html}</span>'
            for token, look in zip(one.tokens, shown, strict=True)
        )
        return f'<div class="gb-answer sm-text">{spans}</div>'

    def _state(self, number: int) -> str:
        """How it ended, or what it waits for; and whether it is like another."""
        one, text = self._sweep.texts[number], self._text
        if one.ended is None and one.place is not None:
            return text.html("app_samples_queued", place=one.place)
        count = text.count(len(one.tokens))
        if one.ended is None:
            return text.html("app_samples_so_far", count=count)
        said = text.html("app_samples_ended" if one.ended == "stop" else "app_samples_cut", count=count)
        twin = self._sweep.twin(number) if self._sweep.is_whole else None
        if twin is None:
            return said
        return f"{said} {text.html('app_sweep_twin', place='{place}').replace('{place}', self._place(twin))}"

    def _figures(self, one: SampledText) -> str:
        text = self._text
        items = "".join(
            f'<div title="{text.html(f"app_samples_{key}_info")}"><dt>{text.html(f"app_samples_{key}")}</dt>'
            f"<dd>{escape(figure)}</dd></div>"
            for key, figure in self._said(one)
        )
        return f'<dl class="sm-figures">{items}</dl>'

    def _said(self, one: SampledText) -> Iterator[tuple[str, str]]:
        measures = one.measures
        for key, name in FIGURES:
            number: float | None = getattr(measures, name)
            if number is None:
                yield key, NO_FIGURE
            else:
                yield key, self._text.percent(number) if key == "mean" else self._text.decimal(number, 2)
