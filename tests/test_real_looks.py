"""What a glass box asks of the default model, through the pipe: what may come next, and how likely a text is."""

from __future__ import annotations

import math
import queue

from models.engine.protocol import Event, Generate, Look, Looked, Piece, Prompt, Queued, Refused, Score, Scored
from models.engine.supervisor import Supervisor
from models.sampling import SamplingParams

CAPITAL = "The capital of France is"


def read(events: queue.SimpleQueue[Event]) -> Event:
    while isinstance(event := events.get(timeout=60), Queued | Piece):
        pass
    return event


def test_what_may_come_next_is_told_after_each_stage(engine: Supervisor) -> None:
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    sampling = SamplingParams(temperature=0.7, top_k=20, top_p=0.9, min_p=0.0)
    engine.look(Look(id="", prompt=Prompt(text=CAPITAL), sampling=sampling, num_candidates=5), events.put)
    looked = read(events)
    assert isinstance(looked, Looked)
    assert [stage.name for stage in looked.stages][:3] == ["model", "top_k", "top_p"]
    survivors = [stage.num_survivors for stage in looked.stages]
    assert survivors == sorted(survivors, reverse=True)
    assert survivors[1] == 20
    assert b" Paris" in [candidate.token_bytes for candidate in looked.stages[0].candidates]


def test_a_likely_text_is_rated_above_an_unlikely_one(engine: Supervisor) -> None:
    def mean_log_probability(text: str) -> float:
        events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        engine.score(Score(id="", text=text), events.put)
        scored = read(events)
        assert isinstance(scored, Scored)
        assert b"".join(token.token_bytes for token in scored.tokens).decode() == text
        rated = [token.log_probability for token in scored.tokens if token.log_probability is not None]
        assert len(rated) == len(scored.tokens) - 1
        return math.fsum(rated) / len(rated)

    assert mean_log_probability(f"{CAPITAL} Paris.") > mean_log_probability(f"{CAPITAL} purple spoon.")


def test_a_grammar_that_nobody_can_read_is_refused_and_the_engine_goes_on(engine: Supervisor) -> None:
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    for grammar in ("root ::= (((", 'root ::= "yes" | "no"'):
        sampling = SamplingParams(grammar=grammar, max_tokens=5, temperature=0)
        engine.generate(Generate(id="", prompt=Prompt(text="Is water wet?"), sampling=sampling), events.put)
    first, *rest = [events.get(timeout=60) for _ in range(2)]
    assert isinstance(first, Refused)
    text = ""
    while isinstance(event := rest.pop() if rest else events.get(timeout=60), Piece | Queued):
        text += event.text if isinstance(event, Piece) else ""
    assert text in ("yes", "no")
