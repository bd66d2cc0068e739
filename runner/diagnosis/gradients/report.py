"""What a gradient check found, in lines: for the terminal, which colours them, and for notebooks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runner.diagnosis.gradients.gradient_check import ArrayCheck
    from runner.diagnosis.gradients.naming import Cause
    from runner.diagnosis.gradients.result import CheckResult

COLUMNS = ("array", "verdict", "error", "ratio", "worst at", "checked", "pattern")


def told(cause: Cause) -> Iterator[tuple[str, str]]:
    """A mistake as label and text: what it is (no label), what is written, what should be, where."""
    yield "", cause.sentence
    if cause.written:
        yield "written", "; ".join(cause.written)
    if cause.should_read is not None:
        yield "should read", cause.should_read
    if cause.source is not None:
        yield "look at", f"{cause.source['file']}, line {cause.source['line']}"


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


def report(result: CheckResult) -> str:
    """All of it as plain text: the sentence, what explains it, notes, and a table of the arrays."""
    lines = [result.sentence]
    lines += [f"  {label:<11}  {text}" if label else f"  {text}" for label, text in result.answer]
    for cause in result.causes:
        lines += [f"  {label:<11}  {text}" if label else f"  {text}" for label, text in told(cause)]
    lines += [f"note: {note}" for note in result.notes]
    lines += [f"not looked at: {point}, where the loss is not finite" for point in result.left_out]
    rows = [COLUMNS, *map(row, result.arrays)] if result.arrays else []
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines += ["  ".join(f"{cell:<{width}}" for cell, width in zip(one, widths, strict=True)).rstrip() for one in rows]
    if result.recognised:
        lines.append(f"recognised: {result.recognised}")
    return "\n".join(lines)
