"""Several programs run as one: what they must share for it, and the program that stands for all of them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace

from runner.network.program import Call, Constant, Constants, Operand, Program


def outline(program: Program) -> Hashable:
    """What programs must share to be run as one: all but the values of their constants, and what is printed."""
    calls = tuple(
        (call.phase, call.layer, call.result, call.op, tuple(map(_outlined, call.operands)), call.out)
        for call in program.calls
    )
    parts = (program.shapes, program.rows, program.slices, program.columns)
    named = tuple(tuple((name, _hashable(value)) for name, value in part.items()) for part in parts)
    return calls, named, program.filled


def side_by_side(programs: Sequence[Program]) -> Program:
    """One program of several with the same outline, in which each constant has the values of all of them."""
    calls = zip(*(program.calls for program in programs), strict=True)
    return replace(programs[0], calls=tuple(replace(of_all[0], operands=_joined(of_all)) for of_all in calls))


def _joined(calls: Sequence[Call]) -> tuple[Operand, ...]:
    operands = zip(*(call.operands for call in calls), strict=True)
    return tuple(
        Constants(tuple(one for one in of_all if isinstance(one, Constant)))
        if isinstance(of_all[0], Constant)
        else of_all[0]
        for of_all in operands
    )


def _outlined(operand: Operand) -> str | None:
    return operand if isinstance(operand, str) else None


def _hashable(value: object) -> Hashable:
    whole, part = value if isinstance(value, tuple) and len(value) == 2 else (value, None)
    return (whole, (part.start, part.stop, part.step)) if isinstance(part, slice) else value
