"""Readers in conversation: each asks, reads the whole answer, and asks again with all that was said."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor

from bench.answer import Answer, Messages, Request
from bench.questions import SYSTEM_PROMPT


def conversation(reader: str, questions: Sequence[str], max_tokens: int) -> Generator[Request, Answer, None]:
    """Yields what to ask next and is sent the answer."""
    messages: Messages = [{"role": "system", "content": SYSTEM_PROMPT}]
    for question in questions:
        messages = [*messages, {"role": "user", "content": question}]
        answer = yield Request(messages, max_tokens, reader)
        messages = [*messages, {"role": "assistant", "content": answer.text}]


async def classroom(
    ask: Callable[[Request], Awaitable[Answer]], lessons: Sequence[Sequence[str]], max_tokens: int
) -> list[list[Answer]]:
    """All readers at once, each a task; the answers of each in order."""

    async def converse(index: int) -> list[Answer]:
        turns = conversation(f"reader {index}", lessons[index], max_tokens)
        answers = [await ask(next(turns))]
        for _ in lessons[index][1:]:
            answers.append(await ask(turns.send(answers[-1])))
        return answers

    return await asyncio.gather(*(converse(index) for index in range(len(lessons))))


def classroom_of_threads(
    ask: Callable[[Request], Answer], lessons: Sequence[Sequence[str]], max_tokens: int
) -> list[list[Answer]]:
    """The same with a thread for each reader."""

    def converse(index: int) -> list[Answer]:
        turns = conversation(f"reader {index}", lessons[index], max_tokens)
        answers = [ask(next(turns))]
        for _ in lessons[index][1:]:
            answers.append(ask(turns.send(answers[-1])))
        return answers

    with ThreadPoolExecutor(len(lessons)) as threads:
        return list(threads.map(converse, range(len(lessons))))
