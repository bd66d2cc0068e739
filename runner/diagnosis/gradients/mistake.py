"""A mistake that was found: its name, its layer, what is written and what should be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from runner.network.faults.catalogue import FaultChoice
from runner.network.faults.placement import Placement


@dataclass(frozen=True)
class SourceLine:
    """A line of somebody's file, counted from 1."""

    file: str
    line: int


@dataclass(frozen=True)
class GradientMistake:
    """A mistake that was found.

    `residual` is the largest relative difference (of an array's norm, or of the loss) in all trials, `tied_with` what
    else gives the same numbers, `written` the calls that are wrong and `should_read` those that should stand there.
    """

    name: str
    layer: int | None
    fault: str
    residual: float
    tied_with: list[str]
    sentence: str
    written: list[str]
    should_read: str | None
    source: SourceLine | None = None

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> GradientMistake:
        """From what `to_dict` gives."""
        source = data["source"]
        return cls(**{**data, "source": None if source is None else SourceLine(**source)})


def _spelled(text: str) -> str:
    """A call with f'(Z1) for the array that holds it."""
    return re.sub(r"\bF(\d+)\b", r"f'(Z\1)", text)


def mistake_of(choice: FaultChoice, residual: float, ties: list[str], network: Placement) -> GradientMistake:
    """A fault of a network as the mistake that explains it; `ties` give the same numbers."""
    (one,) = (placed for placed in network.placed if placed.choice == choice)
    alone = Placement(replace(network.context, options=network.options), (one,)).program()
    right = Placement(replace(network.context, options=network.options)).program()
    kept = {call.text for call in alone.calls}
    missing = [call.text for call in right.calls if call.text not in kept]
    layer = one.layers[0] if one.fault.takes_layer and len(one.layers) == 1 else None
    where = f"layer {layer}" if layer is not None else "every layer" if one.fault.takes_layer else "the network"
    return GradientMistake(
        name=choice.name,
        layer=layer,
        fault=str(choice),
        residual=residual,
        tied_with=ties,
        sentence=f"{choice} in {where}. {one.fault.sentences}",
        written=[_spelled(call.text) for call in alone.calls if call.note],
        should_read=_spelled("; ".join(missing)) or None,
    )
