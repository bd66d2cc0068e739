"""Every mistake that could have been made: the faults of the catalogue at every layer, with every value they take."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runner.errors import UserError
from runner.network.faults.catalogue import FAULTS, FaultChoice
from runner.network.faults.fault import Context, Fault
from runner.network.faults.placement import Placement, layers_for, place

Array = NDArray[np.float64]
Choices = tuple[FaultChoice, ...]

# What says less than another name for the same numbers, and how much less; the second only with a number.
_GENERAL = {"factor_two": 1, "batch_size_assumed": 2, "constant_scale": 3}
# Told as tied, but after those that say more.
_LATER = {"output_reads_preactivation": 1, "wrong_activation_derivative": 2}
# Words for values that stand for another value, or for any.
_FREE = ("NUMBER", "LAYER", "another")


@dataclass(frozen=True)
class Fitted:
    """A fault with a number whose gradient is a straight line in `t`, 0 where nothing is wrong.

    `probe` is its value at t = 1, `value` that at another t; both for n samples.
    """

    name: str
    probe: Callable[[int], float]
    value: Callable[[float, int], float]


FITTED = (
    Fitted("constant_scale", lambda n: 2.0, lambda t, n: 1.0 + t),
    Fitted("batch_size_assumed", lambda n: n / 2, lambda t, n: n / (1.0 + t)),
    Fitted("leaky_slope_mismatch", lambda n: 1.0, lambda t, n: t),
)


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
    return sum(
        _GENERAL["factor_two"] if _is_half(choice, context) else _GENERAL.get(choice.name, 0)
        for choice in choices
        if choice.value not in ("batch", "features")
    )


def specificity(choices: Choices, context: Context) -> int:
    """The order of names that are tied."""
    return sum(_LATER.get(choice.name, 0) + _is_half(choice, context) for choice in choices)


def _is_half(choice: FaultChoice, context: Context) -> bool:
    """Whether A - Y goes back from a squared error through no f', which is half of what should."""
    return choice.name == "gradient_of_another_loss" and context.output.choice.name == "identity"


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
