"""The options of a conversation in the Chat room."""

from __future__ import annotations

from chains.options import ConversationOptions
from components.chat_screen import ChatScreen, Visit
from components.chat_tab import ChatParts
from components.kept_options import KeptOptions
from components.services import Services


class ChatOptions(KeptOptions[Visit, ConversationOptions]):
    """A choice of what the model does anyhow is none."""

    def __init__(self, services: Services, parts: ChatParts) -> None:
        super().__init__(services.chat.conversations)
        self._services = services
        self._parts = parts

    def of(self, visit: Visit) -> ConversationOptions:
        screen = ChatScreen(self._services, self._parts, visit)
        return screen.read().options if visit.conversation_id else screen.begun()

    def _differ(self, visit: Visit, before: ConversationOptions, after: ConversationOptions) -> bool:
        settled = visit.offered.model_in(before).settled
        return after.model != before.model or settled(after) != settled(before)
