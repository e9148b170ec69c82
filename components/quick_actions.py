"""What the page's script asks for that leaves the branch as it is: each a function from a visit to an update."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from html import escape

from chains.exports.conversation_markdown import to_markdown
from components.chat_screen import ChatScreen, Visit
from components.chat_tab import ChatParts
from components.export_words import markdown_words
from components.note_list import MAX_NOTE_CHARACTERS
from components.page_action import PageAction
from components.services import Services
from components.shown_errors import Update
from safety.shown_text import INVISIBLE


class QuickActions:
    """Blocks briefly. Whatever is not the visitor's own does not exist."""

    def __init__(self, services: Services, parts: ChatParts, visit: Visit) -> None:
        self._services = services
        self._chat = services.chat
        self._parts = parts
        self._visit = visit
        self._key = (visit.owner, visit.conversation_id)
        self._screen = ChatScreen(services, parts, visit)

    def run(self, action: PageAction) -> Update:
        """Do it; what the page never asks for does nothing."""
        known: dict[str, Callable[[PageAction], Update]] = {
            "search": lambda _: {self._parts.sidebar.entries: self._screen.lists()[self._parts.sidebar.entries]},
            "rename": self._rename,
            "pin": self._pin,
            "restore": self._restore,
            "rate": self._rate,
            "glass": self._glass,
            "copy_all": self._copy_all,
            "note": self._note_message,
            "note_add": self._note_add,
            "note_change": self._note_change,
            "note_delete": self._note_delete,
            "note_refuse": lambda _: {self._parts.offer: ""},
            "template_use": self._template_use,
            "template_save": self._template_save,
            "template_delete": self._template_delete,
            "template_import": self._template_import,
        }
        act = known.get(action.name)
        return act(action) if act else {}

    # --- conversations -----------------------------------------------------------------------------------------------

    def _rename(self, action: PageAction) -> Update:
        self._chat.conversations.rename(self._visit.owner, action.text("id"), action.text("title"))
        return self._named()

    def _pin(self, action: PageAction) -> Update:
        self._chat.conversations.pin(self._visit.owner, action.text("id"), is_pinned=action.truth("pinned"))
        return self._screen.lists()

    def _restore(self, action: PageAction) -> Update:
        self._chat.conversations.restore(self._visit.owner, action.text("id"))
        return self._screen.lists() | {self._parts.sidebar.deleted: ""}

    def _copy_all(self, _: PageAction) -> Update:
        shown = self._screen.read()
        words = markdown_words(self._services.catalogue, self._visit.language)
        text = to_markdown(shown.conversation, shown.messages, words)
        moment = datetime.now(UTC).isoformat()  # so that copying the same again is a change, too
        return {self._parts.copied: f"{moment}\n{text}", self._parts.status: self._say("app_copied_all")}

    def _named(self) -> Update:
        update = self._screen.lists()
        if self._visit.conversation_id:
            update |= {self._parts.bar: self._screen.around(self._screen.read())[self._parts.bar]}
        return update

    # --- messages ----------------------------------------------------------------------------------------------------

    def _rate(self, action: PageAction) -> Update:
        self._chat.conversations.rate(*self._key, action.text("message"), action.number("rating") or 0)
        return {self._parts.bars: self._screen.around(self._screen.read())[self._parts.bars]}

    def _glass(self, action: PageAction) -> Update:
        return self._screen.glass(action.text("message"))

    # --- notes -------------------------------------------------------------------------------------------------------

    def _note_message(self, action: PageAction) -> Update:
        return self._keep_note(self._screen.read().tree.message(action.text("message")).text)

    def _note_add(self, action: PageAction) -> Update:
        return self._keep_note(action.text("text"))

    def _keep_note(self, text: str) -> Update:
        note = note_text(text)
        if not note:
            return self._noted()
        self._chat.notes.add(self._visit.owner, note)
        return self._noted() | {self._parts.offer: "", self._parts.status: self._say("app_note_kept")}

    def _note_change(self, action: PageAction) -> Update:
        text = note_text(action.text("text")) or None
        is_on = action.truth("is_on") if action.text("is_on") else None
        self._chat.notes.change(self._visit.owner, action.text("id"), text=text, is_on=is_on)
        return self._noted()

    def _note_delete(self, action: PageAction) -> Update:
        self._chat.notes.delete(self._visit.owner, action.text("id"))
        return self._noted()

    def _noted(self) -> Update:
        return {self._parts.panel.notes: self._screen.lists()[self._parts.panel.notes]}

    # --- templates ---------------------------------------------------------------------------------------------------

    def _template_use(self, action: PageAction) -> Update:
        """Put a copy of the template, and its settings, into the conversation; make one if there is none yet."""
        spec = self._chat.templates.get(self._visit.owner, self._visit.language, action.text("id"))
        conversation_id = self._visit.conversation_id
        options = self._screen.read().options if conversation_id else self._screen.begun()
        defaults = self._parts.panel.sampling.of(self._visit.offered.model_in(options)).defaults.chosen()
        # What a template set goes with it, unless it was changed meanwhile.
        is_as_set = {**defaults, **options.sampling.chosen()} == {**defaults, **options.template.sampling}
        if spec.sampling or is_as_set:
            options = options.with_sampling(spec.sampling)
        options = options.model_copy(update={"template": spec})
        if conversation_id:
            self._chat.conversations.change_options(*self._key, options)
            return self._screen.settings(self._screen.read())
        conversation_id = self._chat.conversations.start(self._visit.owner, options)
        begun = replace(self._visit, conversation_id=conversation_id)
        screen = ChatScreen(self._services, self._parts, begun)
        return screen.settings(screen.read()) | {self._parts.conversation_id: conversation_id}

    def _template_save(self, action: PageAction) -> Update:
        self._chat.templates.save(self._visit.owner, action.text("spec"), action.text("id") or None)
        return self._templates()

    def _template_delete(self, action: PageAction) -> Update:
        self._chat.templates.delete(self._visit.owner, action.text("id"))
        return self._templates()

    def _template_import(self, action: PageAction) -> Update:
        self._chat.templates.import_yaml(self._visit.owner, action.text("text"))
        return self._templates()

    def _say(self, key: str) -> str:
        return escape(self._services.catalogue.text(self._visit.language, key))

    def _templates(self) -> Update:
        options = self._screen.read().options if self._visit.conversation_id else self._screen.begun()
        return {self._parts.panel.templates: self._screen.templates(options)}


def note_text(text: str) -> str:
    """One short line: what it holds is given to the model with every question."""
    return " ".join(INVISIBLE.sub("", text).split())[:MAX_NOTE_CHARACTERS]
