"""What goes wrong in a turn of the agent: in its tools, or with a model of a service."""

from __future__ import annotations

from typing import ClassVar

from errors.tertulia_error import TertuliaError


class ToolFailed(TertuliaError):
    """A call gave no result: every kind carries the ``tool``'s name. ``told`` is what the model is told, in English.

    ``is_transient`` says that trying again may help.
    """

    key = "error_tool_failed"
    told: ClassVar[str] = "The tool failed."
    is_transient: ClassVar[bool] = False


class ToolTimedOut(ToolFailed):
    """``seconds``: it took longer than it may."""

    key = "error_tool_timed_out"
    told = "The tool took too long."


class CallRefused(ToolFailed):
    """The person did not allow this call."""

    key = "error_call_refused"
    told = "The person did not allow this call. Do not try it again; answer with what you have."


class CallUnsafe(ToolFailed):
    """The call would carry text of the conversation to a place that others chose, and nobody allowed it."""

    key = "error_call_unsafe"
    told = "This call is not allowed: use only words of the question and of the results."


class CallLimitReached(ToolFailed):
    """``limit``: there were as many calls as one turn may have."""

    key = "error_call_limit"
    told = "No more tools can be called. Answer with what you have."


class CallTooLate(ToolFailed):
    """``limit`` in seconds: the turn had used up its time."""

    key = "error_call_too_late"
    told = "No more tools can be called. Answer with what you have."


class ToolUnknown(ToolFailed):
    """``tool``: the model called what is not on offer."""

    key = "error_tool_unknown"
    told = "There is no tool of this name."


class ArgumentsInvalid(ToolFailed):
    """What the model wrote for a call does not fit the tool's schema."""

    key = "error_arguments_invalid"
    told = "The arguments do not fit the tool. Mend them and call it again."


class CalculationInvalid(ToolFailed):
    """``expression``: it is no arithmetic that can be worked out."""

    key = "error_calculation_invalid"
    told = "This cannot be calculated. Use numbers, + - * / ** % ( ) and functions such as sqrt."


class CalculationTooLarge(ToolFailed):
    """``expression``: the result would be too large."""

    key = "error_calculation_too_large"
    told = "The result would be too large."


class PlaceUnknown(ToolFailed):
    """``place``: no such time zone is known."""

    key = "error_place_unknown"
    told = "This time zone is not known. Use a name such as America/Santiago."


class SearchUnreachable(ToolFailed):
    """No search service can be reached from here."""

    key = "error_search_unreachable"
    told = "No search service can be reached. Answer with what you know, and say so."


class ServiceKeyRefused(ToolFailed):
    """``service``: it does not know the key of this program's operator."""

    key = "error_service_key_refused"
    told = "The service refused the key of this program. Do not call it again."


class ServiceQuotaSpent(ToolFailed):
    """``service``: the credits of the operator's key are spent."""

    key = "error_service_quota_spent"
    told = "The credits at this service are spent. Do not call it again."


class ServiceBusy(ToolFailed):
    """``service``: it has too many requests (429)."""

    key = "error_service_busy"
    told = "The service is busy."
    is_transient = True


class ServiceFaulty(ToolFailed):
    """``service``: it answered with an error of its own, or with what it should not."""

    key = "error_service_faulty"
    told = "The service failed."
    is_transient = True


class ServiceUnreachable(ToolFailed):
    """``service``: the connection failed or was cut."""

    key = "error_service_unreachable"
    told = "The service cannot be reached."
    is_transient = True


class PageNotRead(ToolFailed):
    """``address``: the page cannot be opened, or holds no text."""

    key = "error_page_not_read"
    told = "This page cannot be read. Try another address of the results."


class ModelError(TertuliaError):
    """A model of a service could not answer: every kind carries the ``model``'s name."""


class ModelKeyRefused(ModelError):
    """``model``: the service does not know the key of this program's operator."""

    key = "error_model_key_refused"


class ModelQuotaSpent(ModelError):
    """``model``: too many requests, or the credits are spent; it was tried again first."""

    key = "error_model_quota_spent"


class ModelUnreachable(ModelError):
    """``model``: the connection failed, was cut, or took too long."""

    key = "error_model_unreachable"


class ModelFaulty(ModelError):
    """``model``: the service answered with an error of its own, or with what it should not."""

    key = "error_model_faulty"


class ModelRefused(ModelError):
    """``model``: the service declined to answer this, for reasons of its own."""

    key = "error_model_refused"


class ModelUnknown(ModelError):
    """``model``: no such model is offered."""

    key = "error_model_unknown"


class ApprovalNotFound(TertuliaError):
    """No call of this owner waits for an answer by that name."""

    key = "error_approval_not_found"
