"""Turns as OpenTelemetry's spans, named as its conventions for generative models name them, and without any content.

Imported where traces are asked for, and nowhere else: the package that sends them is not among those that everybody
installs.
"""

from __future__ import annotations

from collections.abc import Mapping

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import Span, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, StatusCode, set_span_in_context
from opentelemetry.util.types import AttributeValue

from chains.run_record import RunRecord
from chains.turn_news import EndedTurn, StepKind, TurnStep

SERVICE = "tertulia"
PATH = "/v1/traces"
NAMES = {StepKind.MODEL: "chat", StepKind.RETRIEVAL: "retrieval", StepKind.TOOL: "execute_tool"}
PREPARING = ("condense", "rewrite")  # calls before a search; all other names of calls are their authors' words
SAMPLING = {"temperature", "top_p", "top_k", "max_tokens"}
LONGEST_NAME = 100
NANOSECONDS = 1_000_000_000
Told = Mapping[str, AttributeValue | None]


class RunSpans:
    """Sends each turn to ``endpoint``, in a thread of its own: nobody waits for it, and an endpoint that is away costs
    no more than its spans. Headers that it wants are given in OTEL_EXPORTER_OTLP_HEADERS.
    """

    def __init__(self, endpoint: str) -> None:
        exporter = OTLPSpanExporter(endpoint=endpoint.rstrip("/").removesuffix(PATH) + PATH)
        self._provider = TracerProvider(resource=Resource.create({SERVICE_NAME: SERVICE}), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer(SERVICE)

    def turn_ended(self, turn: EndedTurn) -> None:
        """A span for the turn, and one below it for each of its steps."""
        told: Told = {"tertulia.room": turn.room, "tertulia.turn.status": turn.status.value}
        span = self._begin(f"turn {turn.room}", Context(), turn.began_at, SpanKind.SERVER)
        below = set_span_in_context(span, Context())
        for step in turn.steps:
            name = _cut(f"{NAMES[step.kind]} {step.run.model if step.run else step.name}".strip())
            kind = SpanKind.CLIENT if step.kind is StepKind.MODEL else SpanKind.INTERNAL
            _end(self._begin(name, below, step.began_at, kind), step.ended_at, _step(step), step.error_key)
        _end(span, turn.ended_at, told, turn.error_key)

    def close(self) -> None:
        """Send what is left, for a few seconds at the most."""
        self._provider.shutdown()

    def _begin(self, name: str, above: Context, at: float, kind: SpanKind) -> Span:
        span = self._tracer.start_span(name, above, kind, start_time=_time(at))
        assert isinstance(span, Span)
        return span


def _step(step: TurnStep) -> Told:
    told: Told = {"gen_ai.operation.name": NAMES[step.kind]}
    if step.kind is StepKind.TOOL:
        return {**told, "gen_ai.tool.name": _cut(step.name) or None}
    return {**told, **_call(step.run)} if step.run else told


def _call(run: RunRecord) -> Told:
    """What is known of a call of a model."""
    first = run.times.first_at - run.times.began_at if run.times and run.times.first_at is not None else None
    return {
        "gen_ai.provider.name": _cut(run.model.partition("/")[0]),
        "gen_ai.request.model": _cut(run.model),
        **{f"gen_ai.request.{name}": value for name, value in run.sampling.items() if name in SAMPLING},
        "gen_ai.request.seed": run.seed,
        "gen_ai.usage.input_tokens": run.num_prompt,
        "gen_ai.usage.output_tokens": run.num_output,
        "gen_ai.usage.cache_read.input_tokens": run.num_cached,
        "gen_ai.response.finish_reasons": [_cut(run.finish_reason)] if run.finish_reason else None,
        "gen_ai.response.time_to_first_chunk": first,
        "tertulia.call": run.step if run.step in PREPARING else None,
        "tertulia.missed_models": len(run.missed) or None,
    }


def _end(span: Span, at: float, told: Told, error_key: str) -> None:
    span.set_attributes({name: value for name, value in told.items() if value is not None})
    if error_key:
        span.set_attribute("error.type", error_key)
        span.set_status(StatusCode.ERROR)
    span.end(_time(at))


def _time(seconds: float) -> int:
    return int(seconds * NANOSECONDS)


def _cut(name: str) -> str:
    return name[:LONGEST_NAME]
