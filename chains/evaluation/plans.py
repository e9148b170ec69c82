"""What an evaluation is to do, and what each of its questions gave; both are kept as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

from pydantic import BaseModel, ConfigDict, Field, model_validator

from chains.evaluation.task_sets import Metric, TaskSet
from chains.options import SamplingChoice
from chains.templates import TemplateSpec

MAX_MODELS = 8
MAX_TEMPLATES = 8
MAX_KEPT_CHARACTERS = 20_000  # of an answer


class Variant(BaseModel):
    """A model that is asked with a prompt template."""

    model_config = ConfigDict(frozen=True)

    model: str
    template: TemplateSpec = Field(default_factory=TemplateSpec)


class EvaluationPlan(BaseModel):
    """Every question of ``task_set``, asked of each of ``models`` with each of ``templates``.

    All of it is copied here, so that an evaluation goes on as it was begun. Templates bring their texts, examples and
    steps; how tokens are chosen is for ``sampling`` to say, so that two templates differ in nothing else. ``judge``
    names the model that judges, "" none: it is an answer's own model that praises it too easily.
    """

    model_config = ConfigDict(frozen=True)

    task_set: TaskSet
    models: tuple[str, ...] = Field(min_length=1, max_length=MAX_MODELS)
    templates: tuple[TemplateSpec, ...] = Field(default=(TemplateSpec(),), min_length=1, max_length=MAX_TEMPLATES)
    judge: str = ""
    sampling: SamplingChoice = Field(default_factory=lambda: SamplingChoice(temperature=0.0))

    @model_validator(mode="after")
    def _check_that_somebody_judges(self) -> EvaluationPlan:
        if Metric.JUDGE in self.task_set.metrics and not self.judge:
            raise ValueError("no model to judge")
        return self

    @property
    def variants(self) -> tuple[Variant, ...]:
        """Model by model: changing them takes time. Nobody is asked about a text that is only read."""
        templates = (TemplateSpec(),) if self.task_set.is_text else self.templates
        return tuple(Variant(model=model, template=template) for model, template in product(self.models, templates))

    @property
    def num_outcomes(self) -> int:
        return len(self.variants) * len(self.task_set.items)

    @property
    def judges(self) -> bool:
        return bool(self.judge) and not self.task_set.is_text

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """The score first; whoever is judged by a model has that, too."""
        told = self.task_set.metrics
        return (*told, Metric.JUDGE) if self.judges and Metric.JUDGE not in told else told

    @property
    def main_metric(self) -> Metric:
        """The one that is the score."""
        return self.task_set.metrics[0]


class Outcome(BaseModel):
    """What a question gave. ``fault`` is the key of a sentence that says why there is no answer: it then counts 0.

    ``metrics`` are by name; of a text that is read they are what ``chains.evaluation.perplexity`` counts.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    answer: str = ""
    metrics: Mapping[str, float] = Field(default_factory=dict)
    num_tokens: int | None = None
    seconds: float = 0.0
    was_cut: bool = False
    fault: str | None = None

    def value(self, metric: str) -> float | None:
        """None where it was not measured, as by a judge that gave no verdict."""
        return 0.0 if self.fault is not None and metric not in self.metrics else self.metrics.get(metric)
