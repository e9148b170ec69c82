"""The prompt templates that come with the program, and templates as files that people hand to each other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chains.options import SamplingChoice
from chains.templates import TemplateSpec
from errors import TemplateInvalid, TemplateNotFound, TemplateTooLarge

FORMAT: Literal["tertulia.templates"] = "tertulia.templates"
VERSION: Literal[1] = 1
MAX_FILE_CHARACTERS = 200_000
MAX_TEMPLATES = 200
MAX_DEPTH = 8  # a file's mapping, its templates, one of them, its examples, one of those, a text: that is 6
OTHER_LINE_ENDS = re.compile("[\r\x85\u2028\u2029]")


class TemplateLibrary:
    """The templates that come with the program, by language; each language has the same ids."""

    def __init__(self, built_in: Mapping[str, tuple[TemplateSpec, ...]]) -> None:
        self._built_in = built_in

    @classmethod
    def load(cls, folder: Path | None = None) -> TemplateLibrary:
        """Read ``<language>.yaml`` of each language from ``folder``, by default the one beside this file."""
        folder = folder or Path(__file__).parent / "library"
        return cls({path.stem: templates_from_yaml(path.read_bytes()) for path in sorted(folder.glob("*.yaml"))})

    def listed(self, language: str) -> tuple[TemplateSpec, ...]:
        """All of them, in the order they are shown."""
        return self._built_in[language]

    def get(self, language: str, template_id: str) -> TemplateSpec:
        """The one with this id. Raises TemplateNotFound."""
        found = next((spec for spec in self._built_in[language] if spec.id == template_id), None)
        if found is None:
            raise TemplateNotFound
        return found


class _TemplateFile(BaseModel):
    model_config = ConfigDict(extra="ignore")

    format: Literal["tertulia.templates"] = FORMAT
    version: int = Field(default=VERSION, ge=1, le=VERSION)
    templates: tuple[TemplateSpec, ...] = Field(min_length=1, max_length=MAX_TEMPLATES)


class _PlainLoader(yaml.BaseLoader):
    """Texts, lists and mappings alone: no tags, numbers or dates, no aliases (they multiply), nothing deep."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent) or self.depth >= MAX_DEPTH:
            raise TemplateInvalid(place=f"YAML {self.line + 1}")
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


class _ReadableDumper(yaml.SafeDumper):
    """Writes texts of several lines line by line, so that a person can edit the file."""

    def represent_scalar(self, tag: str, value: str, style: str | None = None) -> yaml.ScalarNode:
        if OTHER_LINE_ENDS.search(value):
            return super().represent_scalar(tag, value, '"')  # in the other styles PyYAML reads them back as "\n"
        return super().represent_scalar(tag, value, "|" if "\n" in value else style)


def templates_to_yaml(specs: Iterable[TemplateSpec]) -> str:
    """A file of ``specs`` that ``templates_from_yaml`` reads."""
    templates = [spec.model_dump(mode="json", exclude_defaults=True) for spec in specs]
    content = {"format": FORMAT, "version": VERSION, "templates": templates}
    return yaml.dump(content, Dumper=_ReadableDumper, allow_unicode=True, sort_keys=False, width=120)


def templates_from_yaml(content: str | bytes) -> tuple[TemplateSpec, ...]:
    """The templates in a file from anybody, each with a name. Raises a TemplateInvalid that says what is wrong."""
    if len(content) > MAX_FILE_CHARACTERS:
        raise TemplateTooLarge(limit=MAX_FILE_CHARACTERS)
    try:
        parsed = yaml.load(content, Loader=_PlainLoader)  # noqa: S506 - safer than SafeLoader, on which it is built
        templates = _TemplateFile.model_validate(parsed).templates
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise TemplateInvalid(place=f"YAML {mark.line + 1}" if mark else "YAML") from error
    except yaml.YAMLError as error:
        raise TemplateInvalid(place="YAML") from error
    except ValidationError as error:
        raise TemplateInvalid(place=".".join(str(part) for part in error.errors()[0]["loc"]) or "templates") from error
    return tuple(fit_to_keep(spec) for spec in templates)


def fit_to_keep(spec: TemplateSpec) -> TemplateSpec:
    """``spec`` as it may be stored: it has a name, and its sampling is within the ranges. Raises TemplateInvalid."""
    if not spec.name.strip():
        raise TemplateInvalid(place="name")
    try:
        sampling = SamplingChoice.model_validate(spec.sampling)
    except ValidationError as error:
        raise TemplateInvalid(place=f"sampling.{error.errors()[0]['loc'][0]}") from error
    return spec.model_copy(update={"sampling": sampling.model_dump(mode="json", exclude_defaults=True)})
