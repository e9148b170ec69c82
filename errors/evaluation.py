"""What cannot be evaluated."""

from __future__ import annotations

from errors.requests import RequestError


class EvaluationNotFound(RequestError):
    """No such evaluation for this owner."""

    key = "error_evaluation_not_found"


class TooManyEvaluations(RequestError):
    """``limit``: an owner may keep no more."""

    key = "error_too_many_evaluations"


class TaskSetNotFound(RequestError):
    """``name``: no set of questions that comes with the program is called so."""

    key = "error_task_set_not_found"


class TaskSetInvalid(RequestError):
    """``line`` of a file holds no question with its answer."""

    key = "error_task_set_invalid"


class TaskSetTooLarge(RequestError):
    """``limit`` in questions, ``megabytes``."""

    key = "error_task_set_too_large"
