"""The Playground over models of arithmetic: the second and later ones say other words for the same numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chains.room_model import RoomModel
from models.next_token import ModelVocabulary
from playground.experiments import Playground
from playground.local_playgrounds import LocalPlayground, LocalPlaygrounds
from tests.scripted_local_models import ScriptedLocalModels, file_card
from tests.scripted_rows import END_ID, FACTS, VOCABULARY, ScriptedRows
from tests.scripted_samples import ScriptedSamples


def scripted_playgrounds(
    model: RoomModel, rows: ScriptedRows, others: Sequence[str] = (), local: ScriptedLocalModels | None = None
) -> LocalPlaygrounds:
    """``rows`` are what ``model`` reads; ``others`` are further names. ``local`` has them all, where it is given."""
    names = (model.name, *others)
    local = local or ScriptedLocalModels(cards={name: file_card(name) for name in names}, in_memory=[model.name])

    def make(name: str) -> LocalPlayground:
        if name == model.name:
            return LocalPlayground(Playground(rows, lambda: FACTS), ScriptedSamples(), model)
        facts = replace(FACTS, name=name)
        other = Playground(ScriptedRows(other_vocabulary(name)), lambda: facts)
        return LocalPlayground(other, ScriptedSamples(), replace(model, name=name))

    return LocalPlaygrounds(local, make)


def other_vocabulary(name: str) -> ModelVocabulary:
    """The same words in another order."""
    words = VOCABULARY.token_bytes
    turned = (*words[: END_ID + 1], *reversed(words[END_ID + 1 :]))
    return replace(VOCABULARY, fingerprint=name, token_bytes=turned)
