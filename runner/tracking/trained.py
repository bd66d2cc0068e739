"""A trained network, read back from its arrays: for `predict`, and inside the MLflow model.

The MLflow model carries a copy of this module and of the few it imports (see `model.py`), so it imports NumPy
at the top, pandas where a table is made, and nothing of MLflow. Nothing is unpickled.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from runner.datasets.scaling import Scaling
from runner.files.names import WEIGHTS
from runner.network.architecture import Architecture
from runner.network.inference import Predictor

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = "columns.json"
SCALING = "scaling/"
_MARGIN = 0.05


@dataclass(frozen=True)
class Columns:
    """The names of inputs and outputs; for `classes` the targets are the names of the classes."""

    task: str
    features: tuple[str, ...]
    targets: tuple[str, ...]

    @classmethod
    def of(cls, described: Mapping[str, Any]) -> Columns:
        """From the JSON of `save`."""
        return cls(str(described["task"]), tuple(described["features"]), tuple(described["targets"]))

    def save(self, folder: Path) -> None:
        """Write them beside the weights."""
        (folder / _COLUMNS).write_text(json.dumps(asdict(self)), encoding="utf-8")


Outputs = Callable[[NDArray[Any]], NDArray[Any]]


class TrainedNetwork:
    """Maps unscaled features (n, features) to unscaled targets or probabilities (n, outputs).

    `outputs` maps scaled features to scaled outputs, where that isn't a network of ours that stands in the arrays.
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]], columns: Columns, outputs: Outputs | None = None) -> None:
        scaling = {k.removeprefix(SCALING): v for k, v in arrays.items() if k.startswith(SCALING)}
        self.columns = columns
        self._scaling = Scaling.from_arrays(scaling)
        self._boundary = float(json.loads(str(arrays["boundary"]))) if "boundary" in arrays else None
        self._range = arrays.get("range/low"), arrays.get("range/high")  # older runs have none
        self._outputs = outputs or Predictor(
            Architecture.from_dict(json.loads(str(arrays["architecture"]))),
            {name: array for name, array in arrays.items() if name.startswith("layer_")},
            json.loads(str(arrays["faults"])) if "faults" in arrays else (),
        )

    @classmethod
    def load(cls, weights: Path, columns: Columns) -> TrainedNetwork:
        """From a `weights.npz`."""
        # Opened here, since NumPy leaves a file open if it isn't one of its own.
        with weights.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return cls(dict(arrays), columns)

    def __call__(self, X: ArrayLike) -> NDArray[Any]:
        """Outputs (n, outputs) for samples (n, features)."""
        return self._scaling.outputs(self._outputs(self._scaling.inputs(np.asarray(X, dtype=np.float64))))

    def outside(self, X: ArrayLike) -> NDArray[np.bool_]:
        """Which features of samples (n, features) lie well outside the range that they had in training.

        Well: by more than a twentieth of that range, which the ends of a random sample differ by.
        """
        scaled, (low, high) = self._scaling.inputs(np.asarray(X, dtype=np.float64)), self._range
        if low is None or high is None:
            return np.zeros(scaled.shape, dtype=np.bool_)
        margin = _MARGIN * (high - low)
        return np.asarray((scaled < low - margin) | (scaled > high + margin))

    def trained_range(self, feature: int) -> tuple[float, float]:
        """The lowest and the highest value of a feature in training; for a network that `outside` knows them of."""
        low, high = (
            float(end[feature] * self._scaling.input_scale[feature] + self._scaling.input_mean[feature])
            for end in self._range
            if end is not None
        )
        return low, high

    def predict(self, data: Any, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """MLflow's entry point: from a table with the features as columns, or an array, to a table of predictions."""
        import pandas as pd

        X = data[list(self.columns.features)] if isinstance(data, pd.DataFrame) else data
        return pd.DataFrame(self.named(self(X)))

    def named(self, outputs: NDArray[Any]) -> dict[str, NDArray[Any]]:
        """Columns of (n,) from outputs (n, outputs): `probability`, `class`; or the classes, `class`; or the targets.

        The probability of a binary class is that of class 1. A network that was trained with a hinge loss gives a
        `margin` in its place: above 0 for class 1.
        """
        targets = self.columns.targets
        if self.columns.task == "binary" and len(targets) == 1:
            word, boundary = ("probability", 0.5) if self._boundary is None else ("margin", self._boundary)
            return {word: outputs[:, 0], "class": (outputs[:, 0] > boundary).astype(np.int64)}
        named = {target: outputs[:, index] for index, target in enumerate(targets)}
        if self.columns.task == "classes":
            named["class"] = np.array(targets, dtype=object)[outputs.argmax(axis=1)]
        return named


def _load_pyfunc(data_path: str) -> TrainedNetwork:
    """MLflow calls this, by this name, with the folder of the model's data."""
    folder = Path(data_path)
    described = json.loads((folder / _COLUMNS).read_text(encoding="utf-8"))
    return TrainedNetwork.load(folder / WEIGHTS, Columns.of(described))
