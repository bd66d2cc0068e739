"""Where the parameters start: the rules that suit a network, and what they would change about the learning rate."""

from __future__ import annotations

from runner.diagnosis.case import Case
from runner.diagnosis.changes import Change, Mend
from runner.diagnosis.limit import limit_with
from runner.training.setup import Setup

# Zero or nearly so on one side: half of the variance is lost, which He et al. (2015) make up for.
RECTIFIERS = frozenset({"relu", "leaky_relu", "elu", "softplus"})


def rectified(setup: Setup) -> bool:
    """Whether at least half of the hidden layers are rectifiers."""
    hidden = setup.architecture.activations[:-1]
    return 2 * sum(choice.name in RECTIFIERS for choice in hidden) >= max(1, len(hidden))


def rules(setup: Setup) -> list[Mend]:
    """The initialisers that keep the activations' variance from layer to layer, the one for these layers first."""
    names = ("he", "xavier") if rectified(setup) else ("xavier", "he")
    return [(Change("init.weights", name),) for name in names]


def rate_suits(case: Case, mend: Mend) -> bool:
    """Whether the learning rate, beyond its limit where the run starts, is within that of the changed start."""
    if not case.rate_ratio > 1.0:
        return False
    limit = limit_with(case.setup, mend)
    return limit is not None and case.setup.settings.optimizer.lr < limit
