"""The answering service of the Documents room over a scripted model and passages that a test names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

import numpy as np
from langchain_core.language_models import BaseChatModel

from chains.evidence import words_in
from chains.live import LiveAnswers
from chains.options import SamplingChoice
from chains.replies import Place
from chains.room_model import PromptReader, RoomModel
from errors import EmbedderUnavailable, NothingToSearch
from rag.answer_desk import DocumentAnswer, DocumentSources, Growing
from rag.answers import DocumentAnswers
from rag.document_record import DocumentRecord
from rag.modes import ROOM, Mode
from rag.ranking import Leg, SearchOptions
from rag.search import Hit, SearchReport
from storage.conversations import ConversationStore
from storage.document_records import Chunk, Passage, Vector
from storage.records import Message
from tests.scripted_model import ScriptedModel
from tests.scripted_shelf import ScriptedShelf

OWNER = "ana"
COLLECTION = "c1"
MAX_CHARACTERS = 1_000
MAX_ANSWER_TOKENS = 40
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def passage(number: int, text: str, document: str = "d1", name: str = "Bridges.pdf", page: int = 1) -> Passage:
    return Passage(number, document, name, "", Chunk(number, page, 0, len(text), text))


@dataclass
class WordSearch:
    """Finds passages by the words they share with a question; ``asked`` are the questions so far."""

    passages: Sequence[Passage]
    threshold: float = 0.2
    asked: list[str] = field(default_factory=list)

    def search(self, owner: str, collection_id: str, question: str, options: SearchOptions) -> SearchReport:
        self.asked.append(question)
        words = {word for word in words_in(question) if len(word) > 3}
        found = [one for one in self.passages if not options.document_ids or one.document_id in options.document_ids]
        if not found or owner != OWNER or collection_id != COLLECTION:
            raise NothingToSearch
        scores = {one.id: len(words & words_in(one.chunk.text)) / max(1, len(words)) for one in found}
        found.sort(key=lambda one: -scores[one.id])
        hits = tuple(
            Hit(one, scores[one.id], {"words": Leg(scores[one.id], rank)})
            for rank, one in enumerate(found[: options.num], 1)
        )
        return SearchReport(
            question, hits, hits[0].score >= min(self.threshold, options.threshold), 1.0, "exact", len(found)
        )

    def by_ids(self, owner: str, ids: Sequence[int]) -> tuple[Passage, ...]:
        by_id = {one.id: one for one in self.passages}
        return tuple(by_id[one] for one in ids if one in by_id)


class LetterEmbedder:
    """Texts of the same letters are near each other."""

    def embed_passages(self, texts: Sequence[str]) -> Vector:
        counts = np.array([[text.lower().count(letter) for letter in LETTERS] for text in texts], np.float32)
        lengths: Vector = np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), np.float32(1e-9))
        return np.asarray(counts / lengths, np.float32)

    def embed_question(self, text: str) -> Vector:
        return np.asarray(self.embed_passages([text])[0], np.float32)


def no_embedder() -> LetterEmbedder:
    raise EmbedderUnavailable(name="e5-small")


@dataclass
class DocumentRoom:
    """One conversation in it is under way: ``id``."""

    model: BaseChatModel
    store: ConversationStore
    search: WordSearch
    reader: PromptReader
    context_tokens: int = 10_000
    has_embedders: bool = True
    options: dict[str, object] = field(default_factory=dict)
    others: Sequence[RoomModel] = ()

    def __post_init__(self) -> None:
        defaults = SamplingChoice(max_tokens=MAX_ANSWER_TOKENS)
        room_model = RoomModel(self.model, self.reader, "scripted", self.context_tokens, defaults)
        embedder = LetterEmbedder if self.has_embedders else no_embedder
        sources = DocumentSources(self.search, self.search, embedder, embedder)
        self.live = LiveAnswers()
        self.answers = DocumentAnswers(
            self.store, ScriptedShelf(room_model, *self.others), self.live, sources, MAX_CHARACTERS
        )
        options = {"collection_id": COLLECTION, **self.options}
        self.id = self.store.create(OWNER, options=options, room=ROOM).id

    @property
    def here(self) -> Place:
        return Place(OWNER, self.id, "en")

    @property
    def scripted(self) -> ScriptedModel:
        assert isinstance(self.model, ScriptedModel)
        return self.model

    @property
    def prompts(self) -> list[list[tuple[str, str]]]:
        """Who says what in each prompt."""
        return [[(message.type, message.text) for message in prompt] for prompt in self.scripted.prompts]

    @property
    def branch(self) -> tuple[Message, ...]:
        return self.store.tree(OWNER, self.id).path

    async def say(self, question: str, mode: Mode = Mode.NAIVE, *document_ids: str) -> DocumentAnswer:
        return await self.hear(self.answers.ask(self.here, question, mode, document_ids))

    async def hear(self, answers: Growing) -> DocumentAnswer:
        """The answer as it is in the end."""
        async with aclosing(answers):
            async for answer in answers:
                last = answer
        return last

    def record(self, message: Message) -> DocumentRecord:
        record = self.answers.record(OWNER, self.id, message.id)
        assert record is not None
        return record


OPENED = "The London bridge was opened in 1973. It is 269 metres long."
TESLA = "Nikola Tesla moved to New York in 1884. Thomas Edison hired him there."
PASSAGES = (
    passage(11, TESLA, "d2", "Tesla.pdf", 4),
    passage(12, OPENED),
    passage(13, "Whales eat plankton every day.", "d3", "Whales.pdf"),
)

RoomOf = Callable[..., DocumentRoom]
