"""What else it may take where one change is not enough: the second changes that everybody would try."""

from __future__ import annotations

from collections.abc import Iterator

from runner.diagnosis.case import Case
from runner.diagnosis.fixes.changes import Change, Fix, combined
from runner.diagnosis.fixes.held_out import whole_truth_table
from runner.diagnosis.fixes.limit import below, limit_with
from runner.settings.optimizer import SGDSettings
from runner.training.setup import Setup

# How many times as many units and steps, and how many units at least and at most.
_TIMES, _LEAST, _MOST = 4, 8, 256
# How many times as many where only a trial can tell.
WIDER = (4, 16)
MORE_STEPS = 10
# Samples up to which Adam is tried on all of them, and how.
_FEW_SAMPLES = 1024
_ADAM = (Change("optimizer.lr", 0.05), Change("steps", 5000))


def companions(case: Case, fix: Fix) -> Iterator[Fix]:
    """Second changes for a fix that alone is not enough, the likeliest first, none of which undoes the fix.

    Standardised data, a rate within the limit that the fix leaves, more units, more steps, and the last two together.
    """
    taken = {change.path for change in fix}
    for second in _candidates(case, fix):
        if not taken & {change.path for change in second}:
            yield second


def _candidates(case: Case, fix: Fix) -> Iterator[Fix]:
    setup = case.setup
    regression = setup.dataset.task == "regression"
    standardised: Fix = (Change("dataset.standardize", "both" if regression else "inputs"),)
    if setup.settings.dataset.standardize != standardised[0].value:
        yield standardised
        yield from _within_limit(setup, combined(fix, standardised), standardised)
    yield from _within_limit(setup, fix, ())
    longer = more_steps(setup, MORE_STEPS)
    units = wider(setup)
    if units is not None:
        yield units
        yield longer
        yield combined(units, longer)
    else:
        yield longer


def _within_limit(setup: Setup, changed: Fix, beside: Fix) -> Iterator[Fix]:
    """A rate within the limit of the changed network, where the one that is set is beyond it or far below it."""
    limit, lr = limit_with(setup, changed), setup.settings.optimizer.rate
    if limit is not None and not 0.1 * limit <= lr <= limit:
        yield combined(beside, (Change("optimizer.lr", below(limit)),))


def more_steps(setup: Setup, times: int) -> Fix:
    """So many times as many steps, or epochs where these are what is set."""
    settings = setup.settings
    path, count = ("steps", settings.steps) if settings.epochs is None else ("epochs", settings.epochs)
    return (Change(path, count * times),)


def by_adam(setup: Setup) -> Iterator[Fix]:
    """Adam at a high rate, all samples a step, on standardised inputs, in place of gradient descent on few samples.

    It shows in a short time what the units can do, whatever the rate and the scale. Not in place of momentum or a
    schedule: Adam has no key for the first, and an experiment's YAML that sets one would be refused.
    """
    settings, optimizer = setup.settings, setup.settings.optimizer
    if not setup.is_ours or len(setup.dataset.train) > _FEW_SAMPLES or not isinstance(optimizer, SGDSettings):
        return
    if optimizer.momentum or optimizer.nesterov or optimizer.schedule.name != "constant":
        return
    changes = [Change("optimizer", "adam"), *_ADAM]
    for key in ("weight_decay", "l1", "clip_norm"):
        if value := getattr(optimizer, key):
            changes.append(Change(f"optimizer.{key}", value))
    changes += [Change(path, None) for path in ("batch_size", "epochs") if getattr(settings, path) is not None]
    if settings.dataset.standardize == "none" and not whole_truth_table(setup.dataset.train.X):
        changes.append(Change("dataset.standardize", "inputs"))
    yield tuple(changes)


def wider(setup: Setup, times: int = _TIMES) -> Fix | None:
    """So many times as many units in each hidden layer, 8 at least; None where there are no hidden layers, or enough.

    Weights that are given one by one are drawn by Glorot's rule.
    """
    if not setup.is_ours:
        return None
    hidden = setup.settings.network.hidden
    more = tuple(max(units, min(_MOST, max(_LEAST, times * units))) for units in hidden)
    if not hidden or more == tuple(hidden):
        return None
    explicit = setup.settings.init.weights.name == "explicit"
    return (Change("network.hidden", more), *((Change("init.weights", "xavier"),) if explicit else ()))
