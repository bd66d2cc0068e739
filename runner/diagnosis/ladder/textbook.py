"""One layer of neurons by hand: textbook formulas on plain numbers, written out so that a person can follow.

Nothing here is taken from the calls of the network: two computations that share a mistake would agree.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from runner.diagnosis.ladder.rung_network import Array, Formulas
from runner.network.layer import ActivationChoice


@dataclass(frozen=True)
class Sample:
    """A sample worked out: what is written down, the outputs, and the loss of this sample alone."""

    lines: list[str]
    outputs: list[float]
    loss: float


def worked_out(formulas: Formulas, W: Array, b: Array, x: Sequence[float], y: Sequence[float]) -> Sample:
    """z, a and loss of one sample x with targets y, for weights W (outputs, 2) and biases b (outputs,)."""
    parameters, by_hand = formulas.activation.parameters, formulas.activation.activation.by_hand
    zs = [sum(w * v for w, v in zip(row, x, strict=True)) + bias for row, bias in zip(W.tolist(), b, strict=True)]
    outputs = softmax(zs) if by_hand is None else [by_hand.value(z, parameters) for z in zs]
    lines = []
    for unit, (z, a) in enumerate(zip(zs, outputs, strict=True)):
        number = str(unit + 1) if len(zs) > 1 else ""
        terms = [f"{plain(w)} * {plain(v)}" for w, v in zip(W[unit], x, strict=True)]
        total = _signed([*terms, plain(b[unit])] if formulas.bias else terms)
        written = _softmax_text(unit, zs) if by_hand is None else by_hand.text(z, parameters)
        lines.append(f"z{number} = {total} = {plain(z)};  a{number} = {written} = {plain(a)}")
    with_text = [_loss(formulas, a, target) for a, target in zip(outputs, y, strict=True)]
    loss = sum(value for value, _ in with_text)
    text = _signed([text for _, text in with_text if text]) or "0"
    lines.append(f"y = {', '.join(map(plain, y))};  loss = {text} = {plain(loss)}")
    return Sample(lines, outputs, loss)


def total(formulas: Formulas, W: Array, losses: Sequence[float]) -> tuple[float, str]:
    """The loss of all samples together, and how it is written."""
    value, text = sum(losses), _signed([plain(loss) for loss in losses])
    if formulas.options.reduction == "mean":
        value, text = value / len(losses), f"({text}) / {len(losses)}"
    if formulas.scale != 1.0:
        value, text = value * formulas.scale, f"{plain(formulas.scale)} * {text}"
    if formulas.weight_decay:
        squares = _signed([f"{plain(abs(w))}²" for w in W.ravel()])
        value += 0.5 * formulas.weight_decay * sum(w * w for w in W.ravel().tolist())
        text = f"{text} + {plain(formulas.weight_decay)} / 2 * ({squares})"
    if formulas.l1:
        sizes = [abs(w) for w in W.ravel().tolist()]
        value += formulas.l1 * sum(sizes)
        text = f"{text} + {plain(formulas.l1)} * ({_signed([plain(size) for size in sizes])})"
    return value, text


def plain(value: float) -> str:
    """A number as a person writes it down."""
    return f"{value:.6g}"


def softmax(zs: Sequence[float]) -> list[float]:
    """exp(z) over the sum of all exp(z), the largest taken out so that nothing overflows."""
    largest = max(zs)
    powers = [math.exp(z - largest) for z in zs]
    return [power / sum(powers) for power in powers]


def knows(activation: ActivationChoice) -> bool:
    """Whether an activation can be worked out by hand."""
    return activation.name == "softmax" or activation.activation.by_hand is not None


LOSSES = frozenset(
    {
        "half_squared_error",
        "squared_error",
        "absolute_error",
        "huber",
        "hinge",
        "binary_cross_entropy",
        "categorical_cross_entropy",
    }
)


def _softmax_text(unit: int, zs: Sequence[float]) -> str:
    return f"exp({plain(zs[unit])}) / ({_signed([f'exp({plain(z)})' for z in zs])})"


def _loss(formulas: Formulas, a: float, y: float) -> tuple[float, str]:
    """The loss of one output, NaN where a logarithm has none, and how it is written; targets are 0 or 1."""
    off, epsilon = a - y, formulas.options.epsilon
    if formulas.loss == "half_squared_error":
        return off * off / 2, f"({plain(a)} - {plain(y)})² / 2"
    if formulas.loss == "squared_error":
        return off * off, f"({plain(a)} - {plain(y)})²"
    if formulas.loss == "absolute_error":
        return abs(off), f"|{plain(a)} - {plain(y)}|"
    if formulas.loss == "huber":
        delta = formulas.options.delta
        if abs(off) <= delta:
            return off * off / 2, f"({plain(a)} - {plain(y)})² / 2"
        return delta * (abs(off) - delta / 2), f"{plain(delta)} * (|{plain(a)} - {plain(y)}| - {plain(delta)} / 2)"
    if formulas.loss == "hinge":
        sign = 2 * y - 1
        return max(0.0, 1 - sign * a), f"max(0, 1 - {plain(sign)} * {plain(a)})"
    guard = f" + {plain(epsilon)}" if epsilon else ""
    binary = formulas.loss == "binary_cross_entropy"
    if not (a + epsilon > 0.0 and (1.0 - a + epsilon > 0.0 or not binary)):
        return math.nan, f"log of {plain(a)}{guard}{' or of 1 minus it' if binary else ''}"
    if y == 1.0:
        return -math.log(a + epsilon), f"-log({plain(a)}{guard})"
    if binary:
        return -math.log(1.0 - a + epsilon), f"-log(1 - {plain(a)}{guard})"
    return 0.0, ""


def _signed(terms: Sequence[str]) -> str:
    """Terms with plus signs between, minus signs where a term begins with one."""
    return " + ".join(terms).replace("+ -", "- ")
