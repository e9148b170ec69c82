"""What stands between a person and a model of a service before anything is asked."""

from __future__ import annotations

from errors.agents import ModelError
from errors.requests import RequestError


class ModelUnknownToService(ModelError):
    """``model``: its service is there, and knows no such model."""

    key = "error_model_unknown_to_service"


class ModelKeyMissing(ModelError):
    """``model``, ``variable``: its service wants a key, which the operator gives by that variable."""

    key = "error_model_key_missing"


class KeyNotLent(ModelError):
    """``model`` is asked with a key of the operator's, and whoever asks is a stranger."""

    key = "error_key_not_lent"


class ModelPackageMissing(ModelError):
    """``model``, ``package``: the library of its service is not installed."""

    key = "error_model_package_missing"


class ServiceKeyInvalid(RequestError):
    """What a visitor typed cannot be a key."""

    key = "error_service_key_invalid"


class OperatorOnly(RequestError):
    """Somebody else wants to change what all visitors share."""

    key = "error_operator_only"


class OperatorTokenWrong(RequestError):
    """What somebody typed is not the operator's token."""

    key = "error_operator_token_wrong"


class ModelTooLarge(ModelError):
    """``model``, ``need``, ``limit`` in megabytes: it can never fit the memory that models may take together."""

    key = "error_model_too_large"
