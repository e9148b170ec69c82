"""What cannot be tried out in the playground."""

from __future__ import annotations

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
