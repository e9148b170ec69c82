"""What cannot be tried out in the playground."""

from __future__ import annotations

from errors.agents import ModelError
from errors.requests import RequestError


class PathEnded(RequestError):
    """The chosen token ends the text: nothing comes after it."""

    key = "error_path_ended"


class PathTooLong(RequestError):
    """``limit`` in steps."""

    key = "error_path_too_long"


class PermalinkInvalid(RequestError):
    """The address tells of no experiment: it was cut, changed, or a later version of the program wrote it."""

    key = "error_permalink_invalid"


class PermalinkTooLong(RequestError):
    """``length``, ``limit`` in characters of the address."""

    key = "error_permalink_too_long"


class ExportGone(RequestError):
    """A file of what a tab shows is no longer kept; also when it is somebody else's: the two must look alike."""

    key = "error_export_gone"


class PromptBlank(RequestError):
    """There is nothing to send to the model of a service."""

    key = "error_prompt_blank"


class ProbabilitiesNotTold(ModelError):
    """``model``: its service does not tell how probable tokens are, at least not of this model."""

    key = "error_probabilities_not_told"


class TooManyTurns(RequestError):
    """``limit`` of a conversation that somebody writes."""

    key = "error_too_many_turns"


class ExampleMisread(RequestError):
    """``line`` of the examples is no question with its answer, or is one beyond ``limit``."""

    key = "error_example_misread"


class NothingToCompare(RequestError):
    """No prompt template, or no step of a chain, was written."""

    key = "error_nothing_to_compare"


class TrainingTextMissing(RequestError):
    """There is no word to count n-grams in."""

    key = "error_training_text_missing"


class SweepSettingTwice(RequestError):
    """Both axes of a sweep are the same setting."""

    key = "error_sweep_setting_twice"


class SweepValuesInvalid(RequestError):
    """``typed`` is not 1 to ``limit`` different numbers from ``least`` to ``most``."""

    key = "error_sweep_values_invalid"
