"""Whynan from Python and notebooks: the same settings as on the command line, the same runs."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runner.composition.configuration import Configuration, configuration_of
from runner.composition.foreign_code import refuse_meaningless_overrides
from runner.composition.overrides import overrides_from
from runner.composition.stores import store_of
from runner.composition.watched import refuse_others
from runner.datasets.inline import Inline
from runner.diagnosis.fixes.changes import call_with_arrays, command
from runner.diagnosis.gradients.configured import check_setup
from runner.diagnosis.gradients.result import CheckResult
from runner.diagnosis.ladder.climbing import climb_ladder
from runner.diagnosis.ladder.rung import LadderResult
from runner.diagnosis.subjects.check import check_subject
from runner.errors import Problem, UserError
from runner.experiment import Request, RunResult, Setup, prepare, run
from runner.recording.loading.live import as_file
from runner.report.trackers import trackers
from runner.settings import Settings
from runner.subjects.samples import samples_of
from runner.tracking.trackers import OUTPUTS
from runner.training.listeners import Listener
from runner.watching.notebook import Watching

if TYPE_CHECKING:
    import pandas as pd

# Arrays with more numbers than this are not recorded: the digest of the data identifies them.
_RECORDED = 1000


def train(
    *arguments: str,
    X: Any = None,
    Y: Any = None,
    overrides: Sequence[str] = (),
    listeners: Sequence[Listener] = (),
    **settings: Any,
) -> RunResult:
    """Train the network that `arguments` configure, as on the command line.

    Args:
        arguments: What is typed after `whynan`: `"experiment=xor"`, `"optimizer.lr=0.5"`.
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
    typed = [*arguments, *overrides_from(settings), *overrides]
    configuration, chosen = _configured(typed, X, Y)
    if configuration.multirun:
        raise UserError("train carries out one run: leave out --multirun; a sweep is started on the command line")
    refuse_meaningless_overrides(chosen, configuration.overrides)
    setup = prepare(chosen)
    recordable = configuration.recordable if X is None else _recordable(setup)
    requested = configuration.overrides if X is None else typed
    with trackers() as tracker_of:
        tracker = tracker_of(chosen.tracking)
        return run(
            setup,
            configuration.folder,
            Request(requested, recordable.model_dump(mode="json"), command if X is None else call_with_arrays),
            listeners=listeners,
            tracker=tracker,
        )


def watch(*overrides: str) -> Watching:
    """Watch the training loop in a `with` block, and say why it broke.

    The block stands at the top of a notebook's cell, or of a script, and does what it would do without the watch. When
    it has ended, what was not finite and why it broke is printed, and stands in the `result` of the context.

    Args:
        overrides: Settings of `tracking`, `watch`, `diagnosis` and `hydra.run.dir`, as on the command line.

    Raises:
        UserError: A setting is wrong, or the block stands in a function.

    Examples:
        >>> with watch("tracking=none"):  # doctest: +SKIP
        ...     for step in range(1000):
        ...         train_step()
    """
    configuration = _composed(overrides)
    refuse_others(configuration)
    return Watching(configuration.settings, configuration.recordable, configuration.folder, configuration.overrides)


def check(*arguments: Any, X: Any = None, Y: Any = None, overrides: Sequence[str] = ()) -> CheckResult:
    """Check the gradients of the network that `arguments` configure, or of a network of your own.

    Args:
        arguments: As for `train`. `"subject=net.py"` checks a file of your own; a class or a function in the first
            place, `check(Net)`, one of your notebook.
        X: Inputs in place of the data set, as for `train`.
        Y: Targets, as for `train`.
        overrides: Further arguments, as a list.

    Returns:
        What was found: `passed`, `sentence`, `arrays` (one entry for each array of parameters) and `causes`, the
        mistakes that explain a wrong gradient. No file is written.

    Raises:
        UserError: The settings, the data or your own code are wrong.

    Examples:
        >>> check("experiment=xor").passed
        True
        >>> result = check("dataset=xor", "faults=[missing_activation_derivative@1]")
        >>> result.passed, result.causes[0].name
        (False, 'missing_activation_derivative')
    """
    own = arguments[:1] if arguments and not isinstance(arguments[0], str) else ()
    configuration, settings = _configured([*arguments[len(own) :], *overrides], X, Y)
    if not own and settings.subject.path is None:
        return check_setup(prepare(settings))
    samples = samples_of(settings, asked=X is not None or configuration.chooses_data)
    with tempfile.TemporaryDirectory() as folder:
        path = as_file(own[0], Path(folder)) if own else settings.subject.path
        subject = settings.subject.model_copy(update={"path": path})
        return check_subject(subject, samples, settings.network.hidden)


