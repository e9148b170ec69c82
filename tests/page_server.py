"""The page over a scripted model: for the browser tests, and to look at with ``python -m tests.page_server``."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import gradio as gr

from chains.conversations import Conversations, Limits
from chains.factory import build_chain
from chains.prompts import CHAT_PROMPT
from components.catalogue import Catalogue
from components.owner import OwnerCookie
from components.page import Services, build_page
from components.serving import Address, serve
from errors import EngineDied
from models.status import ModelState, ModelStatus
from storage.conversations import ConversationStore
from tests.scripted_model import ScriptedModel

SHOWPIECE = """A **list** can change after it is made; a **tuple** cannot.

```python
shopping: List[str] = ["bread", "milk"]   # a list
shopping.append("tea")
point = (3, 4)                            # a tuple
if len(shopping) < 5 and point[0] > 2:
    print(f"<b>{shopping}</b>")
```

| | list | tuple |
|---|---|---|
| changes | yes | no |
| written with | `[ ]` | `( )` |

In mathematics a pair $$ (a, b) \\in A \\times B, \\quad a < b $$ is a tuple of two,
and \\(x^2 + y^2 = r^2\\) holds on a circle.

> Use a tuple when the places have meanings.

1. Make it.
2. Read it, see [the tutorial](https://docs.python.org/3/tutorial/).
"""

SHOWPIECE_ES = """Una **lista** se puede cambiar después de crearla; una **tupla**, no.

```python
compra = ["pan", "leche"]   # una lista
compra.append("té")
punto = (3, 4)              # una tupla
```

| | lista | tupla |
|---|---|---|
| cambia | sí | no |
| se escribe con | `[ ]` | `( )` |

La distancia de un punto \\((x, y)\\) al origen es

$$ d = \\sqrt{x^2 + y^2} $$

> Usa una tupla cuando cada lugar tiene un significado.
"""


def showpiece_script(question: str) -> Sequence[str | Exception]:
    """Answers for looking at: ``long`` or ``fail`` in a question asks for that, ``echo`` for what follows it."""
    if question.startswith("echo "):
        return [question.removeprefix("echo ")]
    if "fail" in question:
        return [*_words("I will begin this answer but"), EngineDied()]
    if "long" in question:
        return _words(" ".join(f"word{i}" for i in range(2_000)))
    return _words(SHOWPIECE_ES if "¿" in question else SHOWPIECE)


def _words(text: str) -> list[str]:
    return [piece + " " if piece != "\n" else piece for piece in text.split(" ")]


@dataclass
class PageServer:
    """A page over ``model``, in this process; ``serving`` gives one in a process of its own."""

    model: ScriptedModel = field(default_factory=ScriptedModel)
    status: ModelStatus = field(default_factory=lambda: ModelStatus("SmolLM2 135M", ModelState.READY))
    limits: Limits = field(default_factory=lambda: Limits(max_characters=16_000, max_prompt_tokens=2_000))
    catalogue: Catalogue = field(default_factory=Catalogue.load)
    store: ConversationStore = field(default_factory=ConversationStore)
    owners: OwnerCookie = field(default_factory=lambda: OwnerCookie(b"a secret only for the tests of the page"))
    port: int = 0
    url: str = ""
    page: gr.Blocks | None = None

    def services(self) -> Services:
        """What the page is built over."""
        chain = build_chain(CHAT_PROMPT, self.model, "chat")
        conversations = Conversations(
            self.store, chain, CHAT_PROMPT, lambda messages: sum(len(m.text.split()) for m in messages), self.limits
        )
        return Services(conversations, lambda: self.status, self.catalogue, self.owners)

    def start(self) -> PageServer:
        """Build the page and serve it in the background."""
        services = self.services()
        self.page = build_page(services)
        self.url = serve(self.page, services, Address(port=self.port))
        return self


def paced(seconds: float) -> Callable[[], object]:
    """A pace that waits ``seconds`` before each piece."""
    return lambda: asyncio.sleep(seconds)


@contextmanager
def serving() -> Iterator[str]:
    """The URL of a page served by another process.

    Another one because Gradio and pandas warn, and leave loops and sockets open, which pytest would make faults here.
    """
    command = (sys.executable, "-m", "tests.page_server")
    with subprocess.Popen(command, cwd=Path(__file__).parent.parent, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield (process.stdout.readline() if process.stdout else "").strip()
        finally:
            process.terminate()


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    server = PageServer(model=ScriptedModel(script=showpiece_script, pace=paced(0.01)), port=port)
    server.status = ModelStatus("SmolLM2 135M", ModelState.READY, 41.7)
    sys.stdout.write(server.start().url + "\n")
    sys.stdout.flush()
    while True:
        time.sleep(3600)
