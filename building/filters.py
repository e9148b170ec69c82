"""What stands between the rooms and their models."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import SecretStr

from chains.answer_guard import AnswerGuard
from safety.filter_file import Filters, read_filters
from safety.leaks import leak_rules
from settings import Settings


def build_guard(settings: Settings, secrets: Iterable[str] = ()) -> AnswerGuard:
    """Hides ``secrets`` and those of the settings, and does what the operator's filters say. Raises FiltersFileBroken.

    The operator's filters come first: an answer that one of them ends is ended, whatever else is in it.
    """
    filters = read_filters(settings.filters) if settings.filters else Filters()
    values = (getattr(settings, name) for name in type(settings).model_fields)
    known = [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
    answers = (*filters.answers, *leak_rules((*known, *secrets)))
    return AnswerGuard(answers, filters.questions, filters.sentences or {})
