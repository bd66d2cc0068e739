"""Networks as people write them, in `own/`, each with the settings that train it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

OWN = Path(__file__).parent / "own"


@dataclass(frozen=True)
class Own:
    """A network, what is said of it, and what its training comes to: one of `outcomes`, with `quality` at least."""

    path: str
    dataset: dict[str, Any]
    lr: float
    steps: int
    outcomes: tuple[str, ...] = ("converged", "finished")
    quality: float = 0.9
    subject: dict[str, Any] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def config(self) -> dict[str, Any]:
        """As settings."""
        optimizer = {"name": "sgd", "lr": self.lr}
        subject = {"path": str(OWN / self.path), **self.subject}
        return {"subject": subject, "dataset": self.dataset, "optimizer": optimizer, "steps": self.steps, **self.more}


XOR, SINE, PLANAR = {"name": "xor"}, {"name": "sine"}, {"name": "planar", "samples": 200}
PRIVATE = {"parameters": "__weights", "gradients": "Weight_Grad(X, Y, Feedforward(X, Train=True))"}

CASES = {
    "attributes": Own("attributes.py:Attributes", XOR, 1.0, 1500, subject={"args": {"hidden": 6}}),
    "layers in a list": Own("layered.py:LayeredNet", SINE, 0.1, 1500, subject={"args": {"sizes": [1, 12, 1]}}),
    "functions and a dict": Own("ng_functions.py", PLANAR, 1.2, 1000, quality=0.85),
    "functions and their update": Own("ng_functions.py", PLANAR, 1.2, 300, quality=0.7, subject={"update": "theirs"}),
    "the flower": Own(
        "flower.py:BinaryClassifier",
        PLANAR,
        0.3,
        1000,
        quality=0.6,
        subject={"args": {"hidden_layers": [4], "num_iterations": 1}},
    ),
    "weight decay": Own(
        "decay_relu.py:Neural_Network",
        {"name": "x_plus_one", "standardize": "both"},
        0.05,
        800,
        ("converged", "finished", "stalled"),
        quality=-1.0,
        subject={"args": {"hidden_": 3}},
    ),
    "private weights": Own("private_weights.py:NeuralNetwork", XOR, 1.0, 2500, subject={"names": PRIVATE}),
    "bias input": Own("zero_bias_input.py:ZeroBias", SINE, 0.1, 1500),
    "softmax": Own(
        "softmax_batches.py:Softmax",
        {"name": "digits"},
        0.5,
        1,
        subject={"args": {"hidden": 16}},
        more={"epochs": 6, "batch_size": 64},
    ),
    "arrays of the module": Own("global_arrays.py", SINE, 0.05, 1500),
    "its own Adam": Own(
        "own_adam.py:AdamNet",
        {"name": "circles", "samples": 100},
        0.02,
        600,
        subject={"update": "theirs", "args": {"n_hidden": 8, "keep": 0.9}},
    ),
    "momentum of its own": Own(
        "layered.py:LayeredNet",
        SINE,
        0.05,
        800,
        subject={"update": "theirs", "args": {"sizes": [1, 12, 1], "momentum": 0.9}},
    ),
}
