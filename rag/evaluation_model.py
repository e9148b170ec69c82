"""What an evaluation asks of the model: other words for a question, and answers of a few words. Nobody reads them as
they come, so all calls yield to people in the model's queue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from chains.languages import language_of
from chains.room_model import RoomModel
from rag.citations import NumberedPassage
from rag.passage_prompt import passage_sections
from rag.rewriting import other_queries, rewrite_prompt
from storage.document_records import Passage

MAX_TOKENS = 64
SYSTEM = {
    "en": "Answer the question from the passages, in as few words as possible and in words of the passages.",
    "es": "Responde la pregunta según los pasajes, con las menos palabras posibles y con palabras de los pasajes.",
}


class EvaluationModel:
    """Both calls raise what the model's engine raises."""

    def __init__(self, room_model: RoomModel) -> None:
        self._room_model = room_model

    async def rewrite(self, owner: str, question: str) -> tuple[str, ...]:
        """What else to search for."""
        composition = rewrite_prompt(question, language_of(question, "en"))
        return other_queries(await self._written(owner, composition.messages, MAX_TOKENS), question)

    async def answer(self, owner: str, question: str, passages: Sequence[Passage]) -> str:
        """From as many of the passages, best first, as the window holds."""
        language = language_of(question, "en")
        return await self._written(owner, await self._fitting(question, passages, language), MAX_TOKENS)

    async def _written(self, owner: str, messages: list[BaseMessage], max_tokens: int) -> str:
        options: dict[str, Any] = {"owner": owner, "is_background": True, "temperature": 0.0, "max_tokens": max_tokens}
        message = await self._room_model.model.ainvoke(messages, **options)
        return message.text.strip()

    async def _fitting(self, question: str, passages: Sequence[Passage], language: str) -> list[BaseMessage]:
        for num in range(len(passages), 0, -1):
            messages = _messages(question, passages[:num], language)
            tokens = await self._room_model.reader.aread_prompt(messages)
            if len(tokens) + MAX_TOKENS <= self._room_model.context_tokens:
                return messages
        return _messages(question, (), language)


def _messages(question: str, passages: Sequence[Passage], language: str) -> list[BaseMessage]:
    numbered = [NumberedPassage(number, passage) for number, passage in enumerate(passages, 1)]
    sections = [section.text for section in passage_sections(numbered, language)]
    return [SystemMessage(SYSTEM[language]), HumanMessage("\n\n".join([*sections, question]))]
