"""The options of a conversation in the Chat room: read, changed and written, one change after the other."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from chains.options import ConversationOptions
from components.chat_screen import ChatScreen, Visit
from components.chat_tab import ChatParts
from components.services import Services


class ChatOptions:
    """Blocks briefly. Whatever is not the visitor's own does not exist."""

    def __init__(self, services: Services, parts: ChatParts) -> None:
        self._services = services
        self._parts = parts
        self._turn = threading.Lock()  # two changes at once would undo each other

    def begun(self, visit: Visit) -> tuple[Visit, ConversationOptions]:
        """The visit of a conversation, which is made if there is none yet, and what it has."""
        conversations = self._services.chat.conversations
        if visit.conversation_id:
            return visit, conversations.shown(visit.owner, visit.conversation_id).options
        options = ChatScreen(self._services, self._parts, visit).begun()
        return replace(visit, conversation_id=conversations.start(visit.owner, options)), options

    def change(
        self, visit: Visit, change: Callable[[ConversationOptions], ConversationOptions]
    ) -> tuple[str, ConversationOptions]:
        """Keep what ``change`` makes of the options; make a conversation if there is none yet.

        Sliders change when a conversation is opened, too; that changes nothing and makes none.
        """
        conversations, offered = self._services.chat.conversations, visit.offered
        if not visit.conversation_id:
            before = ChatScreen(self._services, self._parts, visit).begun()
            after = change(before)
            settled = offered.model_in(before).settled
            is_new = after.model != before.model or settled(after) != settled(before)
            return conversations.start(visit.owner, after) if is_new else "", after
        with self._turn:
            before = conversations.shown(visit.owner, visit.conversation_id).options
            after = change(before)
            settled = offered.model_in(before).settled
            if after.model != before.model or settled(after) != settled(before):
                conversations.change_options(visit.owner, visit.conversation_id, after)
        return visit.conversation_id, after