def ladder(*arguments: str, overrides: Sequence[str] = ()) -> LadderResult:
    """Climb the debugging ladder, from one neuron on AND to a hidden layer on XOR.

    Args:
        arguments: As for `train`: activations, output, loss, initialiser and weight decay are taken from them, sizes
            and data from each rung. `"subject=net.py:Net"` takes a class of your own.
        overrides: Further arguments, as a list.

    Returns:
        What was found: `passed`, `sentence`, `steps` (one for each rung), `causes` and `reason`. No file is written.

    Raises:
        UserError: The settings or your own code are wrong.

    Examples:
        >>> result = ladder("faults=[missing_activation_derivative@1]")
        >>> result.passed, result.causes[0].name
        (False, 'missing_activation_derivative')
    """
    configuration = _composed([*arguments, *overrides])
    return climb_ladder(configuration.settings, chose_data=configuration.chooses_data)


def results(source: str | Path = "last", *, overrides: Sequence[str] = ()) -> pd.DataFrame:
    """The runs of a sweep, of an MLflow experiment, or of a folder of runs as a pandas table, as `compare` prints them.

    Args:
        source: The folder of a sweep, the id of its MLflow run, `last` for the newest sweep, the name of an experiment,
            or a folder that runs lie in.
        overrides: May name the store: `["tracking.uri=..."]`.

    Returns:
        A row for each run, the best first, with its settings, outcome, loss, accuracy and cause where it has them.

    Raises:
        UserError: There is nothing of this name, or the store doesn't answer.

    Examples:
        >>> for lr in (0.1, 1.0):
        ...     run = train("experiment=xor", "tracking=none", f"optimizer.lr={lr}", f"hydra.run.dir=rates/{lr}")
        >>> table = results("rates", overrides=["tracking=none"])
        >>> sorted(table["optimizer.lr"])
        [0.1, 1.0]
    """
    from runner.sweeps.comparison import compare

    return compare(str(source), store_of(list(overrides)), OUTPUTS).table


def _configured(arguments: Sequence[str], X: Any, Y: Any) -> tuple[Configuration, Settings]:
    """What a command line says, and its settings with X and Y as their data where these are given."""
    if (X is None) != (Y is None):
        raise UserError("X and Y go together: give both, or neither")
    if X is None:
        configuration = _composed(arguments)
        return configuration, configuration.settings
    configuration = _composed(["dataset=inline", "dataset.X=[0]", "dataset.Y=[0]", *arguments])
    settings = configuration.settings
    return configuration, settings.model_copy(update={"dataset": _with_data(settings.dataset, X, Y)})


def _composed(arguments: Sequence[str]) -> Configuration:
    configuration = configuration_of(arguments)
    for notice in configuration.notices:
        warnings.warn(notice, FutureWarning, stacklevel=4)
    return configuration


def _with_data(chosen: Any, X: Any, Y: Any) -> Inline:
    common = {name: value for name, value in chosen if name not in ("X", "Y")}
    try:
        return Inline(X=X, Y=Y, **common)
    except ValueError as error:
        raise UserError(Problem("X, Y", str(error))) from error


def _recordable(setup: Setup) -> Any:
    """The settings without large arrays."""
    dataset, update = setup.settings.dataset, {}
    for name in ("X", "Y"):
        array = getattr(dataset, name)
        if array.size > _RECORDED:
            update[name] = array[:0]
    return setup.settings.model_copy(update={"dataset": dataset.model_copy(update=update)})
