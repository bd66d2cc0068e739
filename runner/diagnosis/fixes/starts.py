"""Initial parameters: the rules that suit a network, and what they would change about the learning rate."""

from __future__ import annotations

from runner.diagnosis.case import Case
from runner.diagnosis.fixes.changes import Change, Fix
from runner.diagnosis.fixes.limit import limit_with
from runner.training.setup import Setup


def rules(setup: Setup) -> list[Fix]:
    """The initialisers that keep the variance of activations from layer to layer, the one for these layers first.

    He et al. (2015) make up for the variance that rectifiers lose: theirs is for networks of which half the hidden
    layers are. None of them keeps the size of a gradient through several layers of sigmoids: these get another
    activation too.
    """
    hidden = setup.architecture.activations[:-1]
    suited = [choice.activation.suited_init for choice in hidden]
    first = next((name for name in ("he", "lecun") if 2 * suited.count(name) >= max(1, len(hidden))), "xavier")
    changes = {name: (Change("init.weights", name),) for name in dict.fromkeys((first, "xavier", "he"))}
    if "sigmoid" in (choice.name for choice in hidden):
        tanh, relu = ((Change("network.activation", name),) for name in ("tanh", "relu"))
        return [changes["xavier"], (*tanh, *changes["xavier"]), (*relu, *changes["he"])]
    return list(changes.values())


def explains_rate(case: Case, fix: Fix) -> bool:
    """Whether the learning rate is beyond its limit because of how the parameters start.

    It is where the changed start takes away more than half of the excess, on a logarithmic scale.
    """
    if not case.rate_ratio > 1.0:
        return False
    limit = limit_with(case.setup, fix)
    return limit is not None and case.setup.settings.optimizer.rate / limit < max(1.0, case.rate_ratio**0.5)
