"""Training from Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runner.api.arguments import configured, recordable, words_of
from runner.composition.foreign_code import refuse_meaningless_overrides
from runner.diagnosis.fixes.changes import call_with_arrays, command
from runner.errors import UserError
from runner.experiment import Request, RunResult, prepare, run
from runner.report.trackers import trackers
from runner.training.listeners import Listener


def train(
    *arguments: str | Mapping[str, Any],
    X: Any = None,
    Y: Any = None,
    overrides: Sequence[str] = (),
    listeners: Sequence[Listener] = (),
    **settings: Any,
) -> RunResult:
    """Train the network that `arguments` configure, as on the command line.

    Args:
        arguments: What is typed after `whynan`, `"experiment=xor"` or `"optimizer.lr=0.5"`; or settings as Python has
            them, `{"optimizer": {"lr": 0.1}}`.
        X: Inputs, an array or list (n, features) or (n,), in place of the data set. Settings that hold for any data set
            still hold: `"dataset.standardize=inputs"`, `"dataset.valid_fraction=0.2"`.
        Y: Targets, (n,) or (n, outputs); needed with X.
        overrides: Further arguments, as a list.
        listeners: Called with what happens while the run goes on.
        settings: Settings as Python has them: `steps=500`, `optimizer={"lr": 0.1}`.

    Returns:
        The run: `outcome`, `metrics`, `history` (`history["loss"]` is an array with a value for each step, and
        `history.to_pandas()` a table), `predict(X)`, `weights`, `plot`, `findings`, `explanation` and `folder`. The
        folder holds the same files as that of a run of the command line.

    Raises:
        UserError: The settings or the data are wrong; all mistakes at once.
        RunError: The run could not go on, for instance on a full disk.

    Examples:
        >>> run = train("experiment=xor", "steps=50", "tracking=none", "diagnosis=none")
        >>> run.history["loss"].shape
        (51,)
        >>> run.predict([[0, 1]]).columns.tolist()
        ['probability', 'class']
        >>> x = [-1.0, -0.5, 0.0, 0.5, 1.0]
        >>> run = train("tracking=none", "optimizer.lr=0.1", X=x, Y=[2 * value for value in x])
        >>> run.outcome
        'converged'
        >>> train("optimizer.lr=-1")
        Traceback (most recent call last):
        runner.errors.UserError: optimizer.lr: must be greater than 0
    """
    typed = [*words_of(arguments, settings), *overrides]
    configuration, chosen = configured(typed, X, Y)
    if configuration.multirun:
        raise UserError("train carries out one run: leave out --multirun; `sweep` carries out several")
    refuse_meaningless_overrides(chosen, configuration.overrides)
    setup = prepare(chosen)
    written = configuration.recordable if X is None else recordable(setup)
    requested = configuration.overrides if X is None else typed
    with trackers() as tracker_of:
        tracker = tracker_of(chosen.tracking)
        return run(
            setup,
            configuration.folder,
            Request(requested, written.model_dump(mode="json"), command if X is None else call_with_arrays),
            listeners=listeners,
            tracker=tracker,
        )
