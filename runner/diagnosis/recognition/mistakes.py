"""Naming the mistake of a black box that was recognised.

What it answers is recorded once and then read in several ways (with the biases subtracted or the sign flipped, its
gradient taken as one that adds up, ...), since a mistake that is plain in one reading is two in another.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.gradients.hypotheses import single_faults
from runner.diagnosis.gradients.mistake import GradientMistake
from runner.diagnosis.gradients.naming import causes_of, explain
from runner.diagnosis.recognition.black_box import BlackBox
from runner.diagnosis.recognition.readings import decaying, doubly_special_readings, plain_readings, special_readings
from runner.diagnosis.recognition.recognised import Recognised
from runner.diagnosis.recognition.recording import record
from runner.network.faults.catalogue import FaultChoice

Array = NDArray[np.float64]


def name_mistakes(
    black_box: BlackBox, recognised: Recognised, X: Array, Y: Array, *, budget: float = 3.0, seed: int = 0
) -> list[GradientMistake]:
    """The mistakes that explain the gradients, and the loss, of a black box.

    X (n, features) and Y (n, outputs) are samples of its data. Empty where its gradients are those of its loss and the
    loss is one without a mistake, and where nothing within `budget` explains them, in seconds of a usual machine.
    """
    calls = record(black_box, recognised, X, Y, np.random.default_rng(seed))
    plain = plain_readings(calls)
    right = next((one for one in plain if one.usable and one.residual(()) <= one.tolerance), None)
    if right is not None and calls.remembers:
        # Each call was right after a loss of its own samples.
        return causes_of((*right.given, FaultChoice("stale_cache")), right)
    if calls.gives_parameters:
        return causes_of((*plain[0].given, FaultChoice("parameters_as_gradient")), plain[0])
    return explain(
        plain,
        budget,
        special_readings(calls),
        doubly_special_readings(calls),
        lambda: decaying(calls, single_faults(recognised.context)),
    )
