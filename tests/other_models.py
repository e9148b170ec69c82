"""Models to choose from beside the page's first one: scripted, too, and of all kinds."""

from __future__ import annotations

from collections.abc import Sequence

from chains.options import SamplingChoice
from chains.room_model import RoomModel
from errors import ModelNotLoaded, ModelQuotaSpent
from models.chat_model import LocalChatModel
from models.engine.engine_requests import EngineRequests, Request, Sink
from models.engine.protocol import Refused
from models.model_folder import ModelFolder
from tests.scripted_local_models import FIRST, ScriptedLocalModels, file_card
from tests.scripted_model import Script, ScriptedModel

SECOND, BASE, BROKEN, DOWN = "local/second", "local/base", "local/broken", "google/down"
DOWN_HERE = "local/down"
LONGEST = 200  # tokens of an answer of the second one, whose window is twice that
DEFAULTS = SamplingChoice(temperature=0.5, top_p=0.9, top_k=40, min_p=0.05, repeat_penalty=1.1, max_tokens=LONGEST)


def second(question: str) -> Sequence[str | Exception]:
    """Says who answers."""
    return ["I ", "am ", "the ", "second."]


def spent(question: str) -> Sequence[str | Exception]:
    return [ModelQuotaSpent(model=DOWN)]


class ServiceModel(ScriptedModel):
    """One that is elsewhere, by its options."""

    hides_personal: bool = False


def other_models() -> tuple[RoomModel, ...]:
    """One with a small window, a base model, one that cannot be loaded, and a service that takes no more requests."""
    return (
        scripted_model(SECOND, second, 2 * LONGEST),
        scripted_model(BASE, second, 3_000, has_chat_template=False),
        scripted_model(BROKEN, second, 3_000),
        scripted_model(DOWN, spent, 32_768, defaults=SamplingChoice(max_tokens=8_192), kind=ServiceModel),
    )


def scripted_model(
    name: str,
    script: Script,
    context_tokens: int,
    *,
    has_chat_template: bool = True,
    defaults: SamplingChoice = DEFAULTS,
    kind: type[ScriptedModel] = ScriptedModel,
) -> RoomModel:
    model = kind(script=script, background_script=lambda _: [""])
    return RoomModel(model, model, name, context_tokens, defaults, has_chat_template)


def scripted_local(folder: ModelFolder | None = None) -> ScriptedLocalModels:
    """Those of them that are on this machine, and what is in ``folder``."""
    cards = {name: file_card(name) for name in (FIRST, SECOND, BASE, BROKEN)}
    return ScriptedLocalModels(cards, faults={BROKEN: ModelNotLoaded(path="broken.gguf")}, folder=folder)


class DownEngine(EngineRequests):
    """Refuses whatever it is asked, as one does whose process ended too often."""

    def cancel(self, request_id: str) -> None:
        pass

    def _send(self, request: Request, sink: Sink) -> str:
        sink(Refused(id=request.id, reason="unavailable"))
        return request.id


def model_that_is_down() -> RoomModel:
    """A local one that can neither answer nor read a prompt."""
    model = LocalChatModel(engine=DownEngine(), model_name=DOWN_HERE, context_tokens=3_000)
    return RoomModel(model, model, DOWN_HERE, 3_000, DEFAULTS)
