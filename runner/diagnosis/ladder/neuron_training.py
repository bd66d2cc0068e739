"""Rungs 2 and 4: training one neuron on AND, first with a gradient that needs no backward pass."""

from __future__ import annotations

from runner.diagnosis.ladder.descent import Descent, from_any
from runner.diagnosis.ladder.reasons import reason_of
from runner.diagnosis.ladder.rung import RungResult
from runner.diagnosis.ladder.rung_network import RungNetwork
from runner.diagnosis.ladder.textbook import plain

_NUMERICAL = (
    "This is not the backward pass: none was used. What is left is the forward pass, the loss, the update "
    "(theta -= rate * gradient), or a network that can't represent AND."
)
_ANALYTIC = (
    "The gradient is right and the numerical one learns AND: look at what the update does with the gradient, and at "
    "what one call of the network leaves behind for the next."
)


def climb_numerical(network: RungNetwork) -> RungResult:
    """Train with central differences of the network's own loss."""
    network = network.without_decay()
    found = from_any(network, network.slopes, network.starts())
    return _told(network, found, "the numerical gradient", _NUMERICAL)


def climb_analytic(network: RungNetwork) -> RungResult:
    """Train with the gradient that the network computes."""
    network = network.without_decay()
    found = from_any(network, network.gradient, network.starts())
    return _told(network, found, "its own gradient", _ANALYTIC)


def answers(network: RungNetwork, descent: Descent) -> list[str]:
    """What a trained network answers, a line for each sample."""
    outputs = network.outputs(descent.theta)
    if outputs is None:
        return []
    return [
        f"x = ({', '.join(map(plain, x))})  y = {', '.join(map(plain, y))}  the network says {', '.join(map(plain, a))}"
        for x, y, a in zip(network.X.tolist(), network.Y.tolist(), outputs.tolist(), strict=True)
    ]


def failed(network: RungNetwork, descent: Descent, sentence: str, next_: str) -> RungResult:
    """The outcome of a training that failed, with the reason where one is seen."""
    reason = reason_of(network, descent)
    work = tuple(answers(network, descent))
    if reason is None:
        return RungResult(False, sentence, work, next_=next_)
    name, seen, fix = reason
    return RungResult(False, f"{sentence} {seen[0].upper()}{seen[1:]}.", work, reason=name, next_=fix)


def loss_of(descent: Descent) -> str:
    """How the loss went."""
    return f"loss {plain(descent.before)} -> {plain(descent.after)} in {descent.steps} steps"


def _told(network: RungNetwork, descent: Descent, with_: str, next_: str) -> RungResult:
    if descent.learnt:
        return RungResult(
            True, f"Trained with {with_} it learns AND: {loss_of(descent)}.", tuple(answers(network, descent))
        )
    return failed(network, descent, f"Trained with {with_} it does not learn AND: {loss_of(descent)}.", next_)
