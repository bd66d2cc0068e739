"""Messages between processes."""

from __future__ import annotations

import os
import time

import numpy as np
import pytest

from runner.subjects.process.frames import Ended, TooLate, receive, send


def test_arrays_come_as_they_were_sent() -> None:
    """Scalars, empty arrays, integers and strided arrays keep shape, type and bits."""
    arrays = [np.float64(0.1), np.zeros((0, 3)), np.arange(6).reshape(2, 3).T, np.array([np.nan, np.inf])]
    reading, writing = os.pipe()
    send(writing, {"do": "something", "number": float("inf")}, arrays)
    message = receive(reading, time.monotonic() + 1.0)
    assert message.header == {"do": "something", "number": float("inf")}
    for sent, received in zip(arrays, message.arrays, strict=True):
        assert received.shape == np.shape(sent)
        assert received.dtype == np.asarray(sent).dtype
        assert np.array_equal(received, sent, equal_nan=True)
        received += 1  # it can be written to


def test_silence_and_the_end_are_distinguished() -> None:
    """Nothing in time is `TooLate`, a closed pipe `Ended`, in the middle of a message too."""
    reading, writing = os.pipe()
    with pytest.raises(TooLate):
        receive(reading, time.monotonic() + 0.01)
    os.write(writing, b"\x10\x00")
    os.close(writing)
    with pytest.raises(Ended):
        receive(reading, time.monotonic() + 1.0)


def test_objects_are_not_taken() -> None:
    """An array of anything but numbers ends the conversation: nothing that was sent is ever run."""
    reading, writing = os.pipe()
    text = b'{"header": {}, "arrays": [["|O", [1]]]}'
    os.write(writing, len(text).to_bytes(4, "little") + text)
    with pytest.raises(Ended):
        receive(reading, time.monotonic() + 1.0)
