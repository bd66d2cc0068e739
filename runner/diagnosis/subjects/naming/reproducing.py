"""Naming by our own network: which mistakes of the catalogue make it compute what theirs does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.gradients.computation import Computation
from runner.diagnosis.gradients.mistake import GradientMistake, SourceLine
from runner.diagnosis.gradients.naming import name_causes
from runner.diagnosis.subjects.naming.reading import ReadLayer, applied, read, without_signs
from runner.network.architecture import Architecture
from runner.network.arrays import ParameterArray
from runner.network.faults.catalogue import FAULTS
from runner.network.faults.fault import RELUS, Context
from runner.network.faults.placement import place
from runner.network.layer import ActivationChoice
from runner.network.loss import LossOptions, Reduction
from runner.recording.scenario import Recorded
from runner.subjects.calling.recipe import Recipe
from runner.subjects.complaint import BlackBoxError, Complaint

Array = NDArray[np.float64]

# How well losses must agree, and at how many parameters.
_SAME, _THETAS = 1e-9, 4
# For how many seconds a network with their loss is looked into, and one that is guessed.
_BUDGET, _GUESSED = 3.0, 1.0
# The losses that an output activation is meant for, the usual one first.
_LOSSES = {
    "softmax": ("categorical_cross_entropy", "half_squared_error", "squared_error"),
    "sigmoid": ("binary_cross_entropy", "half_squared_error", "squared_error"),
}
_OTHER_LOSSES = ("half_squared_error", "squared_error", "absolute_error")
_SUMS: dict[str, Callable[[Array, Array], float]] = {
    "half_squared_error": lambda A, y: float(np.sum(np.square(A - y))) / 2,
    "squared_error": lambda A, y: float(np.sum(np.square(A - y))),
    "absolute_error": lambda A, y: float(np.sum(np.abs(A - y))),
    "binary_cross_entropy": lambda A, y: -float(np.sum(y * np.log(A) + (1 - y) * np.log(1 - A))),
    "categorical_cross_entropy": lambda A, y: -float(np.sum(y * np.log(A))),
}
_REDUCTIONS: tuple[Reduction, ...] = ("mean", "sum")


def reproduced(
    recipe: Recipe, recorded: Recorded, parts: Sequence[ParameterArray], X: Array, Y: Array
) -> list[GradientMistake]:
    """The mistakes that reproduce loss and gradients to the last digits; empty where none do, or nothing is read.

    The step was `recorded` on X (n, features) and Y (n, outputs).
    """
    layers = read(recorded, parts, X, Y.shape[1])
    if layers is None:
        return []
    readings = [layers] if all(layer.sign > 0 for layer in layers) else [without_signs(layers), layers]
    for reading in readings:
        theirs = _Theirs(recipe, reading)
        for context, scale, budget in _contexts(theirs, recorded.outcome.loss, Y):
            theirs.scale = scale
            recipe.bench.fresh()
            data = recipe.data
            try:
                causes = name_causes(theirs.loss, theirs.gradient, context, data.X, data.Y, budget=budget)
            except BlackBoxError:
                return []
            if causes:
                return [_with_line(_passed_on(cause, reading), reading, recorded) for cause in causes]
    return []


class _Theirs:
    """Their loss and gradient as functions of our flat parameters, divided by `scale`."""

    def __init__(self, recipe: Recipe, layers: Sequence[ReadLayer]) -> None:
        self.recipe, self.layers, self.scale = recipe, layers, 1.0
        self.entries = np.concatenate([layer.entries.ravel() for layer in layers])
        self.is_weight = np.concatenate([_weights(layer).ravel() for layer in layers])
        signs = [np.where(_weights(layer), 1.0, layer.sign).ravel() for layer in layers]
        self._signs = np.concatenate(signs)
        self._shapes = [array.shape for array in recipe.bench.at(recipe.data.X, recipe.data.Y).initial]

    def loss(self, theta: Array, X: Array, Y: Array) -> float:
        """Their loss."""
        try:
            return self.recipe.loss_at(self._arrays(theta), X, Y) / self.scale
        except Complaint as complaint:
            raise BlackBoxError(complaint.message) from None

    def gradient(self, theta: Array, X: Array, Y: Array) -> Array:
        """Their gradient."""
        try:
            found = self.recipe.gradients_at(self._arrays(theta), X, Y)
        except Complaint as complaint:
            raise BlackBoxError(complaint.message) from None
        flat = np.concatenate([array.ravel() for array in found])
        return np.asarray(flat[self.entries] * self._signs / self.scale)

    def _arrays(self, theta: Array) -> list[Array]:
        flat = np.empty_like(theta)
        flat[self.entries] = theta * self._signs
        ends = np.cumsum([int(np.prod(shape, dtype=np.int64)) for shape in self._shapes])[:-1]
        return [part.reshape(shape) for part, shape in zip(np.split(flat, ends), self._shapes, strict=True)]


def _weights(layer: ReadLayer) -> NDArray[np.bool_]:
    return np.broadcast_to(np.arange(layer.entries.shape[1]) < layer.fan_in, layer.entries.shape)


def _contexts(theirs: _Theirs, loss: float, Y: Array) -> Iterator[tuple[Context, float, float]]:
    """Networks of ours whose loss is theirs times a number, and that; else those that theirs may be meant to be.

    With each goes for how many seconds it is to be looked into.
    """
    layers = theirs.layers
    sizes = (layers[0].fan_in, *(len(layer.entries) for layer in layers))
    hidden = tuple(layer.activation or ActivationChoice("identity") for layer in layers[:-1])
    own = layers[-1].activation or ActivationChoice("identity")
    others = [ActivationChoice("softmax")] if own.name == "identity" and sizes[-1] > 1 else []
    candidates = [
        Context(Architecture(sizes, (*hidden, output), layers[0].has_bias), loss, LossOptions(reduction=reduction))
        for reduction in _REDUCTIONS
        for output in (*others, own)
        for loss in _LOSSES.get(output.name, _OTHER_LOSSES)
    ]
    fitting = [fitted for context in candidates if (fitted := _fitted(theirs, context)) is not None]
    yield from ((*one, _BUDGET) for one in sorted(fitting, key=lambda one: abs(np.log(one[1])))[:2])
    if not fitting:
        guesses = list(_of_outputs(candidates, layers[-1], loss, Y)) or [(context, 1.0) for context in candidates]
        yield from ((*one, _GUESSED) for one in guesses)


def _of_outputs(
    candidates: Sequence[Context], last: ReadLayer, loss: float, Y: Array
) -> Iterator[tuple[Context, float]]:
    """Those whose loss is theirs for the outputs that theirs has, whatever is wrong on the way to them.

    A number that goes with it is 1 over the outputs, where theirs is averaged over them, too.
    """
    for context in candidates:
        A, y = applied(context.output.choice, last.Z), Y.T
        with np.errstate(all="ignore"):
            total = _SUMS[context.loss](A, y) / (len(Y) if context.options.reduction == "mean" else 1)
            for scale in (1.0, 1.0 / len(A)):
                if abs(loss - scale * total) <= _SAME * abs(loss):
                    yield context, scale
                    break


def _fitted(theirs: _Theirs, context: Context) -> tuple[Context, float] | None:
    """With their weight decay, and the number that our loss is to be multiplied with; None where it isn't theirs."""
    X, Y = theirs.recipe.data.X, theirs.recipe.data.Y
    ours, rng = Computation(place((), context)), np.random.default_rng(1)
    rows = []
    for number in range(_THETAS):
        n = len(X) if number % 2 else len(X) // 2 + 1
        theta = 0.5 * rng.normal(size=len(theirs.entries))
        penalty = 0.5 * float(np.sum(np.square(theta[theirs.is_weight])))
        try:
            rows.append((ours.loss(theta, X[:n], Y[:n]), penalty, theirs.loss(theta, X[:n], Y[:n])))
        except BlackBoxError:
            rows.append((ours.loss(theta, X, Y), penalty, theirs.loss(theta, X, Y)))
    table = np.array(rows)
    if not np.isfinite(table).all():
        return None
    for columns in (table[:, :1], table[:, :2]):
        factors, *_ = np.linalg.lstsq(columns, table[:, 2])
        if factors[0] > 0 and np.abs(columns @ factors - table[:, 2]).max() <= _SAME * np.abs(table[:, 2]).max():
            decay = float(factors[1] / factors[0]) if len(factors) > 1 else 0.0
            return replace(context, weight_decay=decay), float(factors[0])
    return None


