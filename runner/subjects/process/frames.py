"""Messages between two processes: a JSON header and the bytes of arrays, after their lengths.

Rejected: pickles, which run code where they are read; npy files in the pipe, whose headers are parsed as Python.
"""

from __future__ import annotations

import json
import math
import os
import select
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = Sequence[NDArray[Any]]
# What is asked, or answered, beside arrays. Its keys are those of the question, which both ends of it read: only JSON
# is the same for all of them.
Header = dict[str, Any]

_LENGTH = struct.Struct("<I")
# Messages above this are a mistake, not an answer.
_LARGEST_HEADER, LARGEST_ARRAYS = 2**24, 2**31


class Ended(Exception):  # noqa: N818 - it is the end of a stream, like EOFError
    """The other side has closed its end."""


class TooLate(Exception):  # noqa: N818 - a deadline that passed is no error of this module
    """Nothing came in time."""


@dataclass(frozen=True)
class Message:
    """What was sent: a mapping, and arrays."""

    header: Header
    arrays: list[NDArray[Any]]


def send(fd: int, header: Header, arrays: Arrays = ()) -> None:
    """Write a message; raises `BrokenPipeError` where nobody reads any more."""
    plain = [np.ascontiguousarray(array) for array in arrays]
    kinds = [[array.dtype.str, list(np.shape(original))] for array, original in zip(plain, arrays, strict=True)]
    text = json.dumps({"header": header, "arrays": kinds}).encode()
    _write(fd, b"".join([_LENGTH.pack(len(text)), text, *(array.tobytes() for array in plain)]))


def receive(fd: int, deadline: float | None = None) -> Message:
    """Read a message before `deadline` (of `time.monotonic`); raises `Ended` or `TooLate`."""
    (length,) = _LENGTH.unpack(_read(fd, _LENGTH.size, deadline))
    if length > _LARGEST_HEADER:
        raise Ended("what came is no message")
    text = json.loads(_read(fd, length, deadline))
    arrays = []
    for kind, shape in text["arrays"]:
        dtype = np.dtype(kind)
        size = dtype.itemsize * math.prod(shape)
        if dtype.kind not in "biuf" or size > LARGEST_ARRAYS:
            raise Ended("what came is no array of numbers")
        arrays.append(np.frombuffer(_read(fd, size, deadline), dtype).reshape(shape).copy())
    return Message(text["header"], arrays)


def _write(fd: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest) :]


def _read(fd: int, size: int, deadline: float | None) -> bytes:
    parts, missing = [], size
    while missing:
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([fd], [], [], left)[0]:
                raise TooLate
        part = os.read(fd, min(missing, 2**20))
        if not part:
            raise Ended
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
