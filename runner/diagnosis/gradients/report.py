"""The parts of a report on gradients, as text: for the terminal, which colours them, and for notebooks."""

from __future__ import annotations

from collections.abc import Iterator

from runner.diagnosis.gradients.gradient_check import ArrayCheck
from runner.diagnosis.gradients.mistake import GradientMistake

COLUMNS = ("array", "verdict", "error", "ratio", "worst at", "checked", "pattern")


def described(cause: GradientMistake) -> Iterator[tuple[str, str]]:
    """A mistake as label and text: what it is (no label), what is written, what should be, where."""
    yield "", cause.sentence
    if cause.written:
        yield "written", "; ".join(cause.written)
    if cause.should_read is not None:
        yield "should read", cause.should_read
    if cause.source is not None:
        yield "look at", f"{cause.source.file}, line {cause.source.line}"


def row(array: ArrayCheck) -> tuple[str, ...]:
    """An array under `COLUMNS`."""
    return (
        array.name,
        "right" if array.passed else "WRONG",
        f"{array.relative_error:.1e}",
        "" if array.ratio is None else f"{array.ratio:.6g}",
        "" if array.worst_index is None else str(array.worst_index),
        f"{array.checked} of {array.size}" + (f", {array.at_kinks} at kinks" if array.at_kinks else ""),
        array.pattern,
    )