def _passed_on(cause: GradientMistake, layers: Sequence[ReadLayer]) -> GradientMistake:
    """A slope where nothing is applied to Z: the activation that belongs to it was forgotten on the way forward."""
    layer = cause.layer
    if cause.name != "wrong_activation_derivative" or layer is None or layer == len(layers):
        return cause
    if layers[layer - 1].activation is not None:
        return cause
    activation = cause.fault.partition("=")[2]
    name = "relu_without_effect" if activation in RELUS else "output_reads_preactivation"
    sentence = f"{name}@{layer} in layer {layer}. {FAULTS[name].sentences}"
    return replace(cause, name=name, fault=f"{name}@{layer}", sentence=sentence, tied_with=[cause.fault])


def _with_line(cause: GradientMistake, layers: Sequence[ReadLayer], recorded: Recorded) -> GradientMistake:
    """A mistake of the forward pass with the line that computes what is wrong."""
    site = FAULTS[cause.name].site
    layer = layers[(cause.layer or len(layers)) - 1]
    node = {"preactivation": layer.z, "activation": layer.a or layer.z, "loss": recorded.loss}.get(site)
    place = None if node is None else node.place
    if node is layer.a and node is not None and node.invocation is not layer.z.invocation:
        # What computes an activation serves all layers: the line that calls it is the layer's own.
        place = (node.invocation.call if node.invocation is not None else None) or place
    return cause if place is None else replace(cause, source=SourceLine(place.file.name, place.line))
