"""Which line of the subject's file is wrong on the way to its loss: where what it computes wrongly is first seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.gradients.mistake import GradientMistake
from runner.diagnosis.recognition.recognised import Recognised
from runner.diagnosis.recognition.wording import forward_pass
from runner.diagnosis.subjects.points import Point
from runner.network.faults.catalogue import FAULTS
from runner.subjects.complaint import SubjectError
from runner.subjects.process.proxy import Subject

Array = NDArray[np.float64]


def with_forward_lines(
    subject: Subject, causes: Sequence[GradientMistake], recognised: Recognised | None, point: Point
) -> list[GradientMistake]:
    """The causes, those of the forward pass and of the loss with file and line where these are seen."""
    if recognised is None:
        return list(causes)
    sought = [(cause.fault, *one) for cause in causes for one in _targets(subject, cause, recognised, point)]
    if not sought:
        return list(causes)
    try:
        subject.fresh()
        places = subject.places(point.arrays, point.X, point.Y, [target for _, _, target in sought])
    except SubjectError:
        return list(causes)
    found: dict[str, int] = {}
    for (fault, kind, _), (first, assigned) in zip(sought, places, strict=True):
        # What returns an activation serves all layers: the line that calls it is the layer's own.
        line = assigned or first if kind == "A" else first
        if line is not None:
            found.setdefault(fault, line)
    return [
        replace(cause, source={"file": subject.file.name, "line": found[cause.fault]})
        if cause.source is None and cause.fault in found
        else cause
        for cause in causes
    ]


def _targets(subject: Subject, cause: GradientMistake, recognised: Recognised, point: Point) -> list[tuple[str, Array]]:
    """What the wrong line computes, and what that is: the loss; Z of a layer (units, n), or A where Z has no name."""
    fault = FAULTS.get(cause.name)
    if fault is not None and fault.site == "loss":
        return [("loss", np.array([subject.loss(point.arrays, point.X, point.Y)]))]
    if fault is None or fault.family != "forward" or cause.fault.endswith("=gradient"):
        return []
    last = len(recognised.context.architecture.layers)
    layer = cause.layer or last
    if fault.in_layer_above:
        layer = min(layer + 1, last)
    computed = forward_pass(recognised, recognised.theta(point.arrays), point.X)
    return [(kind, computed[f"{kind}{layer}"]) for kind in ("A" if fault.site == "activation" else "ZA")]
