"""Everything a room does with conversations but answer in them: for the Chat room, that is ``chains.replies``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, TypeVar

from chains.live import LiveAnswer, LiveAnswers
from chains.options import ConversationOptions
from chains.run_record import AnswerRecord, stored_record
from errors import MessageNotFound
from storage.conversations import ConversationStore
from storage.message_tree import MessageTree
from storage.records import Conversation, Message, MessageStatus, Role, TitleSource

O = TypeVar("O", bound=ConversationOptions)  # noqa: E741

MAX_TITLE_CHARACTERS = 120
DELETED_FOR = timedelta(days=1)  # how long a deleted conversation can be brought back


@dataclass(frozen=True)
class Shown:
    """A conversation as somebody sees it: one branch of ``tree``, the answer being written in its newest state."""

    conversation: Conversation
    tree: MessageTree
    live: LiveAnswer | None = None

    @property
    def messages(self) -> tuple[Message, ...]:
        """The branch, oldest first."""
        return tuple(map(self._newest, self.tree.path))

    def _newest(self, stored: Message) -> Message:
        """The answer may have ended, and been stored, after ``live`` was read."""
        newest = self.live.message if self.live else stored
        return newest if newest.id == stored.id and stored.status is MessageStatus.ANSWERING else stored

    def grown(self, live: LiveAnswer) -> Shown:
        """The same, a little later."""
        return replace(self, live=live)

    @property
    def options(self) -> ConversationOptions:
        return ConversationOptions.model_validate(self.conversation.options)


class Conversations:
    """One room's conversations of all owners; whatever is not the owner's is not found. Every method blocks briefly."""

    def __init__(self, store: ConversationStore, live: LiveAnswers, room: str = "chat") -> None:
        self._store = store
        self._live = live
        self._room = room

    def start(self, owner: str, options: ConversationOptions | None = None) -> str:
        """Begin an empty conversation and return its id."""
        return self._store.create(owner, options=_kept(options or ConversationOptions()), room=self._room).id

    def listed(self, owner: str, search: str = "") -> tuple[Conversation, ...]:
        """Pinned ones first, then the newest; those in which nobody has asked or named anything are not listed."""
        listed = self._store.listed(owner, search, room=self._room)
        return tuple(one for one in listed if one.leaf_id is not None or one.title)

    def begun(self, owner: str, names: Sequence[str], options: O) -> O:
        """``options`` as a new conversation begins with them: its model and its secrecy are those of the last one.

        A model that is not among ``names`` is left.
        """
        newest = max(self._store.listed(owner, room=self._room), key=lambda one: one.updated_at, default=None)
        last = ConversationOptions.model_validate(newest.options if newest else {})
        model = last.model if last.model in names else ""
        return options.model_copy(update={"model": model, "hides_personal": last.hides_personal})

    def is_answering(self, conversation_id: str) -> bool:
        """An answer is being written in it, by this process."""
        return self._live.is_taken_here(conversation_id)

    def shown(self, owner: str, conversation_id: str) -> Shown:
        """What to show of it. Raises ConversationNotFound."""
        was_taken, live = self._live.is_taken(conversation_id), self._live.of(conversation_id)
        conversation = self._store.get(owner, conversation_id)
        tree = self._store.tree(owner, conversation_id)
        if not was_taken and not self._live.is_taken(conversation_id):
            tree = _settled(tree)
        return Shown(conversation, tree, live)

    def rename(self, owner: str, conversation_id: str, title: str) -> None:
        """Give it a title of the person's own; an empty one changes nothing."""
        title = " ".join(title.split())[:MAX_TITLE_CHARACTERS]
        if title:
            self._store.change(owner, conversation_id, title=title, title_source=TitleSource.PERSON)

    def pin(self, owner: str, conversation_id: str, *, is_pinned: bool) -> None:
        """Keep it on top, or no longer."""
        self._store.change(owner, conversation_id, is_pinned=is_pinned)

    def delete(self, owner: str, conversation_id: str) -> Conversation:
        """Hide it; ``restore`` brings it back, for a day."""
        conversation = self._store.get(owner, conversation_id)
        self._store.delete(owner, conversation_id)
        self._store.purge(DELETED_FOR)
        return conversation

    def restore(self, owner: str, conversation_id: str) -> None:
        """Undo ``delete``."""
        self._store.restore(owner, conversation_id)

    def change_options(self, owner: str, conversation_id: str, options: ConversationOptions) -> None:
        """Keep what was chosen for it."""
        self._store.change(owner, conversation_id, options=_kept(options))

    def write_summary(self, owner: str, conversation_id: str, summary: str) -> None:
        """Put the person's words in the place of the running summary; none bring the turns back it stood for."""
        if summary.strip():
            self._store.change(owner, conversation_id, summary=summary.strip())
        else:
            self._store.change(owner, conversation_id, summary="", summary_until=None)

    def rate(self, owner: str, conversation_id: str, message_id: str, rating: int) -> None:
        """Note whether an answer was liked: 1, disliked: -1, or neither: 0. Raises ConversationBusy while it grows."""
        message = self._store.tree(owner, conversation_id).message(message_id)
        if message.status is MessageStatus.ANSWERING:
            self._live.check_free(conversation_id)
        self._store.save(owner, conversation_id, replace(message, rating=max(-1, min(1, rating))))

    def record(self, owner: str, conversation_id: str, message_id: str) -> AnswerRecord | None:
        """What is known of the runs behind an answer, None for one that has no record."""
        return stored_record(self._store, owner, conversation_id, message_id)

    def records(self, owner: str, conversation_id: str) -> dict[str, dict[str, Any]]:
        """The records of all its answers that have one, by message id, as they are stored."""
        messages = self._store.tree(owner, conversation_id).messages
        found = {message.id: self._store.record(owner, conversation_id, message.id) for message in messages}
        return {message_id: record for message_id, record in found.items() if record is not None}

    # --- branches ----------------------------------------------------------------------------------------------------

    def show_version(self, owner: str, conversation_id: str, message_id: str) -> None:
        """Move to the branch of this message. Raises ConversationBusy while an answer is being written."""
        leaf = self._store.tree(owner, conversation_id).leaf_below(message_id)
        self._live.check_free(conversation_id)
        self._store.change(owner, conversation_id, leaf_id=leaf)

    def fork(self, owner: str, conversation_id: str, message_id: str) -> Conversation:
        """A new conversation with the messages up to this one, and their records."""
        conversation = self._store.get(owner, conversation_id)
        path = self._store.tree(owner, conversation_id).upto(message_id)
        copied = {message.id for message in path}
        records = {key: record for key, record in self.records(owner, conversation_id).items() if key in copied}
        return self.add(owner, replace(conversation, leaf_id=message_id, is_pinned=False), path, records)

    def undo(self, owner: str, conversation_id: str) -> str:
        """Take the last turn off the branch and return its question; it stays in the tree as another version."""
        path = self._store.tree(owner, conversation_id).path
        self._live.check_free(conversation_id)
        question = next((message for message in reversed(path) if message.role is Role.USER), None)
        if question is None:
            raise MessageNotFound
        self._store.change(owner, conversation_id, leaf_id=question.parent_id)
        return question.text

    def add(
        self,
        owner: str,
        conversation: Conversation,
        messages: Sequence[Message],
        records: Mapping[str, Mapping[str, Any]],
    ) -> Conversation:
        """Keep a conversation that was imported or copied, under ids of its own."""
        return self._store.add_tree(owner, replace(conversation, room=self._room), messages, records)


def _settled(tree: MessageTree) -> MessageTree:
    """Nobody writes: an answer whose end could not be stored, the disk being full, was stopped where it stands."""
    if all(message.status is not MessageStatus.ANSWERING for message in tree.messages):
        return tree
    stopped = {MessageStatus.ANSWERING: MessageStatus.STOPPED}
    messages = [replace(message, status=stopped.get(message.status, message.status)) for message in tree.messages]
    return MessageTree(messages, tree.leaf_id)


def _kept(options: ConversationOptions) -> dict[str, Any]:
    return options.model_dump(mode="json", exclude_defaults=True)
