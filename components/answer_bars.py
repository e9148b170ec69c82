"""What can be done with each answer from documents, as HTML; ``assets/messages.js`` puts it under the messages."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from components.catalogue import Catalogue
from components.message_bar import Bars
from storage.message_tree import MessageTree
from storage.records import Message, MessageStatus, Role


@dataclass(frozen=True)
class Peculiar:
    """Ids of answers with another beside them, and of those for which nothing was found."""

    compared: Collection[str]
    missed: Collection[str]


def answer_bars(
    messages: Sequence[Message],
    tree: MessageTree,
    live: bool,
    figures: Mapping[str, str],
    peculiar: Peculiar,
    words: tuple[Catalogue, str],
) -> str:
    """A bar for each of ``messages``, which are those that are shown, in their order.

    ``figures`` are a line about each answer's run, by message id. While an answer is
    written (``live``) the bars keep their places, empty to eye and hand.
    """
    bars = _AnswerBars(tree, figures, *words)
    bars.missed = peculiar.missed
    rest = " inert" if live else ""
    return "".join(
        bars.question(message, rest, is_last=False)
        if message.role is Role.USER
        else bars.answer(message, f'{rest} data-compares="{str(message.id in peculiar.compared).lower()}"')
        for message in messages
    )


class _AnswerBars(Bars):
    missed: Collection[str] = ()

    def question(self, message: Message, rest: str, *, is_last: bool) -> str:
        """Nothing is done with questions; their bar keeps the place."""
        return f'<div class="message-bar" data-role="user" data-message="{escape(message.id)}"{rest}></div>'

    def answer(self, message: Message, rest: str) -> str:
        parts = [self.versions(message), self.button("again", "again", "app_again")]
        if message.id in self.missed:
            parts.append(self.button("anyway", "resume", "app_answer_anyway", is_named=True))
        if message.status is not MessageStatus.FAILED:
            parts += [self.rate(message, 1, "app_like"), self.rate(message, -1, "app_dislike")]
            parts.append(self.button("found", "search", "app_found_open", is_named=True))
        parts.append(self.glass(message))
        return (
            f'<div class="message-bar" data-role="assistant" data-bridge="reading" '
            f'data-message="{escape(message.id)}" aria-live="off"{rest}>{"".join(parts)}</div>'
        )
