"""A chat model together with what the rooms must know to talk to it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.runnables import Runnable

from chains.answer_guard import OPEN, AnswerGuard
from chains.options import ConversationOptions, SamplingChoice
from models.prompt_reading import PromptToken

HIDING = "hides_personal"  # the option of models of services
NUM_ALTERNATIVES = 8  # likeliest tokens kept beside each one that was written


class PromptReader(Protocol):
    """Tells the tokens of a prompt exactly as they would be sent."""

    async def aread_prompt(
        self,
        messages: Sequence[BaseMessage],
        *,
        prefill: str = "",
        is_completion: bool = False,
        tools: Sequence[dict[str, Any]] = (),
    ) -> tuple[PromptToken, ...]:
        """Tokens with the index of the message whose text they are; the prefill's come last.

        ``tools`` are on offer, in OpenAI's form; what tells of them is of no message.
        """


@dataclass(frozen=True)
class RoomModel:
    """``context_tokens`` is the window, prompt and answer together; ``defaults`` holds for what nobody chose.

    ``has_chat_template`` False is a base model: it continues text and knows no turns. ``num_parameters`` is infinite
    where a provider does not tell it. ``guard`` stands between a room and it.
    """

    model: BaseChatModel
    reader: PromptReader
    name: str
    context_tokens: int
    defaults: SamplingChoice = field(default_factory=SamplingChoice)
    has_chat_template: bool = True
    num_parameters: float = math.inf
    guard: AnswerGuard = OPEN

    @property
    def takes_grammar(self) -> bool:
        """Whether the model can be held to a grammar."""
        told: bool | None = getattr(self.model, "takes_grammar", None)
        return "grammar" in type(self.model).model_fields if told is None else told

    @property
    def is_of_service(self) -> bool:
        """What it is asked leaves this machine."""
        return HIDING in type(self.model).model_fields

    @property
    def hides_personal(self) -> bool:
        """Its service is not told personal data."""
        return bool(getattr(self.model, HIDING, False))

    def settled(self, options: ConversationOptions) -> ConversationOptions:
        """``options`` with the mode decided, and the length of an answer kept to half of the window."""
        mode = options.mode or ("chat" if self.has_chat_template else "completion")
        chosen = self.defaults.chosen() | options.sampling.chosen()
        chosen["max_tokens"] = min(chosen.get("max_tokens") or self.context_tokens, self.context_tokens // 2)
        return options.model_copy(update={"mode": mode, "sampling": SamplingChoice(**chosen)})

    def briefly(
        self, owner: str, max_tokens: int, *, is_background: bool = True
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """The model, greedy, for a short text that the program itself asks for; ``is_background`` yields to people."""
        sampling = SamplingChoice(temperature=0.0, repeat_penalty=1.1, max_tokens=max_tokens)
        options = {"owner": owner, **sampling.chosen()}
        return self.model.bind(**options, **({"is_background": True} if is_background else {}))

    def call_options(self, owner: str, options: ConversationOptions) -> dict[str, Any]:
        """What a call of the model is told beside its messages; ``options`` are settled ones."""
        shown = {"logprobs": True, "top_logprobs": NUM_ALTERNATIVES}
        chosen = options.sampling.chosen()
        stop = list(chosen.pop("stop", ()))
        return {"owner": owner, **shown, **chosen, **({"stop": stop} if stop else {})}
