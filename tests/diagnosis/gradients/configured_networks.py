"""Small configured networks for tests: two that differ in task, activations, loss and the way it is averaged."""

from __future__ import annotations

from typing import Any

from runner.settings import validate
from runner.training.setup import Setup, prepare

REGRESSION: dict[str, Any] = {
    "dataset": {"name": "sine", "samples": 6},
    "network": {"hidden": [4, 4], "activation": ["tanh", "sigmoid"]},
    "optimizer": {"name": "sgd", "lr": 0.1, "weight_decay": 0.01},
    "steps": 30,
}
CLASSES: dict[str, Any] = {
    "dataset": {"name": "blobs", "samples": 9},
    "network": {"hidden": [3, 3], "activation": ["relu", "leaky_relu"]},
    "loss": {"name": "auto", "reduction": "sum"},
    "optimizer": {"name": "sgd", "lr": 0.1},
    "steps": 30,
}
XOR: dict[str, Any] = {
    "dataset": {"name": "xor"},
    "network": {"hidden": [4], "activation": "tanh"},
    "steps": 30,
}


def setup(config: dict[str, Any], **more: Any) -> Setup:
    return prepare(validate({**config, **more}))
