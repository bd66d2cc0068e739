"""Rungs 2 and 4: training one neuron on AND, first with a gradient that needs no backward pass."""

from __future__ import annotations

from collections.abc import Sequence

from runner.diagnosis.ladder.descent import Descent, from_any
from runner.diagnosis.ladder.reasons import reason_of
from runner.diagnosis.ladder.rung import RungResult
from runner.diagnosis.ladder.rung_network import RungNetwork
from runner.diagnosis.ladder.textbook import plain

_NUMERICAL = (
    "The backward pass is not to blame: it wasn't used. Check the forward pass, the loss, the update "
    "(theta -= rate * gradient), and whether the network can represent AND."
)
_ANALYTIC = (
    "The gradient is right, and training with the numerical gradient learns AND. Check what the update does with the "
    "gradient, and what one call of the network leaves behind for the next."
)


def climb_numerical(network: RungNetwork) -> RungResult:
    """Train with central differences of the network's own loss."""
    network = network.without_decay()
    found = from_any(network, network.slopes, network.starts())
    return _result(network, found, "the numerical gradient", _NUMERICAL)


def climb_analytic(network: RungNetwork) -> RungResult:
    """Train with the gradient that the network computes."""
    network = network.without_decay()
    found = from_any(network, network.gradient, network.starts())
    return _result(network, found, "its own gradient", _ANALYTIC)


def answers(network: RungNetwork, descent: Descent) -> list[str]:
    """The outputs of a trained network, a line for each sample."""
    outputs = network.outputs(descent.theta)
    if outputs is None:
        return []
    samples = zip(network.X.tolist(), network.Y.tolist(), outputs.tolist(), strict=True)
    return [f"x = ({_listed(x)})  y = {_listed(y)}  the network computes {_listed(a)}" for x, y, a in samples]


def _listed(values: Sequence[float]) -> str:
    return ", ".join(map(plain, values))


def failed(network: RungNetwork, descent: Descent, sentence: str, next_: str) -> RungResult:
    """The result of a training that failed, with the reason where one is found."""
    reason = reason_of(network, descent)
    work = tuple(answers(network, descent))
    if reason is None:
        return RungResult(False, sentence, work, next_=next_)
    name, seen, fix = reason
    return RungResult(False, f"{sentence} {seen[0].upper()}{seen[1:]}.", work, reason=name, next_=fix)


def loss_of(descent: Descent) -> str:
    """The loss before and after, and the steps."""
    return f"loss {plain(descent.before)} -> {plain(descent.after)} in {descent.steps} steps"


def _result(network: RungNetwork, descent: Descent, with_: str, next_: str) -> RungResult:
    if descent.learnt:
        return RungResult(
            True, f"Trained with {with_}, the network learns AND: {loss_of(descent)}.", tuple(answers(network, descent))
        )
    return failed(network, descent, f"Trained with {with_}, the network does not learn AND: {loss_of(descent)}.", next_)
