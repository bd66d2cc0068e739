"""How a run was requested, and what it gave."""

from __future__ import annotations

import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from runner.diagnosis.fixes.changes import Repeat, command
from runner.errors import UserError
from runner.explaining.explanation import Ending, explanation, plain
from runner.files.events import Event
from runner.files.finding import Finding
from runner.files.measures import MEASURES
from runner.files.names import WEIGHTS
from runner.files.summary import Summary
from runner.report.drawable import Drawable
from runner.training.history import History
from runner.training.setup import Setup

if TYPE_CHECKING:
    import pandas as pd

    from runner.tracking.client import Delivered


@dataclass(frozen=True)
class Request:
    """How a run was requested.

    `overrides` are those of the command line; `config` holds the settings that may be saved, where that isn't all
    of them; `repeat` says how a fixed version is written as a command.
    """

    overrides: Sequence[str] = ()
    config: Mapping[str, Any] | None = None
    repeat: Repeat = command


@dataclass(frozen=True, repr=False)
class RunResult(Drawable):
    """A run that has ended; `ended` is its summary, `signal` the signal that ended it, 0 where none did."""

    setup: Setup
    ended: Summary
    folder: Path
    history: History
    events: list[Event]
    findings: list[Finding]
    signal: int
    delivered: Delivered | None

    def __repr__(self) -> str:
        return f"<run: {', '.join(self._facts)}>"

    def _repr_html_(self) -> str:
        """For notebooks: the outcome with its measures, and the explanation where something is wrong."""
        facts = f"<p><b>{escape(self.outcome)}</b> {escape(', '.join(self._facts[1:]))}</p>"
        return facts + (f"<pre>{escape(self.explanation)}</pre>" if self.explanation else "")

    @property
    def _facts(self) -> list[str]:
        measures = [f"{MEASURES[name]} {value:.4g}" for name, value in self.metrics.items()]
        return [self.outcome, f"{self.ended.steps or 0:,} steps", *measures, str(self.folder)]

    @property
    def metrics(self) -> dict[str, float]:
        """The measures at the end by name: `loss`, `accuracy` or `r2`, `valid_loss`, ...; those that there are.

        The file metrics.json in `folder` has more: precision and recall of each class, the confusion matrix.
        """
        final = self.ended.final
        return {name: value for name in MEASURES if (value := final.get(name)) is not None}

    @property
    def config(self) -> dict[str, Any]:
        """All settings of the run."""
        return self.setup.settings.model_dump(mode="json")

    @property
    def weights(self) -> dict[str, NDArray[Any]]:
        """The trained parameters by name: `layer_1/W` (fan_in, fan_out), `layer_1/b` (fan_out,), ..."""
        with np.load(self.folder / WEIGHTS) as file:
            return {name: file[name] for name in file.files if name.startswith("layer_")}

    def predict(self, X: ArrayLike) -> pd.DataFrame:
        """The answers to samples X (n, features), in the units of the data: a table with a row for each.

        The columns are the targets; for two classes `probability` and `class`, for more the classes and `class`.
        Raises `UserError` for somebody's own network, whose code `predict` of the command line runs.
        """
        from runner.tracking.trained import Columns, TrainedNetwork

        dataset = self.setup.dataset
        if not self.setup.is_ours:
            raise UserError("a network of your own predicts by its own code, or by `python -m runner predict`")
        columns = Columns(dataset.task, dataset.features, dataset.targets)
        return TrainedNetwork.load(self.folder / WEIGHTS, columns).predict(X)

    @property
    def outcome(self) -> str:
        """The outcome: `converged`, `nan` and the like."""
        return self.ended.outcome

    @property
    def summary(self) -> dict[str, Any]:
        """What summary.json holds."""
        return self.ended.to_dict()

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C or SIGTERM ended the run."""
        return self.signal != 0

    @property
    def ending(self) -> Ending:
        """What `explain` needs of the run."""
        return Ending(self.ended, self.events, self.findings, self.setup.settings.diagnosis.enabled)

    @property
    def explanation(self) -> str:
        """What was seen, why, and what fixes it, as printed at the end of a run; empty where nothing is wrong."""
        return plain(explanation(self.ending))


def exit_code(result: RunResult, fail_on: Sequence[str]) -> int:
    """0; 1 for an outcome in `fail_on`; 130 after Ctrl-C, 143 after SIGTERM."""
    if result.signal:
        return 128 + signal.Signals(result.signal)
    return int(result.outcome in fail_on)
