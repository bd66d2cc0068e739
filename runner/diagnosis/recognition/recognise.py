"""Recognising the network in a black box: its layout, activations, loss.

Rejected: a search over whole networks, which grows as activations^layers; and trust in `predict`, which often gives
labels or pre-activations: the loss alone says all, what `predict` gives is only compared in the end.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.recognition.black_box import BlackBox
from runner.diagnosis.recognition.candidates import longer_by, predicting, pruned, with_fitted
from runner.diagnosis.recognition.efforts import EFFORTS, Effort
from runner.diagnosis.recognition.layout import Layout, layouts
from runner.diagnosis.recognition.loss import told_as_loss
from runner.diagnosis.recognition.probing import (
    DOUBLE,
    SINGLE,
    Point,
    Prober,
    Samples,
    Suffix,
    in_single,
)
from runner.diagnosis.recognition.recognised import Recognised
from runner.diagnosis.recognition.units import LossForm, Unit
from runner.diagnosis.recognition.wording import predictions_of, sentence
from runner.subjects.black_box import BlackBoxError

Array = NDArray[np.float64]

# Points of a kind: two penalties and a factor are fitted, the rest decides.
_POINTS = 7
_MOST_SUFFIXES = 40_000
_MOST_READINGS = 4


@dataclass(frozen=True)
class Stated:
    """What the user says of the network; None: to be found out."""

    hidden: tuple[str, ...] | None = None
    output: str | None = None
    loss: str | None = None
    reduction: str | None = None

    def allows(self, unit: Unit, layer: int, depth: int) -> bool:
        """Whether an activation may be that of a layer."""
        if layer == depth:
            return self.output is None or unit.name == self.output
        if self.hidden is None:
            return True
        return unit.name == self.hidden[min(layer, len(self.hidden)) - 1]

    def allows_loss(self, form: LossForm) -> bool:
        """Whether a loss may be its loss."""
        return self.loss is None or form.name == self.loss.removeprefix("half_")

    def allows_reduction(self, found: Recognised) -> bool:
        """Whether a network's loss may be over the samples as it is."""
        return self.reduction is None or found.context.options.reduction == self.reduction


def recognise(
    black_box: BlackBox,
    X: Array,
    Y: Array,
    stated: Mapping[str, Any] | None = None,
    *,
    budget: float = 5.0,
    seed: int = 0,
) -> Recognised | None:
    """The network that gives the black box's losses at random parameters, or None within `budget` seconds.

    X (n, features) and Y (n, outputs) are samples of its data. `stated` has what the user knows: `activation` (a name,
    or one for each hidden layer), `output`, `loss`, `reduction`.
    """
    deadline = time.perf_counter() + budget
    said = _stated(stated or {})
    rng = np.random.default_rng(seed)
    X, Y = in_single(X), np.asarray(Y, dtype=np.float64)
    for effort in EFFORTS:
        for samples, layout in _readings(black_box, X, Y):
            if (layout.uniform == 0) != effort.uniform:
                continue
            try:
                found = _in_layout(Prober(black_box, layout, samples, rng), said, effort, deadline)
            except BlackBoxError:
                continue
            if found is not None:
                point = Prober(black_box, layout, samples, rng).random(1, _sizes(layout)[0])[0]
                theta = found.theta(layout.arrays(point.theta))
                return found.told(sentence(found, predictions_of(black_box, found, theta, point.X)))
            if time.perf_counter() > deadline:
                return None
    return None


def _stated(stated: Mapping[str, Any]) -> Stated:
    activation = stated.get("activation")
    hidden = (activation,) if isinstance(activation, str) else None if activation is None else tuple(activation)
    return Stated(hidden, stated.get("output"), stated.get("loss"), stated.get("reduction"))


def _readings(black_box: BlackBox, X: Array, Y: Array) -> Iterator[tuple[Samples, Layout]]:
    """Layouts for as many outputs as targets; then, where targets number classes, for as many as there are classes."""
    samples = Samples(X, Y)
    for layout in layouts(black_box.shapes, X.shape[1], (Y.shape[1],)):
        yield samples, layout
    if Y.shape[1] == 1 and np.array_equal(Y, np.floor(np.abs(Y))):
        least = max(int(Y.max(initial=0.0)) + 1, 2)
        for layout in layouts(black_box.shapes, X.shape[1], range(least, least + 1000)):
            yield replace(samples, classes=layout.sizes[-1]), layout


def _in_layout(prober: Prober, said: Stated, effort: Effort, deadline: float) -> Recognised | None:
    layout = prober.layout
    depth = len(layout.layers)
    sizes = _sizes(layout)
    n = sizes[0]
    anywhere = prober.random(_POINTS, n)
    if not np.isfinite([point.loss for point in anywhere]).all():
        return None
    precision = _precision(anywhere)
    live = [layer.has_bias and prober.feels(index, n) for index, layer in enumerate(layout.layers, 1)]
    forms = [form for form in effort.forms(layout.sizes[-1]) if said.allows_loss(form)]
    # Where nothing can be found layer by layer, what is predicted spares the product with the losses.
    wanted = None if any(live) else prober.predicted(anywhere[0])
    suffixes = [Suffix((), (), form) for form in (forms if wanted is None else forms[:1])]
    for index in range(depth, 0, -1):
        is_live = live[index - 1] and not effort.over_batch
        longer = (
            longer_by(suffix, sign, unit)
            for suffix in suffixes
            for unit in effort.units(is_live, index < depth, suffix.units)
            for sign in ((1, -1) if is_live else (int(live[index - 1]),))
            if said.allows(unit, index, depth)
        )
        if is_live:
            points = prober.fed_biases(index, _POINTS, n)
            above, suffixes = suffixes, pruned(list(longer), points, layout, precision, index, deadline)
            if effort.fitted and not suffixes and len(above) <= _MOST_READINGS:
                suffixes = pruned(
                    list(with_fitted(above, points, layout, index)), points, layout, precision, index, deadline
                )
        else:
            suffixes = list(itertools.islice(longer, _MOST_SUFFIXES + 1))
        if not suffixes or len(suffixes) > _MOST_SUFFIXES or time.perf_counter() > deadline:
            return None
    if wanted is not None:
        suffixes = [
            replace(suffix, form=form)
            for suffix in predicting(suffixes, layout, anywhere[0], wanted, precision)
            for form in forms
        ]
    suffixes = pruned(suffixes, anywhere, layout, precision, 0, deadline)
    found = [told_as_loss(prober, suffix, anywhere, sizes, precision) for suffix in suffixes[:_MOST_READINGS]]
    allowed = (one for one in found if one is not None and said.allows_reduction(one))
    likely = sorted(allowed, key=_strangeness)
    return replace(likely[0], others=tuple(likely[1:])) if likely else None


def _strangeness(found: Recognised) -> tuple[int, bool, bool]:
    """Of readings that give the same losses, the one with fewer faults and no odd multiple is the likely one."""
    return len(found.forward), found.scale.factor != 1.0, found.scale.power != 0


def _precision(points: Sequence[Point]) -> float:
    """That of double precision, unless all losses are numbers of single precision."""
    losses = np.array([point.loss for point in points])
    return SINGLE if np.array_equal(losses, in_single(losses)) else DOUBLE


def _sizes(layout: Layout) -> tuple[int, ...]:
    """Two numbers of samples that are no layer's width."""
    widths = {size + extra for size in layout.sizes for extra in (0, 1)}
    return tuple([n for n in range(5, 12 + 2 * len(widths)) if n not in widths][:2])
