"""One step of somebody's training in lines, as it was recorded: each statement, and under it each operation of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from runner.recording.loading.program import Program
from runner.recording.scenario import Recorded
from runner.recording.scenarios.following import passed
from runner.recording.taping.node import Execution, Node, Statement

# A statement of a loop is shown so many times.
_SHOWN = 2
_WIDTH = 60


def listing(recorded: Recorded, names: Sequence[str], program: Program) -> Iterator[str]:
    """The lines; parameters come first, and what is the loss or a gradient is marked."""
    for name, array in zip(names, recorded.initial, strict=True):
        yield f"parameter {name}  {array.shape}" if array.shape else f"parameter {name}"
    marks = _marks(recorded, names)
    times: dict[Statement, int] = {}
    current: Execution | None = None
    head = ""
    for node in recorded.tape.nodes:
        execution = node.execution
        if node.kind not in ("call", "write") or execution is None or node.place is None:
            continue
        if execution is not current:
            current = execution
            times[execution.statement] = times.get(execution.statement, 0) + 1
            if times[execution.statement] <= _SHOWN and head != (head := _head(execution.statement, program)):
                yield head
        if times[execution.statement] <= _SHOWN:
            yield _operation(node, marks.get(node.index))
    for statement, count in times.items():
        if count > _SHOWN:
            where = place_of(program, statement.place.file, statement.place.line)
            yield f"{where} is carried out {count} times; {_SHOWN} of them are shown"
    if recorded.assumed is not None:
        yield f"loss: {recorded.assumed}, which is assumed"


def place_of(program: Program, file: Path, line: int) -> str:
    """A line as its author would look for it: "line 27", "cell 3, line 4", "ops.py, line 8"."""
    source = program.sources.get(file)
    where = source.place(line) if source is not None else f"line {line}"
    return where if file == program.file else f"{file.name}, {where}"


def _head(statement: Statement, program: Program) -> str:
    first = statement.place.text.strip().split("\n")[0]
    return f"{place_of(program, statement.place.file, statement.place.line):<10}  {first}"


def _operation(node: Node, mark: str | None) -> str:
    assert node.place is not None
    text = " ".join(node.place.text.split())
    text = text if len(text) <= _WIDTH else f"{text[: _WIDTH - 3]}..."
    shape = str(node.shape) if node.shape else ""
    return f"{'':<14}{text:<{_WIDTH}}  {shape:<12}{f'  # {mark}' if mark else ''}".rstrip()


def _marks(recorded: Recorded, names: Sequence[str]) -> dict[int, str]:
    marks = {recorded.loss.index: "the loss"}
    for name, given in zip(names, recorded.supplied, strict=True):
        if given.node is not None:
            marks[passed(given.node).index] = f"the gradient of {name}"
    return marks
