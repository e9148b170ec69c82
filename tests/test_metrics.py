"""Figures for monitors: what they count, who may read them, and that they name nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from chains.run_record import RunRecord, RunTimes
from chains.turn_news import EndedTurn, StepKind, TurnStep
from components.metrics import Metrics, Refusal, Sources
from components.request_counter import route_class
from errors import EngineBusy
from models.status import EngineTotals, ModelState, ModelStatus
from storage.records import MessageStatus
from tests.gradio_client_raw import SECONDS, visitor
from tests.page_process import page_process

TOKEN = "a token that monitors bring"
STATUS = ModelStatus("m", ModelState.READY, 40.0, resident_bytes=5_000, num_running=2, num_waiting=3)
RUN = RunRecord(
    model="m",
    num_prompt=40,
    num_cached=30,
    num_output=7,
    times=RunTimes(began_at=100.5, first_at=102.0, ended_at=103.0),
)
TURN = EndedTurn(
    "chat",
    100.0,
    104.0,
    MessageStatus.COMPLETE,
    steps=(
        TurnStep(StepKind.RETRIEVAL, 100.0, 100.5),
        TurnStep(StepKind.MODEL, 100.5, 103.0, run=RUN),
        TurnStep(StepKind.TOOL, 103.0, 104.0, "web_search", error_key="error_tool_failed"),
    ),
)


def read(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Every figure by its name and labels; a text that is not in Prometheus' form fails."""
    families = text_string_to_metric_families(text)
    samples = [sample for family in families for sample in family.samples]
    return {(sample.name, frozenset(sample.labels.items())): sample.value for sample in samples}


def told(metrics: Metrics) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return read(metrics.page("")[0].decode())


def of(figures: Mapping[tuple[str, frozenset[tuple[str, str]]], float], name: str, **labels: str) -> float:
    return figures[f"tertulia_{name}", frozenset(labels.items())]


def test_a_turn_is_counted_with_its_tokens_steps_and_times() -> None:
    metrics = Metrics(Sources())
    metrics.turn_ended(TURN)
    figures = told(metrics)
    assert of(figures, "turns_total", room="chat", status="complete") == 1
    tokens = [of(figures, "turn_tokens_total", room="chat", kind=kind) for kind in ("prompt", "cached", "answer")]
    assert tokens == [40, 30, 7]
    assert of(figures, "first_token_seconds_sum", room="chat") == 2.0
    assert of(figures, "turn_seconds_sum", room="chat") == 4.0
    assert of(figures, "turn_steps_total", kind="tool", outcome="failed") == 1
    assert of(figures, "turn_steps_total", kind="retrieval", outcome="done") == 1


def test_a_turn_of_an_unknown_room_or_without_an_answer_has_its_place() -> None:
    metrics = Metrics(Sources())
    busy = replace(TURN, room="<script>", status=MessageStatus.FAILED, error_key=EngineBusy.key, steps=())
    metrics.turn_ended(busy)
    metrics.refused(Refusal.LIMIT)
    figures = told(metrics)
    assert of(figures, "turns_total", room="other", status="failed") == 1
    assert of(figures, "turns_refused_total", reason="busy") == 1
    assert of(figures, "turns_refused_total", reason="limit") == 1
    assert ("tertulia_first_token_seconds_count", frozenset({("room", "other")})) not in figures


def test_what_the_engine_knows_is_read_when_somebody_asks() -> None:
    totals = [EngineTotals(4, 100, 60, 50, 1)]
    metrics = Metrics(Sources(lambda: [STATUS, STATUS], lambda: totals[-1], lambda: 9))
    assert of(told(metrics), "engine_restarts_total") == 1
    totals.append(totals[0] + EngineTotals(num_restarts=2))
    figures = told(metrics)
    names = ("engine_restarts_total", "engine_requests_running", "engine_requests_waiting", "engine_resident_bytes")
    assert [of(figures, name) for name in names] == [3, 4, 6, 10_000]
    assert of(figures, "engine_tokens_total", kind="cached") == 60
    assert of(figures, "people") == 9
    assert of(figures, "page_resident_bytes") > 1_000_000


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/", "page"),
        ("/gradio_api/queue/join", "events"),
        ("/gradio_api/upload", "upload"),
        ("/conversations/secret/export.json", "downloads"),
        ("/metrics", "watching"),
        ("/whatever/else", "other"),
    ],
)
def test_a_path_is_counted_as_its_kind(path: str, route: str) -> None:
    assert route_class(path) == route


async def ask_something(url: str) -> None:
    async with visitor(url) as ana:
        await ana.ask("a very particular question")


def test_a_served_page_counts_what_happens_and_names_nobody(tmp_path: Path) -> None:
    with page_process(tmp_path) as page, httpx.Client(base_url=page.url, timeout=SECONDS) as monitor:
        asyncio.run(ask_something(page.url))
        monitor.get("/no/such/secret-path")
        answer = monitor.get("/metrics")
        figures = read(answer.text)
        assert answer.headers["content-type"].startswith("text/plain")
        assert of(figures, "turns_total", room="chat", status="complete") == 1
        assert of(figures, "first_token_seconds_count", room="chat") == 1
        assert of(figures, "http_requests_total", route="other", status="4xx") == 1
        assert of(figures, "http_requests_total", route="events", status="2xx") >= 2
        assert of(figures, "people") == 1
        assert not [word for word in ("particular", "secret", "127.0.0.1", "scripted") if word in answer.text]
        assert len(answer.text) < 20_000
        passed_on = monitor.get("/metrics", headers={"x-forwarded-for": "203.0.113.9"})
        assert (passed_on.status_code, passed_on.text) == (404, "Not Found")


def test_a_token_opens_the_figures_to_a_monitor_elsewhere_and_to_nobody_else(tmp_path: Path) -> None:
    with page_process(tmp_path, metrics_token=TOKEN, password="the password of the class") as page:

        def ask(**headers: str) -> int:
            return httpx.get(f"{page.url}metrics", headers={"x-forwarded-for": "203.0.113.9", **headers}).status_code

        assert ask(authorization=f"Bearer {TOKEN}") == 200
        assert ask(authorization=f"Bearer {TOKEN}x") == ask(authorization=f"Basic {TOKEN}") == ask() == 401
        assert httpx.get(f"{page.url}metrics").status_code == 401
