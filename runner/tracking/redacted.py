"""What MLflow prints while it takes a run, kept in the run's folder without its passwords."""

from __future__ import annotations

import io
from typing import TextIO

from runner.tracking.store import redact


class Redacted(io.TextIOBase):
    """A text stream that lets no password through: MLflow prints addresses, and errors quote them."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write `text` without its passwords, at once."""
        self._stream.write(redact(text))
        self._stream.flush()
        return len(text)
