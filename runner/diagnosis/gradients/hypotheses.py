"""Every mistake that could have been made: the faults of the catalogue at every layer, with every value they take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from runner.errors import UserError
from runner.network.faults.catalogue import FAULTS, FaultChoice
from runner.network.faults.fault import Context, Fault
from runner.network.faults.placement import Placement, layers_for, place

Array = NDArray[np.float64]
Choices = tuple[FaultChoice, ...]

# Placeholders in `values`: any number, any layer, any other activation.
_FREE = ("NUMBER", "LAYER", "another")


def single_faults(context: Context) -> Iterator[Choices]:
    """All that can act on the network, those with a free number at their usual one.

    What a fault computes under two of its values alike comes once.
    """
    seen = set()
    for fault in FAULTS.values():
        if not fault.is_edit:
            continue
        for value in _values(fault, context):
            for choice in at_layers(fault, value, context):
                network = placed((choice,), context)
                if network is not None and (key := (fault.name, *_computation(network))) not in seen:
                    seen.add(key)
                    yield (choice,)


def at_layers(fault: Fault, value: str | None, context: Context) -> Iterator[FaultChoice]:
    """A fault on each layer that it can act on, and on all of them at once."""
    layers = layers_for(FaultChoice(fault.name, None, value), context)
    if fault.takes_layer:
        yield from (FaultChoice(fault.name, layer, value) for layer in layers)
    if layers and (len(layers) > 1 or not fault.takes_layer):
        yield FaultChoice(fault.name, None, value)


def placed(choices: Choices, context: Context) -> Placement | None:
    """The network with these faults; None where they exclude each other."""
    try:
        return place(choices, context)
    except UserError:
        return None


def generality(choices: Choices, context: Context) -> int:
    """How little the names say: of several for the same numbers the one that says most is the answer."""
    return sum(choice.fault.generality(context, choice.value) for choice in choices)


def tie_order(choices: Choices, context: Context) -> int:
    """The order of names that are tied."""
    return sum(choice.fault.tie_order(context, choice.value) for choice in choices)


def texts(choices: Sequence[FaultChoice]) -> str:
    """Choices as they are written in `faults: [...]`, with plus signs between."""
    return " + ".join(map(str, choices))


def _values(fault: Fault, context: Context) -> Iterator[str | None]:
    if fault.value is None:
        yield None
        return
    if fault.value not in _FREE:
        yield None
    yield from (value for value in fault.values if value not in (*_FREE, fault.value))
    if "LAYER" in fault.values:
        yield from (str(layer.index) for layer in context.architecture.layers)


def _computation(network: Placement) -> tuple[object, ...]:
    """What tells one program from another: its calls, their texts and notes left aside."""
    return tuple((call.phase, call.op.name, *map(str, call.operands), call.out) for call in network.program().calls)
