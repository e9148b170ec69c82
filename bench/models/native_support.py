"""Which calls LangChain's chat models of services do themselves: ``python -m bench.models.native_support --write``.

Looked up: whether a class has a method of its own for a call, or LangChain's default stands in. Measured, against a
server at this machine that speaks as the services do: whether the first piece of a stream is there before the server
has sent the second, how many of four questions are under way together, and whether a coroutine is left to a thread. For
contrast, the last row is a class that has no more than a class must have.
``--write`` puts the table into the lesson "native-support" in both languages. Packages that are not installed are left
out, and named.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx
from langchain.chat_models import init_chat_model
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from pydantic import SecretStr

from bench.models.loopback_services import Watch, loopback_services
from models.remote.providers import PROVIDERS, missing_package

NUM_QUESTIONS = 4
NO_SERVICE = "—"
QUESTION = "Count."
# A call and the method by which a class does it itself.
METHODS = {
    "invoke": "_generate",
    "stream": "_stream",
    "batch": "batch",
    "ainvoke": "_agenerate",
    "astream": "_astream",
    "abatch": "abatch",
}
LESSONS = Path(__file__).parent.parent.parent / "docs" / "lessons"
HEADINGS = {"": "## As measured", ".es": "## Lo medido"}


@dataclass(frozen=True)
class Support:
    """``own`` are the calls that the class does itself. ``streams`` and ``astreams``: the first piece came alone.

    ``together`` and ``atogether`` of NUM_QUESTIONS questions were under way at once. ``in_thread``: while a coroutine
    waits for its answer, a thread does.
    """

    service: str
    kind: str
    package: str
    own: frozenset[str]
    streams: bool
    astreams: bool
    together: int
    atogether: int
    in_thread: bool


def support_of(service: str, model: BaseChatModel, package: str, watch: Watch) -> Support:
    """All that is told of one class."""
    own = frozenset(call for call, method in METHODS.items() if _is_own(type(model), method))
    streams, together = _streams(model, watch), _together(model, watch)
    astreams, atogether, in_thread = asyncio.run(_asynchronous(model, watch))
    return Support(service, type(model).__name__, package, own, streams, astreams, together, atogether, in_thread)


def _is_own(kind: type[BaseChatModel], method: str) -> bool:
    """Whether a package has it, and not only LangChain's core."""
    found = next(cls for cls in kind.__mro__ if method in vars(cls))
    return found not in (BaseChatModel, Runnable) and not found.__module__.startswith("langchain_core")


def _streams(model: BaseChatModel, watch: Watch) -> bool:
    watch.begin()
    num_pieces = 0
    for piece in model.stream(QUESTION):
        if piece.text:
            num_pieces += 1
            watch.was_heard.set()
    return num_pieces > 1 and not watch.has_waited


def _together(model: BaseChatModel, watch: Watch) -> int:
    model.invoke(QUESTION)  # what is made at the first call is there before the measured one
    watch.begin(NUM_QUESTIONS)
    model.batch([QUESTION] * NUM_QUESTIONS)
    return watch.most_at_once


async def _asynchronous(model: BaseChatModel, watch: Watch) -> tuple[bool, int, bool]:
    watch.begin()
    num_pieces = 0
    async for piece in model.astream(QUESTION):
        if piece.text:
            num_pieces += 1
            watch.was_heard.set()
    astreams = num_pieces > 1 and not watch.has_waited
    in_thread = await _in_thread(model, watch)
    watch.begin(NUM_QUESTIONS)
    await model.abatch([QUESTION] * NUM_QUESTIONS)
    return astreams, watch.most_at_once, in_thread


async def _in_thread(model: BaseChatModel, watch: Watch) -> bool:
    """Seen while the server keeps the question: threads that only look something up before are done by then."""
    watch.begin(2)
    with _WatchedExecutor() as executor:
        asyncio.get_running_loop().set_default_executor(executor)
        asked = asyncio.create_task(model.ainvoke(QUESTION))
        while not (watch.is_holding or asked.done()):  # noqa: ASYNC110 - what holds it is another thread
            await asyncio.sleep(0.01)
        is_busy = any(not future.done() for future in executor.futures)
        watch.release()
        await asked
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())
    return is_busy


