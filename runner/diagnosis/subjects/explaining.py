"""What a subject is, and which mistake is in it, as far as its numbers tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.gradients.mistake import GradientMistake
from runner.diagnosis.recognition.mistakes import name_mistakes
from runner.diagnosis.recognition.recognise import recognise
from runner.diagnosis.recognition.recognised import Recognised
from runner.diagnosis.subjects.scaled import PARAMETERS_RETURNED
from runner.network.arrays import ParameterArray
from runner.subjects.complaint import SubjectError
from runner.subjects.process.proxy import Subject

Array = NDArray[np.float64]

# Layers with more units make each of the hundreds of candidates for an activation slow.
_WIDEST = 4000


def recognised_in(subject: Subject, X: Array, Y: Array, budget: float) -> Recognised | None:
    """The network that the subject is, where that is found out within `budget` seconds.

    What the user states of it is taken for granted first; where that leads nowhere its numbers alone count.
    """
    if max(max(shape, default=1) for shape in subject.shapes) > _WIDEST:
        return None
    for stated in (subject.stated, {}) if subject.stated else ({},):
        try:
            found = recognise(subject, X, Y, stated, budget=budget)
        except SubjectError:
            return None
        if found is not None:
            return found
    return None


def contradicted(stated: Mapping[str, Any], recognised: Recognised) -> list[str]:
    """What of that which the user states is not so, as a sentence for each."""
    context = recognised.context
    *hidden, output = (layer.choice.name for layer in context.architecture.layers)
    said = stated.get("activation")
    each = [said] * len(hidden) if isinstance(said, str) else list(said or hidden)
    found = {
        "activation": (", ".join(each), ", ".join(hidden)),
        "output": (stated.get("output", output), output),
        "loss": (stated.get("loss", context.loss), context.loss),
        "reduction": (stated.get("reduction", context.options.reduction), context.options.reduction),
    }
    return [
        f"subject.stated.{key} is {one}, but its numbers are those of {other}"
        for key, (one, other) in found.items()
        if one.removeprefix("half_") != other.removeprefix("half_")  # a half is a matter of scale
    ]


def described(recognised: Recognised | None) -> str | None:
    """What was recognised, in words."""
    if recognised is None:
        return None
    return recognised.sentence or f"{recognised.context.architecture}; {recognised.context.loss}"


def with_layers(parts: Sequence[ParameterArray], recognised: Recognised) -> list[ParameterArray]:
    """The arrays with the layers that they were recognised as."""
    belonging = {}
    for index, layer in enumerate(recognised.layout.layers, start=1):
        belonging[layer.weights] = (index, False)
        if layer.bias is not None:
            belonging[layer.bias] = (index, True)
    if sorted(belonging) != list(range(len(parts))):
        return list(parts)
    return [
        replace(part, layer=belonging[position][0], is_bias=belonging[position][1])
        for position, part in enumerate(parts)
    ]


def mistakes_in(
    subject: Subject,
    recognised: Recognised | None,
    X: Array,
    Y: Array,
    budget: float,
) -> list[GradientMistake]:
    """The mistakes that reproduce the subject's loss and gradients to the last digits."""
    if recognised is None:
        return []
    subject.fresh()
    try:
        causes = name_mistakes(subject, recognised, X, Y, budget=budget)
    except SubjectError:
        return []
    return [_in_words(cause) for cause in causes]


def _in_words(cause: GradientMistake) -> GradientMistake:
    if cause.name != "parameters_as_gradient":
        return cause
    return replace(cause, sentence=f"{PARAMETERS_RETURNED[0].upper()}{PARAMETERS_RETURNED[1:]}.")
