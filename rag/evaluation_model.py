"""What an evaluation asks of the model: other words for a question, and answers of a few words. Nobody reads them as
they come, so all calls yield to people in the model's queue."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
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
    """``model_of`` finds the model that an owner uses here. Both calls raise what the model raises."""

    def __init__(self, model_of: Callable[[str], Awaitable[RoomModel]]) -> None:
        self._model_of = model_of

    async def rewrite(self, owner: str, question: str) -> tuple[str, ...]:
        """What else to search for."""
        composition = rewrite_prompt(question, language_of(question, "en"))
        room_model = await self._model_of(owner)
        return other_queries(await _written(room_model, owner, composition.messages), question)

    async def answer(self, owner: str, question: str, passages: Sequence[Passage]) -> str:
        """From as many of the passages, best first, as the window holds."""
        room_model = await self._model_of(owner)
        messages = await _fitting(room_model, question, passages, language_of(question, "en"))
        return await _written(room_model, owner, messages)


async def _written(room_model: RoomModel, owner: str, messages: list[BaseMessage]) -> str:
    options: dict[str, Any] = {"owner": owner, "is_background": True, "temperature": 0.0, "max_tokens": MAX_TOKENS}
    message = await room_model.model.ainvoke(messages, **options)
    return message.text.strip()


async def _fitting(
    room_model: RoomModel, question: str, passages: Sequence[Passage], language: str
) -> list[BaseMessage]:
    for num in range(len(passages), 0, -1):
        messages = _messages(question, passages[:num], language)
        tokens = await room_model.reader.aread_prompt(messages)
        if len(tokens) + MAX_TOKENS <= room_model.context_tokens:
            return messages
    return _messages(question, (), language)


def _messages(question: str, passages: Sequence[Passage], language: str) -> list[BaseMessage]:
    numbered = [NumberedPassage(number, passage) for number, passage in enumerate(passages, 1)]
    sections = [section.text for section in passage_sections(numbered, language)]
    return [SystemMessage(SYSTEM[language]), HumanMessage("\n\n".join([*sections, question]))]
