"""Engines without a model, as LocalChatModel sees them: one says what it is told to, one obeys every grammar."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable

from models.chat_model import LocalChatModel
from models.engine.chat_template import ChatTemplate
from models.engine.engine_requests import Sink
from models.engine.json_grammar import schema_grammar
from models.engine.prompt_reader import PromptReader
from models.engine.protocol import Count, Counted, Event, Finished, Generate, Piece, ReadPrompt
from tests.fakes import ByteVocabulary
from tests.gbnf import Gbnf

VOCABULARY = ByteVocabulary()


class ScriptedEngine:
    """Answers from a thread of its own, as the supervisor does. ``events`` follow each other without a pause."""

    def __init__(self, *events: Event) -> None:
        self._events = events
        self.requests: list[Generate] = []
        self.counted: list[Count] = []
        self.read: list[ReadPrompt] = []
        self.cancelled: list[str] = []

    def generate(self, request: Generate, sink: Sink) -> str:
        self.requests.append(request)
        threading.Thread(target=self._answer, args=(sink,)).start()
        return "id"

    def _answer(self, sink: Sink) -> None:
        for event in self._events:
            sink(event)

    def count(self, request: Count, sink: Sink) -> str:
        self.counted.append(request)
        sink(Counted(id="id", num_tokens=3 + sum(len(message.content) for message in request.prompt.messages)))
        return "id"

    def read_prompt(self, request: ReadPrompt, sink: Sink) -> str:
        """A token a byte, no template; or what is scripted, if it is anything."""
        self.read.append(request)
        reader = PromptReader(ChatTemplate(None, VOCABULARY, {}), VOCABULARY)
        answers = self._events or (reader.read(request),)
        threading.Thread(target=sink, args=answers[:1]).start()
        return "id"

    def cancel(self, request_id: str) -> None:
        self.cancelled.append(request_id)


END = Finished(
    id="id", reason="stop", num_prompt=5, num_cached=3, num_output=2, first_token_s=0.1, decode_s=0.2, seed=9
)
HELLO = (Piece(id="id", text="Hel"), Piece(id="id", text=""), Piece(id="id", text="lo"), END)


def model_over(*events: Event, **options: object) -> tuple[LocalChatModel, ScriptedEngine]:
    engine = ScriptedEngine(*events)
    fields = {"engine": engine, "model_name": "local/test", "context_tokens": 100, "max_tokens": 10, **options}
    return LocalChatModel.model_validate(fields), engine


class ObedientEngine:
    """Writes the shortest text that a request's grammar lets through, ``Hello`` where it is free.

    Offered tools, it calls one, but not after a result. What stands in quotes or brackets in the question is its
    argument.
    """

    def generate(self, request: Generate, sink: Sink) -> str:
        threading.Thread(target=self._answer, args=(request, sink)).start()
        return "id"

    def _answer(self, request: Generate, sink: Sink) -> None:
        for event in self._events(request):
            sink(event)

    def _events(self, request: Generate) -> Iterable[Event]:
        text = self._text(request)
        pieces = [text[start : start + 3] for start in range(0, len(text), 3)]
        shown = pieces[: request.sampling.max_tokens]
        for piece in shown:
            yield Piece(id="id", text=piece)
        reason = "stop" if shown == pieces else "length"
        yield END.model_copy(update={"reason": reason, "num_output": len(shown)})

    def _text(self, request: Generate) -> str:
        sampling, last = request.sampling, request.prompt.messages[-1]
        if sampling.json_schema is not None:
            return Gbnf(schema_grammar(sampling.json_schema)).shortest()
        if sampling.grammar is None or (sampling.grammar_trigger and last.role == "tool"):
            return "Hello"
        found = re.search(r"['(](.+?)[')]", last.content)
        argument = found[1] if found else "word"
        text = Gbnf(sampling.grammar).shortest().replace('""', f'"{argument}"')
        return text.replace("-1", argument) if argument.isdecimal() else text

    def count(self, request: Count, sink: Sink) -> str:
        sink(Counted(id="id", num_tokens=1))
        return "id"

    def cancel(self, request_id: str) -> None:
        pass
