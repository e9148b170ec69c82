"""What somebody chose to evaluate, as the page's script reports it: none of it can be trusted."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from chains.evaluation.plans import MAX_MODELS, MAX_TEMPLATES, EvaluationPlan
from chains.evaluation.task_sets import MAX_TEXT_CHARACTERS, TaskLibrary, TaskSet, text_set
from chains.languages import language_of
from chains.templates import TemplateSpec
from components.model_evaluation_form import FILE, MAX_NAME_CHARACTERS, TEXT
from components.page_action import PageAction
from errors import OptionInvalid

MAX_UPLOADS = 200  # sets of everybody, until they are evaluated or the program ends
MAX_UPLOADS_OF_ONE = 4


class UploadedSets:
    """The sets that people brought, until they are evaluated: the oldest make room. Safe from any thread."""

    def __init__(self) -> None:
        self._sets: OrderedDict[tuple[str, str], TaskSet] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, owner: str, task_set: TaskSet) -> str:
        """Returns the key to ``get`` it by."""
        place = (owner, task_set.fingerprint)
        with self._lock:
            self._sets.pop(place, None)
            self._sets[place] = task_set
            own = [one for one in self._sets if one[0] == owner]
            for one in own[:-MAX_UPLOADS_OF_ONE]:
                del self._sets[one]
            while len(self._sets) > MAX_UPLOADS:
                self._sets.popitem(last=False)
        return task_set.fingerprint

    def get(self, owner: str, key: str) -> TaskSet | None:
        """None for what is no longer there, and for what is another's."""
        with self._lock:
            return self._sets.get((owner, key))


class ChosenEvaluation:
    """One report of the form of ``owner``."""

    def __init__(self, action: PageAction, owner: str, library: TaskLibrary, uploads: UploadedSets) -> None:
        self.models = _names(action.text("models"))
        self.template_ids = _names(action.text("templates"))
        self._judge = action.text("judge")
        self.kind = action.text("kind")
        if self.kind == FILE:
            self.task_set = uploads.get(owner, action.text("uploaded"))
        elif self.kind == TEXT:
            self.task_set = _text_set(action.text("text"), action.text("name"))
        else:
            self.task_set = library.get(action.text("set"))

    @property
    def problem(self) -> str:
        """The key of what is missing, "" when nothing is."""
        if self.task_set is None:
            return "app_md_ev_need_file" if self.kind == FILE else "app_md_ev_need_text"
        if not 0 < len(self.models) <= MAX_MODELS:
            return "app_md_ev_need_models"
        if not self.task_set.is_text and not 0 < len(self.template_ids) <= MAX_TEMPLATES:
            return "app_md_ev_need_templates"
        return ""

    def plan(self, template_of: Callable[[str], TemplateSpec]) -> EvaluationPlan:
        """What there is no problem with. Raises what ``template_of`` raises, or OptionInvalid."""
        if self.task_set is None or self.task_set.is_text:
            chosen: dict[str, Any] = {}
        else:
            chosen = {"templates": tuple(map(template_of, self.template_ids)), "judge": self._judge}
        try:
            return EvaluationPlan(task_set=self.task_set, models=self.models, **chosen)
        except ValidationError as error:
            raise OptionInvalid(name="evaluation", value="") from error


def _text_set(text: str, name: str) -> TaskSet | None:
    told = text.strip()[:MAX_TEXT_CHARACTERS]
    if not told:
        return None
    name = name.strip() or " ".join(told.split())
    return text_set(told, "es" if language_of(told, "en") == "es" else "en", name[:MAX_NAME_CHARACTERS])


def _names(told: str) -> tuple[str, ...]:
    """A list of texts in JSON, each once. Raises OptionInvalid for what is none."""
    try:
        found = json.loads(told or "[]")
    except (ValueError, RecursionError) as error:
        raise OptionInvalid(name="names", value="") from error
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise OptionInvalid(name="names", value="")
    return tuple(dict.fromkeys(found))
