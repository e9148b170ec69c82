"""What everything that crosses the pipe is made of."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Line(BaseModel):
    """A value that is written as JSON on one side of the pipe and read on the other."""

    model_config = ConfigDict(frozen=True, ser_json_bytes="base64", val_json_bytes="base64")
