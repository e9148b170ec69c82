"""Why the page could not be shared by a public link. The page of this machine goes on in every case."""

from __future__ import annotations

from errors.tertulia_error import TertuliaError


class ShareError(TertuliaError):
    """There is no public link."""


class TunnelUnsupported(ShareError):
    """``platform``: the program that holds the link does not exist for it."""

    key = "error_tunnel_unsupported"


class TunnelProgramMissing(ShareError):
    """``reason``: the program that holds the link could not be downloaded."""

    key = "error_tunnel_program_missing"


class TunnelProgramNotRun(ShareError):
    """``reason``: the system's own words."""

    key = "error_tunnel_program_not_run"


class TunnelProgramAltered(ShareError):
    """What was downloaded is not the program that was published; it is not run."""

    key = "error_tunnel_program_altered"


class TunnelServerAway(ShareError):
    """The service that gives public links cannot be reached."""

    key = "error_tunnel_server_away"


class TunnelRefused(ShareError):
    """The service answered and gave no link in time."""

    key = "error_tunnel_refused"


class LinkAlreadyOpen(ShareError):
    """There is a link, or one is being opened."""

    key = "error_link_already_open"


class LinkHoursInvalid(ShareError):
    """``hours`` as it was typed, ``most``."""

    key = "error_link_hours_invalid"


class LinkPasswordShort(ShareError):
    """``least`` characters."""

    key = "error_link_password_short"