class _WatchedExecutor(ThreadPoolExecutor):
    """Remembers what it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.futures: list[Future[Any]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.futures.append(super().submit(fn, *args, **kwargs))
        return self.futures[-1]


def services(watch: Watch) -> Iterator[tuple[str, BaseChatModel, str]]:
    """Every service whose package is installed: its name, its model, and the package with its version."""
    known: Mapping[str, tuple[str, str]] = {
        "google": ("google_genai", "langchain-google-genai"),
        "openai": ("openai", "langchain-openai"),
        **{name: (one.langchain_name, one.package) for name, one in PROVIDERS.items()},
    }
    for service, (langchain_name, package) in known.items():
        if service in PROVIDERS and missing_package(service):
            continue
        model = init_chat_model(
            "m",
            model_provider=langchain_name,
            api_key=SecretStr("a-key-of-nobody"),
            base_url=watch.url,
            max_retries=1 if service == "google" else 0,
            timeout=60,
        )
        yield service, model, f"{package} {version(package)}"
    yield NO_SERVICE, LeastChatModel(address=watch.url), "bench.models"


class LeastChatModel(BaseChatModel):
    """Leaves all to LangChain but the one method that it must have."""

    address: str

    @property
    def _llm_type(self) -> str:
        return "least"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        body = {"messages": [{"role": "user", "content": message.text} for message in messages]}
        told = httpx.post(f"{self.address}/chat/completions", json=body, timeout=60).json()
        message = AIMessage(told["choices"][0]["message"]["content"])
        return ChatResult(generations=[ChatGeneration(message=message)])


# --- the table -------------------------------------------------------------------------------------------------------

WORDS = {
    "": {
        "head": ("service", "class", "package", *METHODS),
        "own": "native", "default": "default", "pieces": "in pieces", "once": "all at once",
        "together": "{n} of {all} at once", "thread": "in a thread",
        "line": "Measured on {date} with langchain-core {core} and langchain {langchain}, Python {python}.",
        "left_out": "Not installed there: {names}.",
    },
    ".es": {
        "head": ("servicio", "clase", "paquete", *METHODS),
        "own": "nativo", "default": "por omisión", "pieces": "por partes", "once": "todo junto",
        "together": "{n} de {all} a la vez", "thread": "en un hilo",
        "line": "Medido el {date} con langchain-core {core} y langchain {langchain}, Python {python}.",
        "left_out": "No instalados allí: {names}.",
    },
}  # fmt: skip


def table(rows: list[Support], language: str) -> str:
    """In Markdown; ``language`` is the ending of the lesson's name."""
    words: dict[str, Any] = WORDS[language]
    head = words["head"]
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for row in rows:
        cells = [f"`{row.service}`", f"`{row.kind}`", row.package, *(_cell(row, call, words) for call in METHODS)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(row: Support, call: str, words: Mapping[str, Any]) -> str:
    said = words["own"] if call in row.own else words["default"]
    if call in ("stream", "astream"):
        came = row.streams if call == "stream" else row.astreams
        return f"{said}, {words['pieces' if came else 'once']}"
    if call in ("batch", "abatch"):
        num = row.together if call == "batch" else row.atogether
        return f"{said}, {words['together'].format(n=num, all=NUM_QUESTIONS)}"
    return f"{said}, {words['thread']}" if call == "ainvoke" and row.in_thread else str(said)


def section(rows: list[Support], language: str) -> str:
    """The table with what it was measured with."""
    words = WORDS[language]
    facts = {
        "date": time.strftime("%Y-%m-%d"),
        "core": version("langchain-core"),
        "langchain": version("langchain"),
        "python": sys.version.split()[0],
    }
    told = str(words["line"]).format(**facts)
    absent = [one.package for name, one in PROVIDERS.items() if missing_package(name)]
    if absent:
        told += " " + str(words["left_out"]).format(names=", ".join(absent))
    return f"{table(rows, language)}\n\n{told}\n"


def write(rows: list[Support], folder: Path = LESSONS) -> None:
    """Put the section in the place of the one that the lessons have."""
    for language, heading in HEADINGS.items():
        path = folder / f"native-support{language}.md"
        before, _, rest = path.read_text(encoding="utf-8").partition(f"{heading}\n")
        _, mark, after = rest.partition("\n## ")
        path.write_text(f"{before}{heading}\n\n{section(rows, language)}{mark}{after}", encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Measure and print, or write."""
    parser = argparse.ArgumentParser(prog="python -m bench.models.native_support", description=__doc__)
    parser.add_argument("--write", action="store_true", help="into docs/lessons, in both languages")
    given = parser.parse_args(arguments)
    with loopback_services() as watch:
        rows = [support_of(service, model, package, watch) for service, model, package in services(watch)]
    if given.write:
        write(rows)
    sys.stdout.write(section(rows, ""))
    return 0


if __name__ == "__main__":
    sys.exit(main())
