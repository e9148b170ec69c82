"""What can be done with each message of a conversation with the agent; ``assets/messages.js`` puts it under them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from components.catalogue import Catalogue
from components.message_bar import Bars
from storage.message_tree import MessageTree
from storage.records import Message, MessageStatus, Role


def agent_bars(
    messages: Sequence[Message], tree: MessageTree, live: bool, figures: Mapping[str, str], words: tuple[Catalogue, str]
) -> str:
    """A bar for each of ``messages``, as ``components.message_bar.message_bars`` makes them."""
    questions = [message.id for message in messages if message.role is Role.USER]
    bars = _AgentBars(tree, figures, *words)
    rest = ' data-bridge="agent"' + (" inert" if live else "")
    return "".join(
        bars.question(message, rest, is_last=message.id == questions[-1])
        if message.role is Role.USER
        else bars.answer(message, rest)
        for message in messages
    )


class _AgentBars(Bars):
    def answer(self, message: Message, rest: str) -> str:
        """An answer of the agent cannot be gone on with: what it was made of is gone."""
        parts = [self.versions(message), self.button("again", "again", "app_again")]
        parts.append(self.button("fork", "fork", "app_fork"))
        if message.status is not MessageStatus.FAILED:
            parts += [self.rate(message, 1, "app_like"), self.rate(message, -1, "app_dislike")]
        parts.append(self.glass(message))
        return (
            f'<div class="message-bar" data-role="assistant" data-message="{escape(message.id)}" aria-live="off"{rest}>'
            f"{''.join(parts)}</div>"
        )
