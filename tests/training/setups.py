"""Small runs for tests: a configuration as a dict, in memory."""

from __future__ import annotations

from typing import Any

from runner.files.events import Event
from runner.settings import validate
from runner.training.checkpoints import Checkpoints
from runner.training.history import History
from runner.training.listeners import Listener
from runner.training.loop import Training
from runner.training.recorder import history_columns
from runner.training.setup import Setup, prepare
from runner.training.stopping import Interruption

PLANAR: dict[str, Any] = {"dataset": {"name": "planar", "samples": 60}, "steps": 40}
RAW: dict[str, Any] = {
    "dataset": {"name": "x_plus_one", "samples": 50, "standardize": "none"},
    "network": {"hidden": [3], "activation": "leaky_relu"},
    "init": {"weights": {"name": "uniform"}},
    "optimizer": {"name": "sgd", "lr": 1e-4},
    "steps": 60,
}


def setup(config: dict[str, Any], **more: Any) -> Setup:
    return prepare(validate({**config, **more}))


class Trained:
    """A run that has been trained in memory."""

    def __init__(self, ready: Setup, checkpoints: Checkpoints | None = None, listener: Listener | None = None) -> None:
        self.setup = ready
        self.history = History(history_columns(ready))
        self.noted: list[Event] = []
        self.training = Training(ready, self.history, self.noted.append, listener or Listener(), checkpoints)
        self.interruption = Interruption()

    def run(self) -> Trained:
        self.training.run(self.interruption)
        return self

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events as events.jsonl holds them."""
        return [event.to_dict() for event in self.noted]

    @property
    def theta(self) -> Any:
        return self.training.workspace.theta


def trained(config: dict[str, Any], **more: Any) -> Trained:
    return Trained(setup(config, **more)).run()
