"""Prompt templates as people write them: a text with variables in braces, examples, and the calls of a chain.

Templates come from strangers' files too. They are filled by LangChain's PromptTemplate, which knows no code; only plain
names of known variables may stand in the braces.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from string import Formatter
from typing import Annotated, Any

from langchain_core.prompts import PromptTemplate
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)

from errors import (
    TemplateBraceAlone,
    TemplateFieldUnknown,
    TemplateInvalid,
    TemplateTooLarge,
    TemplateVariableMisnamed,
)
from safety.surrogates import without_surrogates

QUESTION = "question"
PREVIOUS = "previous"
RESERVED_NAMES = {PREVIOUS, "stop", "self"}  # what the step before wrote; what LangChain keeps for itself
MAX_LINE_CHARACTERS = 200
MAX_TEXT_CHARACTERS = 20_000
MAX_TEMPLATE_CHARACTERS = 100_000  # of everything together
MAX_FIELDS = 100  # a long input put in thousands of times would fill the memory


def _text_up_to(max_characters: int) -> BeforeValidator:
    def checked(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if len(value) > max_characters:
            raise TemplateTooLarge(limit=max_characters)
        return without_surrogates(value)

    return BeforeValidator(checked)


Line = Annotated[str, _text_up_to(MAX_LINE_CHARACTERS)]
Text = Annotated[str, _text_up_to(MAX_TEXT_CHARACTERS)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Variable(_Part):
    """A blank of a template. ``label`` is shown beside its field (its name when empty), ``default`` stands in it."""

    name: Line
    label: Line = ""
    default: Text = ""
    is_long: bool = False

    @model_validator(mode="after")
    def _check_name(self) -> Variable:
        if not self.name.isidentifier() or self.name in RESERVED_NAMES:
            raise TemplateVariableMisnamed(name=self.name)
        return self


class Example(_Part):
    """A question answered as every question should be. Braces in it mean nothing."""

    question: Text
    answer: Text


class StepSpec(_Part):
    """One call of a chain of several. ``prompt`` may use every variable and ``{previous}``, the answer before."""

    name: Line
    prompt: Text


class TemplateSpec(_Part):
    """A prompt template with all that belongs to it; without arguments the one that passes the question on.

    ``system`` is taken as it stands, braces included; empty means the default system prompt. ``template`` makes the
    person's message of ``{question}`` and the variables; ``{{`` is a brace. With ``steps`` the last one writes the
    answer. Raises a TemplateInvalid that says why.
    """

    id: Line = ""
    name: Line = ""
    description: Text = ""
    system: Text = ""
    template: Text = "{question}"
    variables: tuple[Variable, ...] = Field(default=(), max_length=20)
    examples: tuple[Example, ...] = Field(default=(), max_length=50)
    steps: tuple[StepSpec, ...] = Field(default=(), max_length=10)
    sampling: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="wrap")
    @classmethod
    def _checked(cls, value: Any, handler: ModelWrapValidatorHandler[TemplateSpec]) -> TemplateSpec:
        try:
            spec = handler(value)
        except ValidationError as error:
            place = ".".join(str(part) for part in error.errors(include_url=False)[0]["loc"])
            raise TemplateInvalid(place=place) from error
        spec._check_variables()
        spec._check_size()
        return spec

    @property
    def form(self) -> tuple[Variable, ...]:
        """The variables to ask for, beside the question."""
        return tuple(variable for variable in self.variables if variable.name != QUESTION)

    @property
    def asks_question(self) -> bool:
        """False when its variables are all it needs."""
        prompts = (self.template, *(step.prompt for step in self.steps))
        return any(QUESTION in PromptTemplate.from_template(prompt).input_variables for prompt in prompts)

    def asked(self, inputs: Mapping[str, str]) -> str:
        """The person's message. What is missing in ``inputs`` is its variable's default."""
        return _filled(self.template, self.values(inputs))

    def step_prompt(self, step: StepSpec, inputs: Mapping[str, str], previous: str) -> str:
        """What ``step`` asks of the model after the step before wrote ``previous``."""
        return _filled(step.prompt, {**self.values(inputs), PREVIOUS: previous})

    def values(self, inputs: Mapping[str, str]) -> dict[str, str]:
        """A value for every name that the template may use."""
        defaults = {QUESTION: "", **{variable.name: variable.default for variable in self.variables}}
        return {name: inputs.get(name, default) for name, default in defaults.items()}

    def _check_variables(self) -> None:
        names = [variable.name for variable in self.variables]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise TemplateVariableMisnamed(name=twice)
        known = {QUESTION, *names}
        _check_fields("template", self.template, known)
        for number, step in enumerate(self.steps):
            _check_fields(f"steps.{number}.prompt", step.prompt, known | {PREVIOUS})

    def _check_size(self) -> None:
        if len(repr(self)) > MAX_TEMPLATE_CHARACTERS:
            raise TemplateTooLarge(limit=MAX_TEMPLATE_CHARACTERS)


def _filled(template: str, values: dict[str, str]) -> str:
    return PromptTemplate.from_template(template, template_format="f-string").format(**values)


def _check_fields(place: str, template: str, known: set[str]) -> None:
    """Only ``{name}``: attributes reach into objects, and a format such as ``{name:>999999999}`` fills the memory."""
    fields = list(_fields(template))
    if len(fields) > MAX_FIELDS:
        raise TemplateInvalid(place=place)
    for field in fields:
        if field not in known:
            raise TemplateFieldUnknown(field=field)


def _fields(template: str) -> Iterator[str]:
    """What stands in each pair of braces."""
    try:
        for _, name, form, conversion in Formatter().parse(template):
            if name is not None:
                yield name + (f"!{conversion}" if conversion else "") + (f":{form}" if form else "")
    except ValueError as error:
        raise TemplateBraceAlone from error
