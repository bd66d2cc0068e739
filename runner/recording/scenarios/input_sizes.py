"""How large the inputs of each parameter are: what moves parameters must not flatten every unit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from runner.recording.scenarios.changes import Change
from runner.recording.taping.tape import Tape

_ENTRYWISE = {"mul", "numpy.multiply"}
_PRODUCTS = {"matmul", "numpy.matmul", "numpy.dot", "ndarray.dot", *_ENTRYWISE}


def input_sizes(tape: Tape | None, found: Sequence[Change]) -> list[float]:
    """For each parameter the size of what it is multiplied by, at least 1: pixels of 0 to 255 would flatten all units.

    For a vector that is summed over, this is times the root of its length.
    """
    if tape is None:
        return [1.0] * len(found)
    sizes = {change.before.index: 1.0 for change in found}
    passing = {index: index for index in sizes}
    for node in tape.nodes:
        for place, operand in enumerate(node.operands):
            if operand.index not in passing:
                continue
            if node.kind in ("same", "view"):
                passing[node.index] = passing[operand.index]
            elif node.op in _PRODUCTS and len(node.operands) == 2:
                other = np.asarray(node.operands[1 - place].value)
                if other.dtype.kind not in "fiub" or other.size == 0:
                    continue
                size = float(np.sqrt(np.mean(np.square(other, dtype=np.float64))))
                if np.ndim(operand.value) == 1 and node.op not in _ENTRYWISE:
                    size *= float(np.sqrt(np.size(operand.value)))
                leaf = passing[operand.index]
                sizes[leaf] = max(sizes[leaf], size if np.isfinite(size) else 1.0)
    return [sizes[change.before.index] for change in found]
