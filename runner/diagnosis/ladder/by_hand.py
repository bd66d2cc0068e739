"""Rung 1: one neuron on AND, its outputs and its loss worked out by hand for small round weights."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from runner.diagnosis.gradients.mistake import GradientMistake
from runner.diagnosis.ladder.rung import RungResult
from runner.diagnosis.ladder.rung_network import Array, Formulas, RungNetwork
from runner.diagnosis.ladder.textbook import Sample, plain, total, worked_out
from runner.network.faults.catalogue import FAULTS, FaultChoice

# A row for each neuron: w1, w2, b. No two are equal, so that what is mixed up shows, and no z is 0.
WEIGHTS = np.array([[0.5, -0.3], [-0.2, 0.4]])
BIASES = np.array([0.2, -0.1])
# Weights times this lead to z at which exp(-z) is no number of float64 any more.
_FAR = 10000.0


def climb(network: RungNetwork) -> RungResult | str:
    """Compare loss and outputs at given weights with those worked out by hand."""
    formulas = network.formulas
    if formulas is None:
        return "its activation or its loss is unknown, so there is nothing to compare it with"
    W, b = _weights(network, formulas)
    samples = _samples(formulas, W, b, network)
    loss, text = total(formulas, W, [sample.loss for sample in samples])
    theta = network.neurons(W, b)
    found, outputs = network.loss(theta), network.outputs(theta)
    work = [*_given(formulas, W, b), *_written(network, samples, outputs)]
    work.append(f"loss = {text} = {plain(loss)};  the network computes {plain(found)}")
    if not np.isfinite(loss):
        return _no_number(formulas, work)
    loss_agrees, outputs_agree = agreement(network, formulas)
    if loss_agrees and outputs_agree is not False:
        return _far_out(network, formulas, W, b, work)
    where = {
        None: "the mistake is in the forward pass or in the loss",
        True: "the outputs are right, so the mistake is in the loss or in its targets",
        False: "the outputs differ, so the mistake is in the forward pass",
    }[outputs_agree]
    return RungResult(
        False,
        f"The loss is {plain(loss)} by hand and {plain(found)} in the network: {where}.",
        tuple(work),
        tuple(network.causes() or _of_data(network, formulas, W, b)),
        next_="Print z, a and the loss in your code and compare with these lines: the first that differs is wrong.",
    )


def agreement(network: RungNetwork, formulas: Formulas) -> tuple[bool, bool | None]:
    """Whether loss, and outputs, are those worked out by hand; None for outputs where there are none to compare."""
    W, b = _weights(network, formulas)
    samples = _samples(formulas, W, b, network)
    theta = network.neurons(W, b)
    outputs = network.outputs(theta)
    loss, _ = total(formulas, W, [sample.loss for sample in samples])
    by_hand = np.array([sample.outputs for sample in samples])
    agrees = _same(np.array(network.loss(theta)), np.array(loss), network.precision)
    return agrees, None if outputs is None else _same(outputs, by_hand, network.precision)


def _weights(network: RungNetwork, formulas: Formulas) -> tuple[Array, Array]:
    k = network.Y.shape[1]
    return WEIGHTS[:k], BIASES[:k] if formulas.bias else np.zeros(k)


def _samples(formulas: Formulas, W: Array, b: Array, network: RungNetwork) -> list[Sample]:
    return [worked_out(formulas, W, b, x, y) for x, y in zip(network.X.tolist(), network.Y.tolist(), strict=True)]


def _given(formulas: Formulas, W: Array, b: Array) -> Iterator[str]:
    for unit, (w1, w2) in enumerate(W.tolist()):
        of = f" of neuron {unit + 1}" if len(W) > 1 else ""
        bias = f", b = {plain(b[unit])}" if formulas.bias else ", no b"
        yield f"given{of}: w1 = {plain(w1)}, w2 = {plain(w2)}{bias}"
    yield f"z = w1 x1 + w2 x2{' + b' if formulas.bias else ''}, a = {formulas.activation}(z), {formulas.loss}"


def _written(network: RungNetwork, samples: Sequence[Sample], outputs: Array | None) -> Iterator[str]:
    for index, (x, sample) in enumerate(zip(network.X.tolist(), samples, strict=True)):
        yield f"x = ({', '.join(map(plain, x))})"
        yield from (f"  {line}" for line in sample.lines)
        if outputs is not None:
            yield f"  the network computes a = {', '.join(map(plain, outputs[index]))}"


def _far_out(network: RungNetwork, formulas: Formulas, W: Array, b: Array, work: list[str]) -> RungResult:
    """The same with huge weights, where exp must not overflow unless the settings ask for it."""
    if formulas.options.from_logits and network.overflows(network.neurons(_FAR * W, _FAR * b)):
        work.append(f"with {plain(_FAR)} times these weights, exp overflows in the network")
        return RungResult(
            False,
            f"The numbers are right, but with weights {plain(_FAR)} times as large, exp overflows. By hand, "
            f"a = {plain(_samples(formulas, _FAR * W, _FAR * b, network)[0].outputs[0])} for x = (0, 0).",
            tuple(work),
            tuple(_unguarded(formulas)),
            next_="Subtract the maximum before exp, or limit its argument, and compute the loss from z.",
        )
    return RungResult(True, "Outputs and loss of the network are those worked out by hand.", tuple(work))


def _no_number(formulas: Formulas, work: list[str]) -> RungResult:
    reason = "output_cannot_reach_targets" if "entropy" in formulas.loss else None
    return RungResult(
        False,
        f"By hand, {formulas.loss} with {formulas.activation} is not a number: "
        "its logarithm needs outputs between 0 and 1, and this activation gives others.",
        tuple(work),
        reason=reason,
        next_="Use network.output=sigmoid (softmax for classes), or a squared error with this activation.",
    )


def _same(one: Array, other: Array, precision: float) -> bool:
    with np.errstate(all="ignore"):
        size = max(float(np.abs(one).max()), float(np.abs(other).max()))
        return bool(np.abs(one - other).max() <= precision * size)


def _of_data(network: RungNetwork, formulas: Formulas, W: Array, b: Array) -> list[GradientMistake]:
    """Mistakes in the data or in the parameters, not in a formula."""
    found, outputs = network.loss(network.neurons(W, b)), network.outputs(network.neurons(W, b))
    whole, whole_b = np.trunc(W), np.trunc(b)
    cut = _samples(formulas, whole, whole_b, network)
    loss, _ = total(formulas, whole, [sample.loss for sample in cut])
    if _same(np.array(found), np.array(loss), network.precision) and outputs is not None:
        at = np.array([sample.outputs for sample in cut])
        if _same(outputs, at, network.precision):
            return [_cause("integer_overflow", "weights", "the weights are stored as integers, so 0.5 has become 0")]
    for order in itertools.permutations(range(len(network.X))):
        if (network.Y[list(order)] == network.Y).all():
            continue
        losses = [
            worked_out(formulas, W, b, x, y).loss
            for x, y in zip(network.X.tolist(), network.Y[list(order)].tolist(), strict=True)
        ]
        if _same(np.array(found), np.array(total(formulas, W, losses)[0]), network.precision):
            answers = " ".join(plain(y) for y in network.Y[list(order), -1])
            return [_cause("targets_shuffled_apart", None, f"the loss is that of the targets {answers}")]
    return []


def _unguarded(formulas: Formulas) -> list[GradientMistake]:
    """The unguarded form of the output's activation."""
    name = f"naive_{formulas.activation.name}"
    return [_cause(name, None, "its exp overflows")] if name in FAULTS else []


def _cause(name: str, value: str | None, seen: str) -> GradientMistake:
    choice = FaultChoice(name, None, value)
    return GradientMistake(
        name=name,
        layer=None,
        fault=str(choice),
        residual=0.0,
        tied_with=[],
        sentence=f"{choice}: {seen}. {choice.fault.sentences}",
        written=[],
        should_read=None,
    )
