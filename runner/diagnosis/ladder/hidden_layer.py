"""Rungs 5 and 6: a hidden layer, first on AND, which needs none, then on XOR, which does."""

from __future__ import annotations

from runner.diagnosis.ladder.descent import from_any, from_each
from runner.diagnosis.ladder.gradient_checks import by_layer, checked_at_start_and_later, right, wrong
from runner.diagnosis.ladder.neuron_training import answers, failed, loss_of
from runner.diagnosis.ladder.reasons import reason_of
from runner.diagnosis.ladder.rung import RungResult
from runner.diagnosis.ladder.rung_network import RungNetwork

_AND = (
    "One neuron learns AND, and the gradient is right. Check the initial weights (all equal, far too large or far too "
    "small?) and units that are 0 for every sample."
)
_XOR = "The gradient is right. Check the initial weights, the number of units and the activation."


def climb_and(network: RungNetwork) -> RungResult:
    """The gradient of each layer and array; then training."""
    arrays = checked_at_start_and_later(network)
    work = tuple(by_layer(arrays))
    if not right(arrays):
        return wrong(network, arrays, work)
    network = network.without_decay()
    found = from_any(network, network.gradient, network.starts())
    if not found.learnt:
        return failed(
            network, found, f"The gradient is right, but the network does not learn AND: {loss_of(found)}.", _AND
        )
    sentence = f"The gradient of every layer is right, and the network learns AND: {loss_of(found)}."
    return RungResult(True, sentence, (*work, *answers(network, found)), arrays=arrays)


def climb_xor(network: RungNetwork) -> RungResult:
    """The gradient at the start and after some steps; then training from a few seeds."""
    arrays = checked_at_start_and_later(network)
    work = tuple(by_layer(arrays))
    if not right(arrays):
        return wrong(network, arrays, work)
    network = network.without_decay()
    starts = network.starts()
    found = from_each(network, network.gradient, starts)
    learnt = [one for one in found if one.learnt]
    if not learnt:
        best = min(found, key=lambda one: one.after)
        sentence = (
            f"The gradient is right, but the network learns XOR from none of {len(starts)} starts: {loss_of(best)}."
        )
        return failed(network, best, sentence, _XOR)
    if (reason := reason_of(network, found[0])) is not None and reason[0] == "symmetric_units" and not found[0].learnt:
        return failed(
            network,
            found[0],
            f"From its own initial weights the network does not learn XOR: {loss_of(found[0])}.",
            _XOR,
        )
    count = f"from {min(len(learnt), len(starts))} of {len(starts)} starts"
    rest = "" if len(learnt) >= len(starts) else ". A start that ends in a local minimum is no mistake"
    sentence = (
        f"The gradient is right at the start and later. The network learns XOR {count}: {loss_of(learnt[0])}{rest}."
    )
    return RungResult(True, sentence, (*work, *answers(network, learnt[0])), arrays=arrays)
