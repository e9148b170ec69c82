"""What can be done with each message of a conversation, as HTML; ``assets/messages.js`` puts it under the messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from components.catalogue import Catalogue
from components.icons import icon
from storage.message_tree import MessageTree
from storage.records import Message, MessageStatus, Role

CAN_GO_ON = (MessageStatus.STOPPED, MessageStatus.CUT)


def message_bars(
    messages: Sequence[Message],
    tree: MessageTree,
    live: bool,
    figures: Mapping[str, str],
    catalogue: Catalogue,
    language: str,
) -> str:
    """A bar for each of ``messages``, which are those that are shown, in their order.

    While an answer is written (``live``) the bars keep their places, empty to eye and hand, so that nothing moves.
    ``figures`` are a line about each answer's run, by message id; without one its run cannot be looked into.
    """
    questions = [message.id for message in messages if message.role is Role.USER]
    bars = Bars(tree, figures, catalogue, language)
    rest = " inert" if live else ""
    return "".join(
        bars.question(message, rest, is_last=message.id == questions[-1])
        if message.role is Role.USER
        else bars.answer(message, rest)
        for message in messages
    )


class Bars:
    """Bars in one language."""

    def __init__(self, tree: MessageTree, figures: Mapping[str, str], catalogue: Catalogue, language: str) -> None:
        self._tree = tree
        self._figures = figures
        self._catalogue = catalogue
        self._language = language

    def question(self, message: Message, rest: str, *, is_last: bool) -> str:
        parts = [self.versions(message), self.button("edit", "edit", "app_edit")]
        if is_last:
            parts.append(self.button("undo", "undo", "app_undo"))
        parts.append(self.button("note", "note", "app_remember"))
        # The text goes along as it was written: what is shown was made safe, and must not be what is sent again.
        return (
            f'<div class="message-bar" data-role="user" data-message="{escape(message.id)}" '
            f'data-text="{escape(message.text)}" aria-live="off"{rest}>'
            f"{''.join(parts)}</div>"
        )

    def answer(self, message: Message, rest: str) -> str:
        parts = [self.versions(message), self.button("again", "again", "app_again")]
        if message.status in CAN_GO_ON:
            parts.append(self.button("resume", "resume", "app_resume", is_named=True))
        parts.append(self.button("fork", "fork", "app_fork"))
        if message.status is not MessageStatus.FAILED:
            parts += [self.rate(message, 1, "app_like"), self.rate(message, -1, "app_dislike")]
        parts.append(self.glass(message))
        return (
            f'<div class="message-bar" data-role="assistant" data-message="{escape(message.id)}" aria-live="off"{rest}>'
            f"{''.join(parts)}</div>"
        )

    def versions(self, message: Message) -> str:
        place, count = self._tree.place(message.id)
        if count < 2:
            return ""
        siblings = [sibling.id for sibling in self._tree.siblings(message.id)]
        before = siblings[place - 2] if place > 1 else ""
        after = siblings[place] if place < count else ""
        where = escape(self._text("app_version_place", place=place, count=count))
        previous = self._step(before, "previous", "app_version_previous", "app_version_first")
        following = self._step(after, "next", "app_version_next", "app_version_last")
        return (
            f'<span class="versions" role="group" aria-label="{where}">{previous}'
            f'<span class="place" aria-hidden="true">{place}/{count}</span>{following}</span>'
        )

    def _step(self, sibling_id: str, shape: str, key: str, key_at_end: str) -> str:
        """At the end it stays where it is and can still be focused; it says why it does nothing."""
        if not sibling_id:
            return self.button("version", shape, key_at_end, 'aria-disabled="true"')
        return self.button("version", shape, key, f'data-message="{escape(sibling_id)}"')

    def rate(self, message: Message, rating: int, key: str) -> str:
        is_given = message.rating == rating
        attributes = f'data-rating="{0 if is_given else rating}" aria-pressed="{str(is_given).lower()}"'
        return self.button("rate", "like" if rating > 0 else "dislike", key, attributes)

    def glass(self, message: Message) -> str:
        figures = self._figures.get(message.id)
        if figures is None:
            return ""
        hint = escape(self._text("app_glass_open"))
        return (
            f'<button type="button" class="figures" data-act="glass" title="{hint}">{icon("glass")}'
            f'<span>{escape(figures)}</span><span class="hint">. {hint}</span></button>'
        )

    def button(self, action: str, shape: str, key: str, attributes: str = "", *, is_named: bool = False) -> str:
        name = escape(self._text(key))
        inside = f"<span>{name}</span>" if is_named else ""
        attributes = f" {attributes}" if attributes else ""
        return (
            f'<button type="button" data-act="{action}"{attributes} title="{name}" aria-label="{name}">'
            f"{icon(shape)}{inside}</button>"
        )

    def _text(self, key: str, **values: object) -> str:
        return self._catalogue.text(self._language, key, **values)
