"""What filters keep from being asked or answered."""

from __future__ import annotations

from errors.requests import RequestError
from errors.start import StartError


class FiltersFileBroken(StartError):
    """``path``, ``line``, ``reason``: the file of filters cannot be used."""

    key = "error_filters_file_broken"


class QuestionRefused(RequestError):
    """``sentence``: what the operator has said to those who ask such a thing."""

    key = "error_question_refused"


class AnswerRefused(RequestError):
    """A filter ended the answer."""

    key = "error_answer_refused"
