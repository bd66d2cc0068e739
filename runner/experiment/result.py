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
from runner.errors import Problem, UserError
from runner.explaining.explanation import Ending, explanation, plain
from runner.files.events import Event
from runner.files.finding import Finding
from runner.files.measures import MEASURES
from runner.files.names import WEIGHTS
from runner.files.paths import relative
from runner.files.run_record import RunRecord, read_record
from runner.files.summary import Summary
from runner.report.drawable import Drawable
from runner.tracking.content.model import columns_of
from runner.tracking.loading import damage_reported
from runner.tracking.served import page_of_run
from runner.tracking.trained import TrainedNetwork
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
    """A run in its folder; `ended` is its summary, `signal` the signal that ended it just now, 0 where none did.

    `setup` is the run as it was prepared, None where it was read from its folder; `delivered` says what MLflow had of
    it when it ended; `own` that its folder is its own, not a copy of what a store has, which may be anybody's.
    """

    setup: Setup | None
    ended: Summary
    folder: Path
    history: History
    events: list[Event]
    findings: list[Finding]
    signal: int = 0
    delivered: Delivered | None = None
    own: bool = True

    def __repr__(self) -> str:
        return f"<run: {', '.join(self._facts)}>"

    def _repr_html_(self) -> str:
        """For notebooks: the outcome with its measures, and the explanation where something is wrong."""
        facts = f"<p><b>{escape(self.outcome)}</b> {escape(', '.join(self._facts[1:]))}</p>"
        link = f'<p><a href="{escape(self.url)}">in MLflow</a></p>' if self.url else ""
        return facts + (f"<pre>{escape(self.explanation)}</pre>" if self.explanation else "") + link

    @property
    def _facts(self) -> list[str]:
        measures = [f"{MEASURES[name]} {value:.4g}" for name, value in self.metrics.items()]
        return [self.outcome, f"{self.ended.steps or 0:,} steps", *measures, relative(self.folder)]

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
        return dict(self.record.config) if self.setup is None else self.setup.settings.model_dump(mode="json")

    @property
    def record(self) -> RunRecord:
        """What run.json holds; `UserError` where it is gone or damaged."""
        record = read_record(self.folder)
        if record is None:
            raise UserError(f"the files of the run are gone from {self.folder}")
        return record

    @property
    def url(self) -> str | None:
        """The address of its page in MLflow; None without tracking, or where no server is known that shows it.

        A server is known where `tracking.uri` names one, or while `python -m runner ui` serves the store.
        """
        return page_of_run(self.folder)

    @property
    def weights(self) -> dict[str, NDArray[Any]]:
        """The trained parameters by name: `layer_1/W` (fan_in, fan_out), `layer_1/b` (fan_out,), ..."""
        with damage_reported(self.folder / WEIGHTS) as path, path.open("rb") as opened, np.load(opened) as file:
            return {name: file[name] for name in file.files if name.startswith("layer_")}

    def predict(self, X: ArrayLike) -> pd.DataFrame:
        """The answers to samples X (n, features), in the units of the data: a table with a row for each.

        A frame of pandas is taken by the names of the features, where it has them. The columns of the answers are the
        targets; for two classes `probability` and `class`, for more the classes and `class`.
        Raises `UserError` for samples of another shape, and for somebody's own network, whose code `predict` of the
        command line runs.
        """
        record = self.record
        if record.subject is not None or "script" in record.config:
            raise UserError("a network of your own predicts by its own code, or by `python -m runner predict`")
        with damage_reported(self.folder / WEIGHTS) as path:
            network = TrainedNetwork.load(path, columns_of(record))
        features = record.dataset.features
        if set(features) <= set(getattr(X, "columns", ())):
            return network.predict(X)
        # Arrays in place of a data set gave no names to features: a frame with others is taken in its order.
        samples = np.asarray(X, dtype=np.float64)
        samples = samples.reshape(-1, 1) if samples.ndim == 1 and len(features) == 1 else samples
        if samples.ndim != 2 or samples.shape[1] != len(features):
            message = f"samples of this network are (n, {len(features)}) numbers: {', '.join(features[:8])}"
            raise UserError(Problem("X", message, given=f"an array of shape {samples.shape}"))
        return network.predict(samples)

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
        diagnosed = self.record.diagnosed if self.setup is None else self.setup.settings.diagnosis.enabled
        return Ending(self.ended, self.events, self.findings, diagnosed)

    @property
    def explanation(self) -> str:
        """What was seen, why, and what fixes it, as printed at the end of a run; empty where nothing is wrong."""
        return plain(explanation(self.ending))


def exit_code(result: RunResult, fail_on: Sequence[str]) -> int:
    """0; 1 for an outcome in `fail_on`; 130 after Ctrl-C, 143 after SIGTERM."""
    if result.signal:
        return 128 + signal.Signals(result.signal)
    return int(result.outcome in fail_on)
