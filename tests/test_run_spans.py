"""Traces of answers over a collector that speaks OTLP over HTTP: what they hold, and that nothing said is in them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from building.watching import build_spans
from chains.run_record import RunRecord, RunTimes
from chains.run_spans import RunSpans
from chains.turn_news import EndedTurn, StepKind, TurnStep
from components.catalogue import Catalogue
from errors import EngineDied, TracingPackageMissing
from settings import Settings
from storage.records import MessageStatus
from tests.chat_room import RoomOver
from tests.scripted_model import ScriptedModel

pytest_plugins = ["tests.storage_fixtures", "tests.chat_room_fixtures"]

PATIENCE_S = 60
SECRET = "marsupial"


@dataclass
class Collector:
    """``bodies`` are what was sent, as it came."""

    url: str = ""
    paths: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    has_come: Event = field(default_factory=Event)

    def spans(self) -> dict[str, Span]:
        """By their names."""
        requests = [ExportTraceServiceRequest.FromString(body) for body in self.bodies]
        scopes = [scope for one in requests for resource in one.resource_spans for scope in resource.scope_spans]
        return {span.name: span for scope in scopes for span in scope.spans}


@pytest.fixture
def collector() -> Iterator[Collector]:
    heard = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.paths.append(self.path)
            heard.bodies.append(self.rfile.read(int(self.headers["content-length"])))
            heard.has_come.set()
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        heard.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield heard
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(autouse=True)
def plain_sending(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")


def told(span: Span) -> Mapping[str, Any]:
    """Its attributes."""
    values = {one.key: one.value for one in span.attributes}
    return {key: getattr(value, str(value.WhichOneof("value"))) for key, value in values.items()}


async def test_a_turn_of_the_real_chain_is_a_trace_without_a_word_of_it(
    room_over: RoomOver, collector: Collector
) -> None:
    spans = RunSpans(collector.url)
    room = room_over(ScriptedModel(script=lambda _: [f"a {SECRET} ", "answer"]))
    room.live.on_end = spans.turn_ended
    await room.say(f"a question about a {SECRET}")
    spans.close()
    assert set(collector.paths) == {"/v1/traces"}
    assert not [body for body in collector.bodies if SECRET.encode() in body or body == b"ana"]
    found = collector.spans()
    turn, call = found["turn chat"], found["chat scripted"]
    assert (call.trace_id, call.parent_span_id) == (turn.trace_id, turn.span_id)
    assert turn.start_time_unix_nano <= call.start_time_unix_nano <= call.end_time_unix_nano <= turn.end_time_unix_nano
    assert told(turn) == {"tertulia.room": "chat", "tertulia.turn.status": "complete"}
    facts = told(call)
    assert facts["gen_ai.operation.name"] == "chat"
    assert facts["gen_ai.request.model"] == "scripted"
    assert facts["gen_ai.usage.output_tokens"] == 2
    assert facts["gen_ai.usage.input_tokens"] > facts["gen_ai.usage.cache_read.input_tokens"] > 0
    assert facts["gen_ai.request.max_tokens"] == 40


async def test_a_turn_that_failed_says_of_what_kind_its_fault_was(room_over: RoomOver, collector: Collector) -> None:
    spans = RunSpans(f"{collector.url}/v1/traces/")
    room = room_over(ScriptedModel(script=lambda _: ["I ", EngineDied()]))
    room.live.on_end = spans.turn_ended
    await room.say("Hello")
    spans.close()
    turn = collector.spans()["turn chat"]
    assert told(turn)["error.type"] == EngineDied.key
    assert turn.status.code == turn.status.STATUS_CODE_ERROR


def test_steps_are_named_by_the_conventions_and_authors_words_are_not_told(collector: Collector) -> None:
    run = RunRecord(model="google/m", step=SECRET, times=RunTimes(began_at=2.0, ended_at=3.0), finish_reason="stop")
    steps = (
        TurnStep(StepKind.RETRIEVAL, 1.0, 2.0),
        TurnStep(StepKind.MODEL, 2.0, 3.0, run=run),
        TurnStep(StepKind.TOOL, 3.0, 4.0, "web_search", error_key="error_tool_failed"),
    )
    spans = RunSpans(collector.url)
    spans.turn_ended(EndedTurn("agent", 1.0, 4.0, MessageStatus.COMPLETE, steps=steps))
    spans.close()
    found = collector.spans()
    assert set(found) == {"turn agent", "retrieval", "chat google/m", "execute_tool web_search"}
    assert told(found["execute_tool web_search"])["gen_ai.tool.name"] == "web_search"
    assert told(found["execute_tool web_search"])["error.type"] == "error_tool_failed"
    assert told(found["chat google/m"])["gen_ai.provider.name"] == "google"
    assert found["retrieval"].end_time_unix_nano == 2_000_000_000
    assert not [body for body in collector.bodies if SECRET.encode() in body]


def test_traces_are_sent_while_the_program_goes_on(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "10")
    spans = RunSpans(collector.url)
    spans.turn_ended(EndedTurn("chat", 1.0, 2.0, MessageStatus.STOPPED))
    assert collector.has_come.wait(PATIENCE_S)
    spans.close()


def test_without_an_endpoint_nothing_is_made_and_without_the_package_a_sentence_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert Settings(_env_file=None).otlp_endpoint is None
    assert build_spans(None) is None
    monkeypatch.delitem(sys.modules, "chains.run_spans")
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(TracingPackageMissing) as caught:
        build_spans("http://127.0.0.1:4318")
    for language in ("en", "es"):
        assert "requirements-tracing.txt" in Catalogue.load().error(language, caught.value)
