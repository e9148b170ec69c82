"""Why somebody is not let in, or an account cannot be made."""

from __future__ import annotations

from errors.requests import RequestError
from errors.start import StartError


class UsersFileBroken(StartError):
    """``path``: the file of accounts is not one of ours."""

    key = "error_users_file_broken"


class UsersFileNotSaved(StartError):
    """``path``: the file of accounts cannot be written now."""

    key = "error_users_file_not_saved"


class AccountNameInvalid(StartError):
    """It has letters that no name may have, or too many."""

    key = "error_account_name_invalid"


class AccountTaken(StartError):
    """``name``: somebody has this name already."""

    key = "error_account_taken"


class AccountUnknown(StartError):
    """Nobody has this name."""

    key = "error_account_unknown"


class PasswordsDiffer(StartError):
    """The second time another password was typed than the first."""

    key = "error_passwords_differ"


class SharedPasswordShort(StartError):
    """``least``: the one password that all visitors are asked for has fewer characters."""

    key = "error_shared_password_short"


class AccountPasswordShort(StartError, RequestError):
    """``least``: a person's password has fewer characters."""

    key = "error_account_password_short"


class SignInRefused(RequestError):
    """Nobody has this name with this password; which of the two is wrong is told to nobody."""

    key = "error_sign_in_refused"


class PasswordWrong(RequestError):
    """There is no name to it."""

    key = "error_password_wrong"


class TooManyTries(RequestError):
    """``seconds``: so long nobody from there, or by that name, is let try again."""

    key = "error_too_many_tries"


class SignInElsewhereFailed(RequestError):
    """The service that knows the person did not say so in a way that can be trusted."""

    key = "error_sign_in_elsewhere"


class SignInNeeded(RequestError):
    """The rooms are open to nobody but those who signed in."""

    key = "error_sign_in_needed"
