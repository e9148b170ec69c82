"""Many visitors who ask in the same moment: each hears of his own question alone, is answered or plainly refused."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.gradio_client_raw import Heard, Layout, RawVisitor, visitor
from tests.page_process import page_process
from tests.served_app import served_app

WORD = re.compile(r"word-[0-9a-f]{16}")
SECONDS = 1_500.0  # an answer may wait for all others


@dataclass
class Guest:
    """A visitor with a word that nobody else knows; ``codes`` are those of all that the server answered."""

    one: RawVisitor
    word: str = field(default_factory=lambda: f"word-{secrets.token_hex(8)}")
    codes: list[int] = field(default_factory=list)
    heard: Heard | None = None

    async def ask(self, question: str) -> None:
        self.heard = await self.one.ask(question.format(self.word))

    @property
    def is_answered(self) -> bool:
        chat = (self.heard.shown.get("chat") if self.heard else None) or []
        return len(chat) > 1 and bool(chat[1]["content"][0]["text"])


async def guest(stack: AsyncExitStack, url: str, layout: Layout) -> Guest:
    """Somebody who opened the page."""
    codes: list[int] = []

    async def note(response: httpx.Response) -> None:
        codes.append(response.status_code)

    headers, hooks = {"accept-language": "en"}, {"response": [note]}
    client = httpx.AsyncClient(base_url=url, headers=headers, timeout=SECONDS, event_hooks=hooks)
    await stack.enter_async_context(client)
    assert (await client.get("/")).status_code == 200
    return Guest(RawVisitor(client, layout), codes=codes)


def check(guests: Sequence[Guest]) -> Counter[str]:
    """How many were answered, and how many refused."""
    for one in guests:
        assert one.heard is not None
        assert all(code < 500 for code in one.codes), one.codes
        assert set(WORD.findall("\n".join(one.heard.raw))) <= {one.word}, "somebody else's word"
        assert one.is_answered or one.heard.sentences, f"neither an answer nor a sentence: {one.heard.raw[-1]}"
    return Counter("answered" if one.is_answered else "refused" for one in guests)


async def ask_at_once(url: str, number: int, question: str) -> list[Guest]:
    async with visitor(url) as first, AsyncExitStack() as stack:
        guests = [await guest(stack, url, first.layout) for _ in range(number)]
        await asyncio.gather(*(one.ask(question) for one in guests))
    return guests


@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("number", [16, pytest.param(200, marks=pytest.mark.slow)])
async def test_of_many_at_once_each_gets_his_own_answer(tmp_path: Path, number: int) -> None:
    """Over a scripted model that spells out the question, so that all are answered at the same time."""
    with page_process(tmp_path) as page:
        guests = await ask_at_once(page.url, number, "spell {}")
        told = check(guests)
        assert "Traceback" not in page.log
    for one in guests:
        if one.is_answered and one.heard:
            question, answer = (message["content"][0]["text"] for message in one.heard.shown["chat"])
            assert (question, answer) == (f"spell {one.word}", f"spell {one.word}")
    print(f"{number} visitors at once: {dict(told)}")  # noqa: T201 - a figure to publish


@pytest.mark.slow
@pytest.mark.timeout(1_800)
async def test_two_hundred_at_once_on_the_real_model(tmp_path: Path) -> None:
    with served_app(tmp_path, TERTULIA_MAX_ANSWER_TOKENS="16") as app:
        told = check(await ask_at_once(app.url, 200, "{} Say hello."))
    print(f"200 visitors at once on the real model: {dict(told)}")  # noqa: T201 - a figure to publish
