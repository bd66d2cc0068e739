"""From a fit at one number of samples to a loss by name: its average, its multiple, its penalties."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.gradients.computation import Computation
from runner.diagnosis.recognition.layout import Layout
from runner.diagnosis.recognition.probing import Fit, Point, Prober, Suffix, outputs, split
from runner.diagnosis.recognition.recognised import Multiple, Penalty, Recognised
from runner.diagnosis.recognition.units import LossForm
from runner.errors import UserError
from runner.network.architecture import Architecture
from runner.network.faults.catalogue import FAULTS, FaultChoice
from runner.network.faults.fault import Context
from runner.network.faults.placement import layers_for, place
from runner.network.loss import LossOptions, Reduction
from runner.subjects.black_box import BlackBoxError

Array = NDArray[np.float64]

_NEAR = 1e-6


def told_as_loss(
    prober: Prober, suffix: Suffix, points: Sequence[Point], sizes: Sequence[int], precision: float
) -> Recognised | None:
    """The network of a suffix that reaches down to the inputs, its loss told in full; None where n says otherwise.

    `points` have all parameters at random, on the first of the numbers of samples `sizes`.
    """
    layout = prober.layout
    near = _near(precision)
    one = _fitted(points, suffix, layout, precision)
    try:
        more = prober.random(len(points), sizes[1])
    except BlackBoxError:  # it takes no other number of samples
        more, other = [], one
    else:
        other = _fitted(more, suffix, layout, precision)
    n, m = sizes[:2]
    multiples = [_multiple(a, b, n, m, near) if more else Multiple(a) for a, b in zip(one, other, strict=True)]
    if any(multiple is None for multiple in multiples):
        return None
    total, weights, biases = (multiple for multiple in multiples if multiple is not None)
    if not more:
        total = Multiple(total.factor * n, -1)
    network = _network(suffix, layout, total)
    if network is None:
        return None
    context, forward, scale = network
    penalty = Penalty(weights, biases)
    if weights.factor and not biases.factor and weights.power == scale.power:
        context = Context(
            context.architecture, context.loss, context.options, _rounded(weights.factor / scale.factor, near)
        )
        penalty = Penalty()
    signed = layout.subtracting(-1 if sign < 0 else 1 for sign in suffix.signs)
    found = Recognised(context, signed, forward, scale, penalty, prober.samples.classes, precision)
    return found if _same(found, layout, [*points[:2], *more[:2]]) else None


def _near(precision: float) -> float:
    return max(_NEAR, 100 * precision)


def _fitted(points: Sequence[Point], suffix: Suffix, layout: Layout, precision: float) -> tuple[float, float, float]:
    """The factors of the sum, of the penalty on weights, and of that on biases."""
    fit = Fit(points, layout)
    sums = np.array(
        [
            suffix.form(outputs(suffix.units, suffix.signs, split(point.theta, layout), point.X.T), point.targets.T)
            for point in points
        ]
    )
    _, c = fit(sums)
    weights, biases = fit.penalties(sums, c, precision)
    return c, float(weights), float(biases)


def _multiple(a: float, b: float, n: int, m: int, near: float) -> Multiple | None:
    """The multiple that is a for n samples and b for m; None where that is no power."""
    if a == 0.0 and b == 0.0:
        return Multiple(0.0)
    if a * b <= 0.0:
        return None
    power = round(float(np.log(b / a) / np.log(m / n)))
    # What is told of a penalty has lost digits to the loss beside it.
    if abs(b / a * (n / m) ** power - 1.0) > 100 * near:
        return None
    return Multiple(_rounded(a / float(n) ** power, near), power)


def _rounded(value: float, near: float) -> float:
    """The number of few digits that is meant, if there is one."""
    for digits in range(1, 9):
        short = float(f"{value:.{digits}g}")
        if abs(short - value) <= 1e-2 * near * abs(value):
            return short
    return value


def _network(
    suffix: Suffix, layout: Layout, total: Multiple
) -> tuple[Context, tuple[FaultChoice, ...], Multiple] | None:
    """Context, faults of the forward pass and of the loss, and the multiple of its loss that the box's is."""
    architecture = Architecture(layout.sizes, tuple(unit.choice for unit in suffix.units), layout.bias)
    name, reduction, scale = _named(suffix.form, total, layout.sizes[-1])
    options = LossOptions(reduction, suffix.form.epsilon, from_logits=suffix.form.epsilon == 0.0)
    context = Context(architecture, name, options)
    forward = _forward_faults(suffix, context, layout)
    try:
        place(forward, context)
    except UserError:
        return None
    return context, forward, scale


def _forward_faults(suffix: Suffix, context: Context, layout: Layout) -> tuple[FaultChoice, ...]:
    layers: dict[str, list[int]] = {}
    pairs = zip(suffix.units, suffix.signs, layout.layers, strict=True)
    for index, (unit, sign, arrays) in enumerate(pairs, 1):
        # Before a softmax over the batch a bias, the same for all samples, cancels.
        if sign == 0 and arrays.has_bias and unit.fault != "softmax_over_batch":
            layers.setdefault("bias_missing", []).append(index)
        if unit.fault:
            layers.setdefault(unit.fault, []).append(index)
    found: list[FaultChoice] = []
    for name, at in layers.items():
        everywhere = tuple(at) == layers_for(FaultChoice(name), context)
        if not FAULTS[name].takes_layer or (everywhere and len(at) > 1):
            found.append(FaultChoice(name))
        else:
            found += [FaultChoice(name, index) for index in at]
    return (*found, *suffix.form.choices)


def _named(form: LossForm, total: Multiple, outputs: int) -> tuple[str, Reduction, Multiple]:
    """The loss, its reduction, and the rest of its multiple: 1/k where it is averaged over k outputs, or anything."""
    averaged = -2 if form.fault == "target_broadcast" else -1
    reduction: Reduction = "mean" if total.power < 0 else "sum"
    power = total.power - (averaged if reduction == "mean" else 0)
    natural = {"squared_error": (("squared_error", 1.0), ("half_squared_error", 0.5))}.get(
        form.name, ((form.name, 1.0),)
    )
    for shared in (1.0, 1.0 / outputs):
        for name, factor in natural:
            if np.isclose(total.factor, shared * factor, rtol=_NEAR, atol=0.0):
                return name, reduction, Multiple(shared, power)
    return natural[0][0], reduction, Multiple(total.factor, power)


def _same(found: Recognised, unsigned: Layout, points: Sequence[Point]) -> bool:
    """Whether our network gives the box's losses."""
    computation = Computation(place(found.forward, found.context))
    for point in points:
        n, theta = len(point.X), found.theta(unsigned.arrays(point.theta))
        loss = found.scale(n) * computation.loss(theta, point.X, point.targets)
        loss += found.penalty.value(theta, found.is_weight, n)
        if not abs(loss - point.loss) <= found.precision * max(abs(loss), abs(point.loss)):
            return False
    return True
