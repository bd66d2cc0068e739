"""How many samples a recorded step sees."""

from __future__ import annotations

from collections import Counter

import numpy as np

from runner.recording.scenario import Recorded
from runner.recording.scenarios.following import ancestors


def samples_of_step(recorded: Recorded) -> int | None:
    """The number of samples: the one side that the arrays of data have in common; None where they have two."""
    own = {node.index for node in recorded.parameters if node is not None}
    shapes = {
        node.index: node.shape
        for node in ancestors(recorded.loss)
        if node.kind == "leaf" and node.index not in own and np.size(node.value) > 1
    }
    sides = Counter(side for shape in shapes.values() for side in set(shape) if side > 1)
    if len(shapes) < 2 or not sides:
        return None
    common = [side for side, times in sides.items() if times == len(shapes)]
    return common[0] if len(common) == 1 else None
