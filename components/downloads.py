"""Files that people take away: a conversation in three forms, and prompt templates. Each only to its owner."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chains.conversations import Shown
from chains.exports.conversation_json import to_json
from chains.exports.conversation_markdown import to_markdown
from chains.exports.conversation_program import program_of
from chains.exports.without_personal import Hide, hidden_file, hidden_shown
from components.export_words import markdown_words
from components.model_choice import Offered
from components.owned_files import OwnedFiles, nothing_there
from components.services import Services
from errors import ConversationNotFound, TertuliaError

CHAT = "chat"  # the room whose chains can be written as a program
TYPES = {"md": "text/markdown", "json": "application/json", "py": "text/x-python", "yaml": "application/yaml"}
NOT_IN_FILE_NAMES = re.compile(r"[^\w-]+")


def download_routes(services: Services) -> list[Route]:
    """``/conversations/{id}/export.md|json|py`` and ``/templates.yaml``."""
    downloads = _Downloads(services)
    return [
        Route("/conversations/{id}/export.{kind}", downloads.conversation),
        Route("/templates.yaml", downloads.templates),
    ]


class _Downloads(OwnedFiles):
    async def conversation(self, request: Request) -> Response:
        """A conversation as Markdown, JSON or a Python program."""
        kind, conversation_id = request.path_params["kind"], request.path_params["id"]
        language, hide = self._language(request), self._hides(request)
        writers: dict[str, Callable[[str, Shown], str]] = {
            "md": lambda _, shown: self._markdown(shown, language),
            "json": lambda owner, shown: self._json(owner, shown, has_records=hide is None),
            "py": lambda owner, shown: self._python(owner, shown, language, hide or str),
        }
        if kind not in writers:
            return nothing_there()

        def write() -> tuple[str, str]:
            owner = self._owner(request)
            shown = self._services.chat.conversations.shown(owner, conversation_id)
            shown = hidden_shown(shown, hide) if hide else shown
            return shown.conversation.title, writers[kind](owner, shown)

        return await self._file(request, write, kind)

    async def templates(self, request: Request) -> Response:
        """One prompt template, or all of the owner's."""
        language, template_id = self._language(request), request.query_params.get("id")
        hide = self._hides(request)

        def write() -> tuple[str, str]:
            text = self._services.chat.templates.export_yaml(self._owner(request), language, template_id)
            return "tertulia-templates", hidden_file(text, "yaml", hide) if hide else text

        return await self._file(request, write, "yaml")

    async def _file(self, request: Request, write: Callable[[], tuple[str, str]], kind: str) -> Response:
        try:
            name, text = await asyncio.to_thread(write)
        except TertuliaError as error:
            return self._refused(request, error)
        name = NOT_IN_FILE_NAMES.sub("-", name.encode("ascii", errors="ignore").decode()).strip("-")[:60] or "tertulia"
        headers = {
            "content-disposition": f'attachment; filename="{name}.{kind}"',
            "cache-control": "no-store",
        }
        content = text.encode("utf-8", errors="replace")
        return Response(content, media_type=f"{TYPES[kind]}; charset=utf-8", headers=headers)

    def _markdown(self, shown: Shown, language: str) -> str:
        return to_markdown(shown.conversation, shown.messages, markdown_words(self._services.catalogue, language))

    def _json(self, owner: str, shown: Shown, *, has_records: bool) -> str:
        """The records hold every prompt, token by token: nothing can be hidden in them, so that they are left out."""
        records = self._services.chat.conversations.records(owner, shown.conversation.id) if has_records else {}
        return to_json(shown.conversation, shown.tree.messages, records)

    def _python(self, owner: str, shown: Shown, language: str, hide: Hide) -> str:
        if shown.conversation.room != CHAT:  # the program would do something else than what was done
            raise ConversationNotFound
        chat = self._services.chat
        notes = [replace(note, text=hide(note.text)) for note in chat.notes.listed(owner) if note.is_on]
        offered = Offered.to(owner, chat.models)  # a program can be taken away also of a model that is gone
        model = replace(offered.model_in(shown.options), name=offered.name_in(shown.options))
        return program_of(shown.conversation, shown.messages, notes, model, language)
