"""What goes wrong in the sandbox, as a sentence about the document."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import ValidationError

from errors import DocumentBroken, DocumentRefused, DocumentTooHard
from safety.sandbox import SandboxCrashed, SandboxExceeded


@contextmanager
def said_of(name: str) -> Iterator[None]:
    """Raise a DocumentRefused that says ``name`` for whatever a job ends with but SandboxCancelled."""
    try:
        yield
    except DocumentRefused as error:
        raise type(error)(**{**error.values, "name": name}) from error
    except SandboxExceeded as error:
        raise DocumentTooHard(name=name) from error
    except (SandboxCrashed, ValidationError) as error:
        raise DocumentBroken(name=name) from error
