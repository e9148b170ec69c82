"""Tools that the operator wrote: Python files in a folder, run with all of this program's rights when it starts."""

from __future__ import annotations

import importlib.util
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from langchain_core.tools import BaseTool

from agents.tools.brought_tool import ToolUnfit, brought
from agents.tools.tool import AgentTool
from errors import SettingInvalid

SETTING = "tools_dir (TERTULIA_TOOLS_DIR)"
LIST = "TOOLS"


def load_tools(folder: Path) -> tuple[AgentTool, ...]:
    """The tools in the list ``TOOLS`` of each Python file there, by the files' names. Those named ``_...`` hold none.

    Raises SettingInvalid, which names the file and the line at fault.
    """
    if not folder.is_dir():
        raise SettingInvalid(name=SETTING, reason=f"{folder} is no folder")
    files = sorted(path for path in folder.glob("*.py") if not path.name.startswith("_"))
    return tuple(tool for file in files for tool in _tools_of(file))


def _tools_of(file: Path) -> Iterator[AgentTool]:
    listed = getattr(_run(file), LIST, None)
    if not isinstance(listed, list | tuple):
        raise _fault(file, f"it defines no list {LIST}")
    for tool in listed:
        yield _offered(file, tool)


def _offered(file: Path, tool: Any) -> AgentTool:
    if isinstance(tool, AgentTool):
        return tool
    if not isinstance(tool, BaseTool):
        raise _fault(file, f"{LIST} holds {tool!r:.80}, which is no tool of LangChain: is @tool missing?")
    try:
        return brought(tool)
    except ToolUnfit as error:
        raise _fault(file, f"the tool {tool.name}: {error}") from error


def _run(file: Path) -> ModuleType:
    """A module of the file's own, which nothing else can import by its name."""
    spec = importlib.util.spec_from_file_location(f"operator_tools_{file.stem}", file)
    if spec is None or spec.loader is None:
        raise AssertionError("it ends with .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # types in its signatures are looked up there
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # whatever it raises, the operator is told where
        del sys.modules[spec.name]
        raise _fault(file, _where(file, error)) from error
    return module


def _where(file: Path, error: BaseException) -> str:
    """``line 3: ImportError: No module named 'x'``."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(file)]
    line = error.lineno if isinstance(error, SyntaxError) else lines[-1] if lines else None
    what = error.msg if isinstance(error, SyntaxError) else str(error)
    return f"{f'line {line}: ' if line else ''}{type(error).__name__}{f': {what}' if what else ''}"


def _fault(file: Path, reason: str) -> SettingInvalid:
    return SettingInvalid(name=f"{SETTING}, {file.name}", reason=reason)
