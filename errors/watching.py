"""What keeps others from watching."""

from __future__ import annotations

from errors.start import StartError


class TracingPackageMissing(StartError):
    """``package``: traces are asked for, and what sends them is not installed."""

    key = "error_tracing_package_missing"
