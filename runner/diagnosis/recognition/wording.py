"""What was recognised, in words, and what the black box's predictions are beside it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.recognition.black_box import BlackBox
from runner.diagnosis.recognition.recognised import Multiple, Recognised
from runner.network.faults.placement import place
from runner.network.inference import columns
from runner.network.program import Phase
from runner.network.workspace import Batch, Workspace, run
from runner.subjects.black_box import BlackBoxError

Array = NDArray[np.float64]


def sentence(found: Recognised, predictions: str) -> str:
    """Layers, loss, arrays, predictions, faults of the forward pass, in one sentence."""
    context = found.context
    average = "averaged over" if context.options.reduction == "mean" else "summed over"
    parts = [
        f"a network {context.architecture}",
        f"{context.loss}{_times(found.scale)}, {average} the samples{_decay(found)}",
        "; ".join(f"layer {index}: {layer}" for index, layer in enumerate(found.layout.layers, 1)),
        f"predictions: {predictions}",
    ]
    if context.options.epsilon:
        parts[1] += f", epsilon {context.options.epsilon:g}"
    if found.forward:
        parts.append(f"wrong already on the way forward: {', '.join(map(str, found.forward))}")
    return "; ".join(parts)


def predictions_of(black_box: BlackBox, found: Recognised, theta: Array, X: Array) -> str:
    """What `predict` gives, in words: the outputs, the last pre-activations, labels, something else, or nothing."""
    try:
        told = black_box.predict(found.arrays(theta), X)
    except BlackBoxError:
        return "it raises"
    if told is None:
        return "none"
    last = len(found.context.architecture.layers)
    batch = forward_pass(found, theta, X)
    Z, A = batch[f"Z{last}"], batch[f"A{last}"]
    values = np.asarray(told, dtype=np.float64)
    for name, wanted in (("the outputs", A), ("the last pre-activations", Z)):
        for shape in (wanted.T, wanted, wanted.ravel()):
            if values.shape == shape.shape and np.allclose(values, shape, rtol=found.precision, atol=found.precision):
                return name
    whole = np.array_equal(values, np.round(values))
    return "labels" if whole else "not the outputs that its loss is computed from"


def forward_pass(found: Recognised, theta: Array, X: Array) -> Batch:
    """What the recognised network computes on the way forward at our flat parameters: Z1, A1, ... of (units, n)."""
    architecture = found.context.architecture
    network = place(found.forward, found.context)
    workspace = Workspace(architecture, network.program(), scalars=("loss",))
    np.copyto(workspace.theta, theta)
    batch = workspace.batch(*columns(X, np.zeros((len(X), architecture.sizes[-1])), architecture.bias))
    with np.errstate(all="ignore"):
        run(batch.calls(Phase.FORWARD, Phase.OUTPUT))
    return batch


def _times(scale: Multiple) -> str:
    if scale == Multiple():
        return ""
    power = {0: "", 1: " n", -1: " / n"}.get(scale.power, f" n^{scale.power}")
    return f" times {scale.factor:g}{power}"


def _decay(found: Recognised) -> str:
    if found.context.weight_decay:
        return f", weight decay {found.context.weight_decay:g}"
    if found.penalty:
        weights, biases = found.penalty.weights, found.penalty.biases
        both = " of weights and biases" if biases.factor else ""
        per_sample = " / n" if weights.power < 0 else ""
        return f", plus {weights.factor:g}{per_sample} times half the squares{both}"
    return ""
