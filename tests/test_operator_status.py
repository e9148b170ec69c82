"""The status section of the operator's page: what it tells, what it keeps, and who sees it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from chains.run_record import RunRecord, RunTimes
from chains.turn_news import EndedTurn, StepKind, TurnStep
from components.line_plot import line_plot
from components.metrics import Sources
from components.operator_status import OperatorStatus
from components.watch_history import MINUTES, NUM_SAMPLES, History, bytes_in
from components.watching import Watching
from models.status import EngineTotals, ModelState, ModelStatus
from storage.records import MessageStatus
from tests.gradio_client_raw import SECONDS
from tests.html_reader import read_html
from tests.page_process import page_process
from tests.page_reader import catalogue

STATUS = ModelStatus("<b>model</b>", ModelState.READY, 40.0, resident_bytes=700_000_000, num_running=2, num_waiting=3)


def turn(first_token_s: float) -> EndedTurn:
    times = RunTimes(began_at=10.0, first_at=10.0 + first_token_s, ended_at=60.0)
    step = TurnStep(StepKind.MODEL, 10.0, 60.0, run=RunRecord(model="m", times=times))
    return EndedTurn("chat", 10.0, 60.0, MessageStatus.COMPLETE, steps=(step,))


class Clock:
    """Goes on when it is told to."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def history_of(clock: Callable[[], float], totals: Callable[[], EngineTotals] = EngineTotals) -> History:
    return History(Sources(lambda: [STATUS], totals, lambda: 4), clock)


def test_a_sample_tells_speed_since_the_one_before_and_the_median_wait(clock: Clock) -> None:
    done = [EngineTotals(num_output=100)]
    history = history_of(clock, lambda: done[-1])
    clock.now += 5
    assert history.take().tokens_per_second == 20.0
    for seconds in (0.5, 9.0, 1.5):
        history.turn_ended(turn(seconds))
    done.append(EngineTotals(num_output=150, num_restarts=1))
    clock.now += 10
    sample = history.take()
    assert (sample.tokens_per_second, sample.first_token_s, sample.restarts) == (5.0, 1.5, 1)
    assert (sample.people, sample.running, sample.waiting, sample.engine_bytes) == (4, 2, 3, 700_000_000)
    clock.now += MINUTES * 60 + 1
    assert history.take().first_token_s is None


def test_only_the_last_minutes_are_kept(clock: Clock) -> None:
    history = history_of(clock)
    for _ in range(NUM_SAMPLES + 30):
        clock.now += 5
        history.take()
    assert len(history.samples) == NUM_SAMPLES
    assert history.samples[-1].at == clock.now


def test_a_line_ends_at_the_right_edge_and_stays_inside() -> None:
    drawn = line_plot([0.0, 5.0, None, 10.0], 4, "speed")
    points = re.findall(r"([\d.]+),([\d.]+)", drawn)
    assert [float(x) for x, _ in points] == [0.0, 200.0, 600.0, 600.0]
    assert all(0 <= float(y) <= 72 for _, y in points)
    assert "polyline" not in line_plot([], 4, "speed")


@pytest.mark.parametrize(
    ("language", "speed", "word"), [("en", "0.0 tokens/s", "ready"), ("es", "0,0 tokens/s", "listo")]
)
def test_the_section_says_in_words_what_it_draws(language: str, speed: str, word: str) -> None:
    section = OperatorStatus(Watching(Sources(lambda: [STATUS])), lambda: STATUS, catalogue)
    page = read_html(section.html(language))
    assert "b" not in page.tags()  # the name of a model is text
    assert f"<b>model</b>, {word}" in page.text
    plots = page.all(role="img")
    assert len(plots) == 5
    assert speed in plots[0].attributes["aria-label"]
    assert [figure.text for figure in page.all(class_="soft")] == [
        plot.attributes["aria-label"].partition(": ")[2] for plot in plots
    ]


def test_files_below_a_folder_are_added_up(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "one").write_bytes(b"x" * 10)
    (tmp_path / "inner" / "two").write_bytes(b"x" * 5)
    (tmp_path / "broken").symlink_to(tmp_path / "nowhere")
    assert bytes_in(tmp_path) - (tmp_path / "broken").lstat().st_size == 15


def test_the_operator_alone_sees_it_and_its_part_comes_by_itself(tmp_path: Path) -> None:
    with page_process(tmp_path) as served, httpx.Client(base_url=served.url, timeout=SECONDS) as operator:
        operator.get("/").raise_for_status()
        page = operator.get("/operator", headers={"accept-language": "es"})
        assert "Cómo va" in page.text
        assert "./operator/status" in page.text
        part = read_html(operator.get("/operator/status").text)
        assert "SmolLM2 135M, ready" in part.text
        elsewhere = operator.get("/operator/status", headers={"x-forwarded-for": "203.0.113.9"})
        assert (elsewhere.status_code, elsewhere.text) == (404, "")
