"""The experiments of the playground: what may come next, one token further, how a text reads. Knows no page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from models.sampling import SamplingParams
from playground.chain import Order
from playground.positions import Position, PromptText
from playground.views import ComparedScores, Histogram, ModelFacts, NextTokenView, PathToken, ScoredText, TextTokens


@dataclass(frozen=True)
class ChainSettings:
    """How a token is chosen: the stages' settings (their ``seed`` draws, None is 0) and the stages' order."""

    sampling: SamplingParams
    order: Order = Order.ENGINE


class Playground:
    """Raises PromptTooLong, MessageTooLong, EngineBusy, EngineDied, EngineUnavailable or GenerationFailed.

    ``facts`` tells which model is loaded now. Rows of logits are kept, few of each owner: only the first look at a
    position asks the model.
    """

    def __init__(self, reader: Reader, facts: Callable[[], ModelFacts]) -> None: ...

    async def look(self, owner: str, prompt: PromptText) -> Position:
        """Read ``prompt``. An empty text is looked at too: what the model begins with."""

    async def view(
        self, owner: str, position: Position, settings: ChainSettings, num_shown: int = 20, chosen: int | None = None
    ) -> NextTokenView:
        """What may come at ``position``. ``chosen`` is the token whose formula is shown, None the likeliest."""

    async def step(self, owner: str, position: Position, token_id: int) -> Position:
        """Append a token and read it. Raises PathEnded, PathTooLong or OptionInvalid."""

    async def draw(self, owner: str, position: Position, settings: ChainSettings) -> int:
        """A token drawn from what the chain leaves; the same for the same seed and position."""

    async def greedy(self, owner: str, position: Position) -> int:
        """The model's likeliest token."""

    async def draws(self, owner: str, position: Position, settings: ChainSettings, num: int = 200) -> Histogram:
        """Draw ``num`` times from the same distribution."""

    async def path(self, owner: str, position: Position) -> tuple[PathToken, ...]:
        """The tokens chosen so far."""

    async def tokens(self, text: str) -> TextTokens:
        """How the model splits ``text``."""

    async def compare(self, first: str, second: str) -> tuple[TextTokens, TextTokens]:
        """The same of two texts, such as a sentence in two languages."""

    async def score(self, owner: str, text: str) -> ScoredText:
        """How likely the model finds each token of ``text``."""

    async def compare_scores(self, owner: str, first: str, second: str) -> ComparedScores:
        """Which of the two does the model find likelier?"""
