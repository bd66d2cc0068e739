"""What is known of the forward pass, which no gradient check proves: said as advice, with what was seen."""

from __future__ import annotations

import numpy as np

from runner.diagnosis.gradients.mistake import GradientMistake, SourceLine
from runner.diagnosis.subjects.listing import place_of
from runner.recording.loading.program import Program
from runner.recording.scenario import Recorded
from runner.recording.scenarios.following import ancestors, passed
from runner.recording.scenarios.samples import samples_of_step
from runner.recording.taping.node import Node

_EXPONENTIALS = {"numpy.exp", "exp"}
_QUOTIENTS = {"truediv", "numpy.divide", "numpy.true_divide"}
_DIFFERENCES = {"sub", "numpy.subtract"}
_TOTALS = {"numpy.sum", "ndarray.sum"}


def advice(recorded: Recorded, program: Program) -> list[tuple[str, GradientMistake]]:
    """What is odd about the forward pass, each with its place in words; empty for one that is as usual."""
    found: dict[str, tuple[str, GradientMistake]] = {}
    samples = samples_of_step(recorded)
    widths = {side for node in recorded.parameters if node is not None for side in node.shape}
    for node in sorted(ancestors(recorded.loss), key=lambda one: one.index):
        sayings = {
            "softmax_over_batch": _softmax_over_samples(node, samples, widths),
            "target_broadcast": _all_pairs(node),
        }
        for name, said in sayings.items():
            if said is not None and node.place is not None:
                at = node.place
                source = SourceLine(at.file.name, at.line)
                mistake = GradientMistake(name, None, name, 0.0, [], said, [at.text.strip()], None, source)
                found.setdefault(said, (place_of(program, at.file, at.line), mistake))
    return list(found.values())


def _softmax_over_samples(node: Node, samples: int | None, widths: set[int]) -> str | None:
    """exp(Z) divided by its sum over the samples: so many, or where that isn't known as no layer is wide."""
    if node.op not in _QUOTIENTS or len(node.operands) != 2 or len(node.shape) != 2:
        return None
    over, under = node.operands
    if passed(over).op not in _EXPONENTIALS or passed(under).op not in _TOTALS:
        return None
    summed = [axis for axis in (0, 1) if _sums_to_one(node, axis)]
    if len(summed) != 1:
        return None
    over_side, other_side = node.shape[summed[0]], node.shape[1 - summed[0]]
    if samples not in node.shape and over_side not in widths and other_side in widths:
        samples = over_side
    if over_side != samples or other_side == samples:
        return None
    return (
        f"softmax is normalised over the {samples} samples, not over the {node.shape[1 - summed[0]]} classes "
        f"(axis {summed[0]} of the shape {node.shape} sums to 1)"
    )


def _all_pairs(node: Node) -> str | None:
    """(n, 1) against (n,): every output with every target."""
    if node.op not in _DIFFERENCES or len(node.operands) != 2:
        return None
    one, other = (operand.shape for operand in node.operands)
    n = max(node.shape, default=0)
    if n < 2 or node.shape != (n, n) or {one, other} != {(n, 1), (n,)}:
        return None
    return f"{one} - {other} gives {node.shape}: every output is compared with every target"


def _sums_to_one(node: Node, axis: int) -> bool:
    return bool(np.allclose(np.sum(node.value, axis=axis), 1.0, rtol=0.0, atol=1e-9))
