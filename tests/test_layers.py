"""Keeps the house in order: who may import whom, no cycles, nothing grown too long. Reads the sources, runs none.

A new package needs a line in MAY_IMPORT; the order of the lines is the order of the floors.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
GROUND = {"errors", "safety", "storage"}
VALUES = {"models.sampling", "models.status"}  # plain values that every floor hands around
BELOW_APP = {"settings", "components", "rag", "agents", "playground", "chains", "models", "models.engine"}
MAY_IMPORT = {
    "app": {"building"} | BELOW_APP | VALUES | GROUND,
    "building": BELOW_APP | VALUES | GROUND,
    "components": {"rag", "agents", "playground", "chains", "models"} | VALUES | GROUND,
    "rag": {"chains", "models"} | VALUES | GROUND,
    "agents": {"chains", "models"} | VALUES | GROUND,
    "playground": {"chains", "models"} | VALUES | GROUND,
    "chains": {"models"} | VALUES | GROUND,
    "models": {"models.engine"} | VALUES | GROUND,
    "models.engine": VALUES | GROUND,
    "models.sampling": {"errors"},
    "models.status": {"errors"},
    "storage": {"errors"},
    "safety": {"errors"},
    "settings": {"api_settings", "errors"},
    "api_settings": set[str](),
    "errors": set[str](),
}
TOOLS = {"tests", "bench", "docs", "deploy"}  # look at the house from outside and may import any of it
MAY_IMPORT_GRADIO = re.compile(r"(app|components)\b")
MAY_IMPORT_LLAMA_CPP = re.compile(r"models\.engine\.(runner$|llama_)")
PURE_MODULES = {"models.engine.scheduler", "models.engine.sequence", "models.engine.cache"}
NOT_IN_PURE_MODULES = {"llama_cpp", "threading"}
ENVIRONMENT = re.compile(r"\bos\.(environ|getenv|putenv)|from os import .*\b(environ|getenv|putenv)")
MAY_IMPORT_LATE = {"app", "building"}  # import the page's libraries while the model loads in its own process
EMPTY_NAMES = {"utils", "util", "common", "helpers", "helper", "base", "misc"}
MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 60


class Module:
    """One source file; ``name`` as it is imported, ``part`` of the house it belongs to."""

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.name = name
        self.part = part_of(name)
        self.source = path.read_text(encoding="utf-8")
        self.tree = ast.parse(self.source, str(path))
        nodes = ast.walk(self.tree)
        self.functions = [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]

    @cached_property
    def imports(self) -> list[tuple[int, str, list[str]]]:
        """Line, source and imported names of each import; ``import x`` imports no names."""
        found: list[tuple[int, str, list[str]]] = []
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found += [(node.lineno, alias.name, []) for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                found.append((node.lineno, self._absolute(node), [alias.name for alias in node.names]))
        return found

    def _absolute(self, node: ast.ImportFrom) -> str:
        """The module that ``node`` imports from, its leading dots resolved."""
        here = [*self.name.split("."), "__init__"] if self.path.name == "__init__.py" else self.name.split(".")
        package = here[: -node.level] if node.level else []
        return ".".join([*package, node.module] if node.module else package)


def part_of(name: str) -> str:
    parts = (part for part in ("models.engine", *VALUES) if f"{name}.".startswith(f"{part}."))
    return next(parts, "settings" if name.endswith("_settings") and "." not in name else name.split(".")[0])


def read_modules(root: Path) -> list[Module]:
    modules = []
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith((".", "__")) and name != "build"]
        for path in (Path(folder, name) for name in files if name.endswith(".py")):
            name = ".".join(path.relative_to(root).with_suffix("").parts)
            modules.append(Module(path, name.removesuffix(".__init__")))
    return sorted(modules, key=lambda module: module.name)


def complaints(root: Path) -> list[str]:
    """Everything that is out of order in the sources below ``root``, one line each."""
    modules = read_modules(root)
    checks = (floor_complaints, library_complaints, environment_complaints, size_complaints)
    return [line for module in modules for check in checks for line in check(module)] + cycle_complaints(modules)


def floor_complaints(module: Module) -> Iterator[str]:
    if module.part in TOOLS:
        return
    if module.part not in MAY_IMPORT:
        yield f"{module.name}: '{module.part}' is no known part of the house; give it a line in MAY_IMPORT"
        return
    for line, source, names in module.imports:
        for part in {part_of(f"{source}.{name}") for name in names or [""]}:
            if part in MAY_IMPORT and part != module.part and part not in MAY_IMPORT[module.part]:
                yield f"{module.name}:{line}: {module.part} may not import {part}"


def library_complaints(module: Module) -> Iterator[str]:
    for line, source, _ in module.imports:
        library = source.split(".")[0]
        if library == "gradio" and module.part not in TOOLS and not MAY_IMPORT_GRADIO.match(module.name):
            yield f"{module.name}:{line}: only app.py and components may import gradio"
        if library == "llama_cpp" and module.part not in TOOLS and not MAY_IMPORT_LLAMA_CPP.match(module.name):
            yield f"{module.name}:{line}: only runner.py and llama_*.py of models/engine may import llama_cpp"
        if library in NOT_IN_PURE_MODULES and module.name in PURE_MODULES:
            yield f"{module.name}:{line}: is pure bookkeeping and may not import {library}"
    for function in module.functions:
        if module.part not in MAY_IMPORT_LATE and any(
            isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(function)
        ):
            yield f"{module.name}:{function.lineno}: an import inside {function.name}; move it to the top of the file"


def environment_complaints(module: Module) -> Iterator[str]:
    code = ast.unparse(module.tree)  # without comments
    if module.part not in TOOLS | {"settings"} and ENVIRONMENT.search(code):
        yield f"{module.name}: only settings.py reads the environment"


def size_complaints(module: Module) -> Iterator[str]:
    num_lines = len(module.source.splitlines())
    if num_lines > MAX_FILE_LINES:
        yield f"{module.name}: {num_lines} lines, more than {MAX_FILE_LINES}"
    for function in module.functions:
        num_lines = (function.end_lineno or function.lineno) - function.lineno + 1
        if num_lines > MAX_FUNCTION_LINES:
            yield f"{module.name}:{function.lineno}: {function.name} has {num_lines} lines, over {MAX_FUNCTION_LINES}"
    for name in EMPTY_NAMES.intersection(module.name.split(".")):
        yield f"{module.name}: the name '{name}' does not say what is inside"


def cycle_complaints(modules: list[Module]) -> list[str]:
    known = {module.name for module in modules}
    graph: dict[str, set[str]] = {}
    for module in modules:
        sources = [(source, name) for _, source, names in module.imports for name in names or [""]]
        targets = {f"{source}.{name}" if f"{source}.{name}" in known else source for source, name in sources}
        graph[module.name] = targets & known - {module.name}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return ["import cycle: " + " <- ".join(error.args[1])]
    return []


def test_the_house_is_in_order() -> None:
    found = complaints(ROOT)
    assert not found, "\n" + "\n".join(found)


IN_ORDER = {
    "app.py": "import settings\ndef run() -> None:\n    import gradio\nfrom models.engine import runner",
    "settings.py": "import os\nimport errors\nHOME = os.environ['HOME']",
    "errors.py": "",
    "components/__init__.py": "",
    "components/page.py": "import gradio\nfrom chains import prompts\nfrom . import parts",
    "components/parts.py": "from errors import Fault",
    "chains/prompts.py": "from models.registry import find\nfrom storage import rows",
    "models/registry.py": "from models.engine.supervisor import Supervisor",
    "models/engine/supervisor.py": "import threading",
    "models/engine/runner.py": "import llama_cpp\nfrom models.engine.scheduler import step",
    "models/engine/scheduler.py": "from collections import deque",
    "storage/rows.py": "from errors import Fault",
    "tests/test_it.py": "import os\nimport app, llama_cpp\nos.environ['HOME']",
}


def write_house(root: Path, files: dict[str, str]) -> Path:
    for name, source in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    return root


def test_a_house_in_order_gives_no_complaint(tmp_path: Path) -> None:
    assert complaints(write_house(tmp_path, IN_ORDER)) == []


@pytest.mark.parametrize(
    ("name", "source", "complaint"),
    [
        ("models/up.py", "import chains.prompts", "models.up:1: models may not import chains"),
        (
            "models/engine/up.py",
            "from models import registry",
            "models.engine.up:1: models.engine may not import models",
        ),
        (
            "components/deep.py",
            "from models import engine",
            "components.deep:1: components may not import models.engine",
        ),
        ("components/deep.py", "from ..app import x", "components.deep:1: components may not import app"),
        ("chains/deep.py", "from models.engine.runner import x", "chains.deep:1: chains may not import models.engine"),
        ("rag/side.py", "import agents", "rag.side:1: rag may not import agents"),
        ("agents/side.py", "from rag import search", "agents.side:1: agents may not import rag"),
        ("playground/side.py", "from rag import search", "playground.side:1: playground may not import rag"),
        ("storage/side.py", "from safety import limits", "storage.side:1: storage may not import safety"),
        ("chains/set.py", "from settings import Settings", "chains.set:1: chains may not import settings"),
        ("attic/new.py", "", "attic.new: 'attic' is no known part of the house; give it a line in MAY_IMPORT"),
        ("chains/page.py", "import gradio as gr", "chains.page:1: only app.py and components may import gradio"),
        (
            "models/engine/runner_too.py",
            "from llama_cpp import Llama",
            "models.engine.runner_too:1: only runner.py and llama_*.py of models/engine may import llama_cpp",
        ),
        (
            "models/engine/cache.py",
            "from threading import Lock",
            "models.engine.cache:1: is pure bookkeeping and may not import threading",
        ),
        ("chains/env.py", "from os import path, getenv", "chains.env: only settings.py reads the environment"),
        ("app.py", "import os\nos.environ['HOME'] = ''", "app: only settings.py reads the environment"),
        ("app.py", "import os\nos.environ['GRADIO_ANALYTICS_ENABLED']", "app: only settings.py reads the environment"),
        (
            "chains/late.py",
            "\ndef f():\n import re",
            "chains.late:2: an import inside f; move it to the top of the file",
        ),
        ("chains/long.py", "\n" * 301, "chains.long: 301 lines, more than 300"),
        ("chains/long.py", "def f():\n" + " x = 1\n" * 60, "chains.long:1: f has 61 lines, over 60"),
        ("chains/utils.py", "", "chains.utils: the name 'utils' does not say what is inside"),
    ],
)
def test_each_disorder_gives_its_complaint(name: str, source: str, complaint: str, tmp_path: Path) -> None:
    assert complaints(write_house(tmp_path, IN_ORDER | {name: source})) == [complaint]


def test_a_cycle_is_named_whole(tmp_path: Path) -> None:
    files = {
        "rag/a.py": "from rag import b",
        "rag/b.py": "import rag.c",
        "rag/c.py": "from .a import x",
        "errors.py": "",
    }
    (found,) = complaints(write_house(tmp_path, files))
    assert found.startswith("import cycle: ")
    assert {"rag.a", "rag.b", "rag.c"} == set(re.findall(r"rag\.\w", found))
