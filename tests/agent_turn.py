"""One turn of the agent with a model and tools that follow a script."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.chat_models import agenerate_from_stream
from langchain_core.messages import AIMessageChunk, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.tools import StructuredTool
from pydantic import BaseModel, ConfigDict, Field

from agents.gate import Gate
from agents.guard import Guard, TurnLimits
from agents.loop import AgentLoop
from agents.model_calls import ModelCalls
from agents.source_book import SourceBook
from agents.steps import AgentStep, Why
from agents.tools.tool import AgentTool, Observation, Reach
from chains.options import ConversationOptions
from chains.room_model import PromptReader, RoomModel
from tests.scripted_model import ScriptedModel

QUESTION = "How old is the president of Chile?"
HURRIED = TurnLimits(retry_s=0.0)
Step = TypeVar("Step", bound=AgentStep)


@dataclass(frozen=True)
class Says:
    """What the model does once: its text, and its calls as name and arguments (text: not mended where it is no JSON).

    ``waits`` is awaited after the text.
    """

    text: str = ""
    calls: tuple[tuple[str | None, dict[str, Any] | str], ...] = ()
    finish_reason: str = "stop"
    call_id: str = ""
    waits: Callable[[], Any] | None = None


class CallingModel(BaseChatModel):
    """Does what ``script`` says, one after the other; an exception is raised. What it was asked is in ``prompts``."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    script: list[Any] = Field(default_factory=list)
    prompts: list[list[BaseMessage]] = Field(default_factory=list)
    offered: list[list[str]] = Field(default_factory=list)
    num_left: int = 0

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Any:
        return self.bind(tools=tools, **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        raise NotImplementedError

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return await agenerate_from_stream(self._astream(messages, stop, run_manager, **kwargs))

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        self.prompts.append(messages)
        self.offered.append([tool["function"]["name"] for tool in kwargs.get("tools", ())])
        said = self.script.pop(0)
        if isinstance(said, BaseException):
            raise said
        is_whole = False
        try:
            for word in said.text.split(" ") if said.text else ():
                yield _chunk(content=word if word == said.text.split(" ")[-1] else f"{word} ")
            if said.waits:
                await said.waits()
            for index, (name, arguments) in enumerate(said.calls):
                args = arguments if isinstance(arguments, str) else json.dumps(arguments)
                call_id = said.call_id or f"{len(self.prompts)}.{index}"
                yield _chunk(tool_call_chunks=[tool_call_chunk(name=name, args=args, id=call_id, index=index)])
            is_whole = True
            usage = UsageMetadata(input_tokens=20, output_tokens=7, total_tokens=27)
            metadata = {"finish_reason": said.finish_reason}
            yield _chunk(chunk_position="last", usage_metadata=usage, response_metadata=metadata)
        finally:
            self.num_left += not is_whole


def _chunk(**fields: Any) -> ChatGenerationChunk:
    return ChatGenerationChunk(message=AIMessageChunk(**{"content": "", **fields}))


def calls_of(model: BaseChatModel, reader: PromptReader | None = None, context_tokens: int = 500) -> ModelCalls:
    """Calls of ``model`` as a room has them."""
    room_model = RoomModel(model, reader or ScriptedModel(), "local/test", context_tokens)
    return ModelCalls(room_model, "me", room_model.settled(ConversationOptions()), lambda place: None)


class Query(BaseModel):
    """What scripted tools take."""

    query: str = Field(max_length=100)
    max_results: int = Field(default=5, ge=1, le=10)


@dataclass
class ScriptedTool:
    """Gives one of ``results`` a call, the last one again and again; an exception is raised, a function awaited."""

    results: Sequence[Any]
    name: str = "web_search"
    queries: list[str] = field(default_factory=list)

    def as_tool(self, **known: Any) -> AgentTool:
        tool = StructuredTool.from_function(
            coroutine=self._call,
            name=self.name,
            description="Searches.",
            args_schema=Query,
            response_format="content_and_artifact",
        )
        return AgentTool(**{"tool": tool, "reach": Reach.SERVICE, "is_untrusted": True, **known})

    async def _call(self, query: str, max_results: int = 5) -> tuple[Any, Observation]:
        self.queries.append(query)
        result = self.results[min(len(self.queries), len(self.results)) - 1]
        if isinstance(result, BaseException):
            raise result
        if callable(result):
            result = await result()
        return result if isinstance(result, tuple) else (result, Observation())


@dataclass
class ScriptedPerson:
    """Wants to be asked about ``asked_about``, and gives ``answers``. ``questions`` is what it was asked."""

    asked_about: tuple[str, ...] = ()
    answers: list[bool] = field(default_factory=list)
    questions: list[tuple[str, str, Why]] = field(default_factory=list)
    takes: Callable[[], None] = lambda: None

    def asks(self, tool_name: str) -> bool:
        return tool_name in self.asked_about

    async def ask(self, call_id: str, tool_name: str, why: Why) -> bool:
        self.questions.append((call_id, tool_name, why))
        await asyncio.sleep(0)
        self.takes()
        return self.answers.pop(0)


@dataclass
class Clock:
    """Stands until it is moved."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Turn:
    """``script`` is what the model does, ``strategy`` stands before it; ``steps`` are those that have come."""

    script: Sequence[Any]
    tools: Sequence[AgentTool] = ()
    limits: TurnLimits = HURRIED
    person: ScriptedPerson = field(default_factory=ScriptedPerson)
    has_earlier: bool = False
    clock: Clock = field(default_factory=Clock)
    strategy: Callable[[CallingModel], BaseChatModel] = lambda model: model
    steps: list[AgentStep] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.model = CallingModel(script=list(self.script))
        self.book = SourceBook()
        guard = Guard(self.book, Gate(QUESTION, self.has_earlier), self.person)
        self.loop = AgentLoop(self.strategy(self.model), self.tools, guard, self.limits, self.clock)
        self.running = self.loop.run([SystemMessage("You help."), HumanMessage(QUESTION)])

    async def run(self) -> Turn:
        async for step in self.running:
            self.steps.append(step)
        return self

    async def run_until(self, kind: type[AgentStep]) -> None:
        async for step in self.running:
            self.steps.append(step)
            if isinstance(step, kind):
                return

    def of(self, kind: type[Step]) -> list[Step]:
        return [step for step in self.steps if isinstance(step, kind)]

    @property
    def told(self) -> list[ToolMessage]:
        """The results in the last prompt."""
        return [message for message in self.model.prompts[-1] if isinstance(message, ToolMessage)]
