"""A Dockerfile as tests need it: its stages, and what each instruction says."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path


@dataclass(frozen=True)
class Stage:
    """The instructions of one ``FROM``, as name and argument."""

    instructions: tuple[tuple[str, str], ...]

    def all(self, name: str) -> list[str]:
        return [argument for each, argument in self.instructions if each == name]

    def last(self, name: str) -> str:
        return self.all(name)[-1]

    @cached_property
    def environment(self) -> dict[str, str]:
        pairs = (pair.partition("=") for argument in self.all("ENV") for pair in shlex.split(argument))
        return {name: value for name, _, value in pairs}

    @property
    def command(self) -> list[str]:
        return list(json.loads(self.last("CMD")))

    @property
    def health_check(self) -> list[str]:
        return list(json.loads(self.last("HEALTHCHECK").split("CMD", 1)[1]))

    @property
    def copied(self) -> list[tuple[str, list[str]]]:
        """For each COPY the stage it copies from, empty for the folder of the build, and its sources."""
        found = []
        for argument in self.all("COPY"):
            words = argument.split()
            stage = next((word.split("=", 1)[1] for word in words if word.startswith("--from=")), "")
            found.append((stage, [word for word in words if not word.startswith("--")][:-1]))
        return found


def read_stages(path: Path) -> list[Stage]:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#")]
    whole = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    instructions = [tuple(line.split(None, 1)) for line in whole.splitlines() if line.strip()]
    stages: list[list[tuple[str, str]]] = []
    for name, argument in instructions:
        if name == "FROM":
            stages.append([])
        if stages:
            stages[-1].append((name, argument))
    return [Stage(tuple(stage)) for stage in stages]
