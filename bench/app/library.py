"""The application's database from outside: what it kept of an answer, and many conversations at once."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.answer import ContenderFailed
from bench.questions import words
from components.owner import OWNER_COOKIE, OwnerCookie
from storage.conversations import ConversationStore
from storage.migrating import migrate
from storage.opening import open_database
from storage.records import Conversation, Message, Role

QUESTION_WORDS = 12
ANSWER_WORDS = 60
CONVERSATIONS_BETWEEN_RECORDS = 10
ALTERNATIVES = 8


@dataclass(frozen=True)
class Kept:
    """True counts of an answer, the end mark among its tokens."""

    num_output: int
    num_prompt: int
    num_cached: int


class Library:
    """The conversations below the data folder of an application, whether that is running or not."""

    def __init__(self, data_dir: Path, store: ConversationStore) -> None:
        self._owners = OwnerCookie.load(data_dir / "owner.key")
        self._store = store

    def new_cookies(self) -> dict[str, str]:
        """Those of a browser that has been here."""
        return {OWNER_COOKIE: self._owners.new_value()}

    def answer(self, cookies: dict[str, str], conversation_id: str) -> Kept:
        """What is kept of the last answer. Raises ContenderFailed when that is nothing."""
        owner = self._owner(cookies)
        message = self._store.tree(owner, conversation_id).path[-1]
        record = self._store.record(owner, conversation_id, message.id)
        if message.error_key or record is None:
            raise ContenderFailed(f"app: an answer ended as {message.status}, {message.error_key}")
        run = record["runs"][-1]
        return Kept(run["num_output"], run["num_prompt"], run["num_cached"])

    def fill(self, cookies: dict[str, str], num_conversations: int, num_messages: int) -> list[str]:
        """Keep as many conversations for this owner, some with a record; returns their ids."""
        owner = self._owner(cookies)
        ids = []
        for number in range(num_conversations):
            messages = list(written(number, num_messages))
            has_record = number % CONVERSATIONS_BETWEEN_RECORDS == 0
            records = {messages[-1].id: record(number)} if has_record else {}
            conversation = Conversation(title=words(5, seed=number))
            ids.append(self._store.add_tree(owner, conversation, messages, records).id)
        return ids

    def _owner(self, cookies: dict[str, str]) -> str:
        owner = self._owners.owner_in(cookies)
        assert owner is not None
        return owner


@contextmanager
def library(data_dir: Path) -> Iterator[Library]:
    """Made, if it is not there."""
    data_dir.mkdir(parents=True, exist_ok=True)
    database = open_database(f"sqlite:///{data_dir / 'tertulia.sqlite'}", data_dir / "backups", migrate)
    try:
        yield Library(data_dir, ConversationStore(database))
    finally:
        database.close()


def written(number: int, num_messages: int) -> Iterator[Message]:
    """Questions and answers in turn, one after the other."""
    parent_id = None
    figures = {"num_output": float(ANSWER_WORDS), "tokens_per_second": 40.0, "share_cached": 0.9}
    for index in range(num_messages):
        seed = number * num_messages + index
        if index % 2 == 0:
            message = Message(Role.USER, f"{words(QUESTION_WORDS, seed)}?", parent_id=parent_id)
        else:
            message = Message(Role.ASSISTANT, prose(seed), parent_id=parent_id, figures=figures)
        yield message
        parent_id = message.id


def prose(seed: int) -> str:
    """An answer as the model writes them: a sentence, a list, and a word that stands out."""
    said = words(ANSWER_WORDS // 4, seed)
    items = "\n".join(f"{number}. {words(ANSWER_WORDS // 4, seed + number)}" for number in (1, 2, 3))
    return f"The **{words(1, seed)}**: {said}.\n\n{items}"


def record(seed: int) -> dict[str, Any]:
    """As large as that of an answer of so many tokens."""
    draw = random.Random(seed)

    def token() -> dict[str, Any]:
        return {"id": draw.randrange(49_152), "text": "d29yZA==", "probability": draw.random()}

    answer = [{**token(), "others": [token() for _ in range(ALTERNATIVES)]} for _ in range(ANSWER_WORDS)]
    return {
        "runs": [
            {"model": "local/bench", "num_prompt": 40, "num_output": ANSWER_WORDS, "num_cached": 30, "answer": answer}
        ]
    }
