"""How a model is made ready before it is chosen: the old one stays until the new one can answer."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from html import escape

import gradio as gr

from chains.options import ConversationOptions
from components.local_text import LocalText
from components.model_choice import ModelChoice, Offered
from components.services import Services
from components.shown_errors import Update
from errors import ModelUnknown, TertuliaError
from models.local_models import Loading


@dataclass(frozen=True)
class Wish:
    """``owner`` wants the model ``name`` in a conversation that has ``before``, and reads ``language``."""

    owner: str
    conversation_id: str
    name: str
    before: ConversationOptions
    offered: Offered
    language: str


class ModelSwitch:
    """One room's. ``status`` is the room's line; ``is_answering`` tells when that is about an answer."""

    def __init__(
        self, services: Services, choice: ModelChoice, status: gr.HTML, is_answering: Callable[[str], bool]
    ) -> None:
        self._services = services
        self._choice = choice
        self._status = status
        self._is_answering = is_answering
        self._newest: dict[tuple[str, str], Wish] = {}  # by owner and conversation, while one is made ready
        self._told: set[tuple[str, str, str]] = set()

    @contextmanager
    def told_once(self, owner: str, conversation_id: str, name: str) -> Iterator[bool]:
        """False while the same is being done already: Gradio tells of a choice again when its control is left.

        ``conversation_id`` is what the page has, "" where there is none yet.
        """
        told = (owner, conversation_id, name)
        if told in self._told:
            yield False
            return
        self._told.add(told)
        try:
            yield True
        finally:
            self._told.discard(told)

    def is_under_way(self, owner: str, conversation_id: str) -> bool:
        """A model is being made ready there."""
        return (owner, conversation_id) in self._newest

    async def make_ready(self, wish: Wish) -> AsyncGenerator[Update, None]:
        """How far the model is; ends when it can answer, or is not to be another after all: ``is_newest`` tells.

        What fails is raised, after it is said that the old model stays; its name is to be shown when all has ended.
        Closing it lets the loading go on unseen.
        """
        key = (wish.owner, wish.conversation_id)
        under_way = self._newest.get(key)
        if under_way is not None and under_way.name == wish.name:  # told again, by the conversation that was made
            return
        if wish.name == wish.offered.name_in(wish.before):
            self._newest.pop(key, None)
            yield self._choice.update(wish.before, wish.offered, self._text(wish)) | {self._status: ""}
            return
        self._newest[key] = wish
        try:
            if wish.name not in wish.offered.models:
                raise ModelUnknown(model=wish.name)
            if wish.name in (local := self._services.models.files.local).names():
                async with aclosing(local.load(wish.name)) as states:
                    async for loading in states:
                        if self._newest.get(key) is not wish:
                            return
                        yield self._loading(wish, loading)
        except Exception as error:
            if self._newest.get(key) is wish:
                del self._newest[key]
                yield self._stays(wish, error)
            raise
        except BaseException:
            self.is_newest(wish)
            raise

    def is_newest(self, wish: Wish) -> bool:
        """Nothing else was wished for there since. Ends the wish."""
        key = (wish.owner, wish.conversation_id)
        is_newest = self._newest.get(key) is wish
        if is_newest:
            del self._newest[key]
        return is_newest

    def _loading(self, wish: Wish, loading: Loading) -> Update:
        sentence, share = _sentence(wish, loading, self._text(wish)), loading.share
        bar = f'<progress max="1"{"" if share is None else f" value={share:.3f}"}></progress>'
        update: Update = {
            self._choice.note: f'<p class="model-loading" role="status">{escape(sentence)}{bar}</p>',
            self._choice.cancel: gr.Button(visible=True),
        }
        if not self._is_answering(wish.conversation_id):
            update[self._status] = escape(sentence)
        return update

    def _stays(self, wish: Wish, error: Exception) -> Update:
        text, offered = self._text(wish), wish.offered
        foreseen = error if isinstance(error, TertuliaError) else TertuliaError()
        why = text.catalogue.error(text.language, foreseen)
        stays = text.say("app_model_stays", model=offered.name_in(wish.before))
        return {
            self._choice.note: f'<p class="refused" role="alert">{escape(f"{why} {stays}")}</p>',
            self._choice.cancel: gr.Button(visible=False),
        }

    def _text(self, wish: Wish) -> LocalText:
        return LocalText(self._services.catalogue, wish.language)


def _sentence(wish: Wish, loading: Loading, text: LocalText) -> str:
    if loading.num_awaited:
        key = "app_model_awaits_one" if loading.num_awaited == 1 else "app_model_awaits"
        return text.say(key, model=wish.name, count=text.count(loading.num_awaited))
    if loading.share is None:
        return text.say("app_model_loading", model=wish.name)
    return text.say("app_model_loading_share", model=wish.name, share=text.percent(loading.share))
