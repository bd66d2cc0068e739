"""Initial parameters: the rules that suit a network, and what they would change about the learning rate."""

from __future__ import annotations

from runner.diagnosis.case import Case
from runner.diagnosis.fixes.changes import Change, Fix
from runner.diagnosis.fixes.limit import limit_with
from runner.training.setup import Setup


def rectified(setup: Setup) -> bool:
    """Whether at least half of the hidden layers are rectifiers, whose lost variance He et al. (2015) make up for."""
    hidden = setup.architecture.activations[:-1]
    return 2 * sum(choice.activation.rectifier for choice in hidden) >= max(1, len(hidden))


def rules(setup: Setup) -> list[Fix]:
    """The initialisers that keep the variance of activations from layer to layer, the one for these layers first.

    None of them keeps the size of a gradient through several layers of sigmoids: these get another activation too.
    """
    he, xavier = ((Change("init.weights", name),) for name in ("he", "xavier"))
    if "sigmoid" in (choice.name for choice in setup.architecture.activations[:-1]):
        tanh, relu = ((Change("network.activation", name),) for name in ("tanh", "relu"))
        return [xavier, (*tanh, *xavier), (*relu, *he)]
    return [he, xavier] if rectified(setup) else [xavier, he]


def explains_rate(case: Case, fix: Fix) -> bool:
    """Whether the learning rate is beyond its limit because of how the parameters start.

    It is where the changed start takes away more than half of the excess, on a logarithmic scale.
    """
    if not case.rate_ratio > 1.0:
        return False
    limit = limit_with(case.setup, fix)
    return limit is not None and case.setup.settings.optimizer.lr / limit < max(1.0, case.rate_ratio**0.5)
