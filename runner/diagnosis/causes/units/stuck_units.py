"""What dead and saturated units have in common: a share of a layer, and since when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import ClassVar

from runner.diagnosis.case import Case
from runner.diagnosis.causes.cause import Cause
from runner.diagnosis.fixes.changes import Fix
from runner.diagnosis.measures.unit_states import Stuckness, strength, stuck_layers
from runner.diagnosis.suspicion import Suspicion
from runner.network.layer import Layer
from runner.network.workspace import Batch
from runner.training.units import Mask


class StuckUnits(Cause):
    """Units through which no gradient passes; `state` is the name of the columns of the history that hold their share.

    `proof`: the share from which on there is no doubt.
    """

    state: ClassVar[str]
    proof: ClassVar[float]

    def look(self, case: Case) -> Iterator[Suspicion]:
        """The first of the layers with the most units that are stuck."""
        layers = stuck_layers(case, self.stuck, self.state, getattr(case.thresholds, self.name))
        if not layers:
            return
        worst = max(layers, key=lambda layer: layer.at_end)
        yield Suspicion(
            cause=self.name,
            symptom=self.symptom(worst, case),
            evidence={"layers": [asdict(layer) for layer in layers]},
            where={"step": worst.since, "layer": worst.layer, "tensor": f"A{worst.layer}"},
            fixes=tuple(dict.fromkeys(self.fixes(case, worst))),
            strength=strength(worst),
            certain=worst.at_end >= self.proof,
        )

    def stuck(self, batch: Batch, layer: Layer) -> Mask:
        """Which units of a layer are stuck, (units,), in a pass."""
        raise NotImplementedError

    def symptom(self, worst: Stuckness, case: Case) -> str:
        """How many of which layer, since when."""
        raise NotImplementedError

    def fixes(self, case: Case, worst: Stuckness) -> Iterator[Fix]:
        """What may help."""
        raise NotImplementedError
