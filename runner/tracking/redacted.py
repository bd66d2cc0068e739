"""A text stream without passwords, for what MLflow prints: it goes to a log in the run's folder."""

from __future__ import annotations

import io
from typing import TextIO

from runner.tracking.store import redact


class Redacted(io.TextIOBase):
    """A text stream that removes passwords: MLflow prints addresses, and errors quote them."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write `text` without its passwords, and flush."""
        self._stream.write(redact(text))
        self._stream.flush()
        return len(text)
