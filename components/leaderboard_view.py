"""What votes come to, as a table whose ratings are drawn with their uncertainty."""

from __future__ import annotations

from collections.abc import Sequence

from chains.leaderboard import MEAN_RATING, Leaderboard, Standing
from components.local_text import LocalText
from components.replaced_whole import replaced_whole
from components.shown_line import shown_line

BRIDGE = 'class="cmp-view" data-bridge="comparison"'
LEAST_SPAN = 100.0  # points; of nearly equal ratings the intervals fill the picture
FILES = ("leaderboard", "votes", "preferences")


def leaderboard_view(board: Leaderboard, text: LocalText, *, is_blind_only: bool) -> str:
    """The best first; ``is_blind_only`` tells which votes were counted."""
    head = f'<h2>{text.html("app_md_cmp_board")}</h2><p class="cmp-note">{_what_it_means(text)}</p>'
    if not board.standings:
        nothing = text.html("app_md_cmp_board_none_blind" if is_blind_only else "app_md_cmp_board_none")
        return replaced_whole(BRIDGE, f'{head}<p class="cmp-note">{nothing}</p>')
    counted = text.html(
        "app_md_cmp_board_counted_one" if board.num_votes == 1 else "app_md_cmp_board_counted",
        count=text.count(board.num_votes),
    )
    provisional = text.html("app_md_cmp_board_provisional") if board.is_provisional else ""
    note = f'<p class="cmp-provisional">{provisional}</p>' if provisional else ""
    return replaced_whole(BRIDGE, f"{head}{note}{_table(board, counted, text)}{_deeds(text, is_blind_only)}")


def _what_it_means(text: LocalText) -> str:
    lesson = f'<a href="./lessons/compare" target="_blank" rel="noopener">{text.html("app_md_cmp_lesson")}</a>'
    return f"{text.html('app_md_cmp_bradley_terry')} {lesson}"


def _table(board: Leaderboard, caption: str, text: LocalText) -> str:
    keys = ("rank", "model", "rating", "interval", "wins", "ties", "losses")
    heads = "".join(f'<th scope="col">{text.html(f"app_md_cmp_column_{key}")}</th>' for key in keys)
    scale = _scale(board.standings)
    rows = "".join(_row(standing, scale, text) for standing in board.standings)
    return (
        f'<table class="cmp-board"><caption>{caption}</caption><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _row(standing: Standing, scale: tuple[float, float], text: LocalText) -> str:
    least, most = scale
    places = [100 * (value - least) / (most - least) for value in (standing.lower, standing.rating, standing.upper)]
    numbers = [text.count(round(value)) for value in (standing.lower, standing.upper)]
    said = text.html("app_md_cmp_board_interval", lower=numbers[0], upper=numbers[1])
    middle = 100 * (MEAN_RATING - least) / (most - least)
    drawn = (
        f'<span class="cmp-plot" role="img" aria-label="{said}" title="{said}" style="--low:{places[0]:.1f}%;'
        f'--at:{places[1]:.1f}%;--high:{places[2]:.1f}%;--mean:{middle:.1f}%"><i></i><b></b></span>'
    )
    counts = "".join(
        f'<td class="cmp-count" data-name="{text.html(f"app_md_cmp_column_{key}")}">{text.count(number)}</td>'
        for key, number in (("wins", standing.num_wins), ("ties", standing.num_ties), ("losses", standing.num_losses))
    )
    return (
        f'<tr><td class="cmp-rank">{text.count(standing.rank)}</td>'
        f'<th scope="row" dir="auto">{shown_line(standing.contender)}</th>'
        f'<td class="cmp-rating">{text.count(round(standing.rating))}</td><td class="cmp-interval">{drawn}</td>'
        f"{counts}</tr>"
    )


def _scale(standings: Sequence[Standing]) -> tuple[float, float]:
    """From the lowest end of an interval to the highest."""
    least, most = min(one.lower for one in standings), max(one.upper for one in standings)
    margin = max(0.0, LEAST_SPAN - (most - least)) / 2
    return least - margin, most + margin


def _deeds(text: LocalText, is_blind_only: bool) -> str:
    query = "?blind=1" if is_blind_only else ""
    links = "".join(
        f'<span class="cmp-files">{text.html(f"app_md_cmp_file_{name}")}: '
        + " ".join(
            f'<a class="cmp-button" download href="./comparing/{name}.{kind}{query}"'
            f' aria-label="{text.html(f"app_md_cmp_file_{name}")} {kind.upper()}">{kind.upper()}</a>'
            for kind in ("csv", "json")
        )
        + "</span>"
        for name in FILES
    )
    return (
        f'<p class="cmp-buttons">{links}<button type="button" class="cmp-button" data-act="forget"'
        f' data-sure="{text.html("app_md_cmp_forget_sure")}">{text.html("app_md_cmp_forget")}</button></p>'
    )
