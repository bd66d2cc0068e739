"""How the gradient changes in size from the output back to the first layer, and during a run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from runner.diagnosis.case import Array, Case
from runner.files.finding import Evidence
from runner.files.json_files import finite
from runner.network.layer import parameter_names
from runner.network.workspace import Batch

# In so few layers a factor each comes about by chance.
FEW_LAYERS = 3


@dataclass(frozen=True)
class GradientFlow:
    """Norms of the gradient, layer by layer: `at_start` of each, (layers,), and the ratio of first to last.

    `first_to_last` is that ratio at the start, `over_run` its median over the run, None where it is not known;
    `per_layer` what is left of dLoss/dZ from a layer to the one before at the start, as a geometric mean; `growth` the
    largest of the last tenth's norms of the whole gradient / that at the start.
    """

    at_start: tuple[float, ...]
    first_to_last: float
    over_run: float | None
    per_layer: float
    growth: float | None

    def to_dict(self) -> Evidence:
        """As findings.json holds it: null for what is not finite."""
        return {
            "norms_at_start": [finite(norm) for norm in self.at_start],
            "first_to_last": finite(self.first_to_last),
            "over_run": self.over_run,
            "per_layer": finite(self.per_layer),
            "growth": self.growth,
        }


def gradient_flow(case: Case) -> GradientFlow:
    """The flow of a run; from the start alone where norms weren't recorded by layer."""
    norms = layer_norms(case.at_start)
    with np.errstate(all="ignore"):
        ratio = float(norms[0] / norms[-1])
        return GradientFlow(tuple(norms.tolist()), ratio, _over_run(case), _per_layer(case.at_start), _growth(case))


def vanishes_from_start(case: Case) -> bool:
    """Whether the first layer has hardly any gradient before the first update."""
    if not case.setup.is_ours:
        return False  # whose layers are not known
    flow, thresholds = gradient_flow(case), case.thresholds
    deep = len(case.setup.architecture.layers) > FEW_LAYERS
    return flow.first_to_last < thresholds.vanishing_gradient or (
        deep and flow.per_layer < thresholds.vanishing_per_layer
    )


def layer_norms(batch: Batch) -> Array:
    """The norm of the gradient of each layer's parameters after a pass, (layers,), without overflow."""
    architecture = batch.workspace.architecture
    blocks = [batch[parameter_names(layer, architecture.bias)[1]] for layer in architecture.layers]
    return np.array([_norm(block.astype(np.float64)) for block in blocks])


def _norm(array: Array) -> float:
    largest = float(np.abs(array).max())
    return largest * float(np.linalg.norm(array / largest)) if 0.0 < largest < np.inf else largest


def _per_layer(batch: Batch) -> float:
    last = len(batch.workspace.architecture.layers)
    first_delta, last_delta = (_norm(batch[f"dZ{layer}"].astype(np.float64)) for layer in (1, last))
    return float(np.power(np.divide(first_delta, last_delta), 1.0 / max(1, last - 1)))


def _over_run(case: Case) -> float | None:
    last = f"grad_norm/layer_{len(case.setup.architecture.layers)}"
    if last not in case.history.columns:
        return None
    with np.errstate(all="ignore"):
        ratios = case.history["grad_norm/layer_1"] / case.history[last]
    ratios = ratios[np.isfinite(ratios)]
    return float(np.median(ratios)) if len(ratios) else None


def _growth(case: Case) -> float | None:
    norms = case.history["grad_norm"]
    norms = norms[np.isfinite(norms)]
    if len(norms) < 2 or norms[0] == 0.0:
        return None
    return float(norms[-max(1, len(norms) // 10) :].max() / norms[0])
