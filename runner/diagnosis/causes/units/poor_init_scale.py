"""poor_init_scale."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from runner.diagnosis.case import Array, Case
from runner.diagnosis.causes.cause import Cause
from runner.diagnosis.fixes.changes import Change, Fix
from runner.diagnosis.fixes.starts import explains_rate, rules
from runner.diagnosis.suspicion import Suspicion
from runner.network.layer import Layer
from runner.network.workspace import Batch
from runner.training.units import dead_units

# Biases are no trouble where they are small for an activation, however small W A is.
_SMALL_BIAS = 1.0
# Over all hidden layers together the size may drift by the square of what it may in one.
_DEPTH = 2.0
# The mean over few units scatters: for one unit the square of a normal number, 11 times its mean once in 1,000.
_CHANCE = 2.0
# Over many layers the logarithm scatters: its variance is about 5 times the sum of 1 / units with ReLU (Hanin and
# Rolnick 2018), less with others.
_SCATTER, _DEVIATIONS = 5.0, 3.0
# Share of weights of one sign from which they count as all of one sign.
_ONE_SIGN = 0.95


@dataclass(frozen=True)
class LayerGain:
    """How a layer changes the scale of its inputs at the start of the run; means are over units and samples.

    `gain`: the mean square of W A / that of A. `bias`: the RMS of b. `bias_beside`: the mean square of b / that of W A.
    `positive`: the share of positive weights.
    """

    layer: int
    gain: float
    bias: float
    bias_beside: float
    positive: float


# By how much something is off, what it is, and in which layer.
Excess = tuple[float, str, int]


class PoorInitScale(Cause):
    """Initial weights or biases with which activations grow or shrink from layer to layer.

    The numbers are the mean square of W A / of A in each layer, of b / of W A, and of the last hidden A / of the first.
    The rules of He, Glorot and LeCun give 1 to 2. Weights that are all positive count too: their terms add up. Limits:
    a small output layer is no mistake and isn't examined, nor is a network without hidden layers, which may start
    anywhere; weights of exactly 0 are `symmetric_units`, and a layer whose units are dead at any scale is `dead_units`.
    """

    name = "poor_init_scale"
    says = "mean square of W A / mean square of A at step 0 > init_variance, or < 1 / init_variance"
    thresholds = ("init_variance",)

    def look(self, case: Case) -> Iterator[Suspicion]:
        """The layer that is off the most."""
        layers, limit = case.setup.architecture.layers, case.thresholds.init_variance
        if len(layers) == 1:
            return
        gains = [gain_of(case.at_start, layer) for layer in layers]
        drift = _drift(case.at_start)
        dead = [gain for gain in gains[:-1] if _dead_by_signs(case.at_start, layers[gain.layer - 1], gain)]
        alive = [gain for gain in gains if gain not in dead]
        weights = [*_in_weights(alive, layers), *_in_depth(drift, layers)]
        biases = list(_in_biases(gains[:-1]))
        found = [seen for seen in (*weights, *biases) if seen[0] > limit]
        if not found:
            return
        off, what, layer = max(found)
        fixes = tuple(dict.fromkeys(_fixes(case, in_weights=any(seen[0] > limit for seen in weights))))
        yield Suspicion(
            cause=self.name,
            symptom=f"The initial parameters are poorly scaled: {what}.",
            evidence={"layers": [asdict(gain) for gain in gains], "drift": drift},
            where={"step": 0, "layer": layer, "tensor": f"Z{layer}"},
            fixes=fixes,
            strength=float(np.clip(np.log10(off / limit), 0.1, 5.0)),
            conditions=frozenset({"start explains the rate"} if explains_rate(case, fixes[0]) else ()),
        )


def gain_of(batch: Batch, layer: Layer) -> LayerGain:
    """The gain of a layer in a forward pass; NaN where the layer is given nothing but 0."""
    W, b = batch.workspace.layer_parameters(layer.index)
    below = f"A{layer.index - 1}"
    given = batch["[A0;1]"] if layer.index == 1 and b is not None else batch[below]
    A = given[: layer.fan_in].astype(np.float64)
    with np.errstate(all="ignore"):
        product, bias = mean_square(W @ A), 0.0 if b is None else mean_square(b)
        return LayerGain(
            layer=layer.index,
            gain=float(np.divide(product, mean_square(A))),
            bias=float(np.sqrt(bias)),
            bias_beside=float(np.divide(bias, product)) if bias else 0.0,
            positive=float((W > 0).mean()),
        )


def _dead_by_signs(batch: Batch, layer: Layer, gain: LayerGain) -> bool:
    """Whether small weights of a layer don't matter, since without biases all its units are dead at any scale."""
    return gain.gain < 1.0 and gain.bias == 0.0 and bool(dead_units(batch, layer).all())


def mean_square(array: Array) -> np.float64:
    """The mean of the squares of all entries."""
    return np.float64(np.mean(np.square(array, dtype=np.float64)))


def _drift(batch: Batch) -> float:
    """The mean square of the last hidden layer's activations / that of the first's."""
    first, last = (batch[f"A{k}"] for k in (1, len(batch.workspace.architecture.layers) - 1))
    with np.errstate(all="ignore"):
        return float(np.divide(mean_square(last), mean_square(first)))


def _in_weights(gains: Sequence[LayerGain], layers: Sequence[Layer]) -> Iterator[Excess]:
    for gain in gains:
        k, layer = gain.layer, layers[gain.layer - 1]
        sign = max(gain.positive, 1.0 - gain.positive) > _ONE_SIGN and layer.fan_in > 1
        why = ", because nearly all weights have the same sign" if sign and gain.gain > 1.0 else ""
        what = f"the mean square of W{k} A{k - 1} is {gain.gain:.3g} times that of A{k - 1} (1 to 2 is usual){why}"
        chance = 1.0 + _CHANCE / layer.fan_out
        if gain.gain > 1.0:
            yield gain.gain / chance, what, k
        elif gain.gain > 0.0 and layer is not layers[-1]:
            # Glorot's rule is a mean of what keeps A and what keeps the gradient: less than 1 in a layer that widens.
            fair = gain.gain * max(1.0, (layer.fan_in + layer.fan_out) / (2 * layer.fan_in))
            yield 1.0 / (fair * chance), what, k


def _in_biases(gains: Sequence[LayerGain]) -> Iterator[Excess]:
    for gain in gains:
        k = gain.layer
        if gain.bias > _SMALL_BIAS and np.isfinite(gain.bias_beside):
            yield gain.bias_beside, f"the mean square of b{k} is {gain.bias_beside:.3g} times that of W{k} A{k - 1}", k


def _in_depth(drift: float, layers: Sequence[Layer]) -> Iterator[Excess]:
    if drift > 0.0 and np.isfinite(drift):
        last = len(layers) - 1
        what = f"the mean square of A{last} is {drift:.3g} times that of A1"
        chance = np.exp(_DEVIATIONS * np.sqrt(_SCATTER * sum(1.0 / layer.fan_out for layer in layers[1:-1])))
        yield float(max(drift, 1.0 / drift) / chance) ** (1.0 / _DEPTH), what, last


def _fixes(case: Case, *, in_weights: bool) -> Iterator[Fix]:
    best, *others = rules(case.setup)
    unbiased: Fix = () if case.setup.settings.init.bias.name == "zeros" else (Change("init.bias", "zeros"),)
    yield best if in_weights else unbiased
    for rule in (best, *others):
        yield (*rule, *unbiased)
