"""Whynan from Python and notebooks: the same words as on the command line, the same run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runner.composition.configuration import Configuration, configure
from runner.composition.hydra import parse
from runner.composition.stores import store_of
from runner.datasets.inline import Inline
from runner.diagnosis.fixes.changes import call_with_arrays, command
from runner.diagnosis.gradients.configured import check_setup
from runner.diagnosis.gradients.result import CheckResult
from runner.diagnosis.ladder.outcome import LadderResult
from runner.diagnosis.ladder.walk import climb_ladder
from runner.diagnosis.subjects.samples import samples_of
from runner.errors import Problem, UserError
from runner.experiment import Request, RunResult, Setup, prepare, run
from runner.recording.examining.check import check_subject
from runner.settings import Settings
from runner.tracking.trackers import OUTPUTS, trackers
from runner.training.listeners import Listener

if TYPE_CHECKING:
    import pandas as pd

# Arrays with more numbers than this are recorded by their shape: the digest of the data tells them apart.
_RECORDED = 1000


def train(
    *words: str,
    X: Any = None,
    Y: Any = None,
    overrides: Sequence[str] = (),
    listeners: Sequence[Listener] = (),
) -> RunResult:
    """Train what `words` and `overrides` say, as on the command line: `train("experiment=xor", "optimizer.lr=0.5")`.

    `X` (n, features) and `Y` (n,) or (n, outputs), arrays or lists, take the place of the data set; `dataset.` words
    that hold for any data set (`dataset.standardize=inputs`, `dataset.valid_fraction=0.2`) still hold.

    The result has `outcome`, `summary`, `history` (`history["loss"]` is an array) and `folder`. Raises `UserError`
    with all that is wrong.
    """
    configuration, settings = _configured([*words, *overrides], X, Y)
    setup = prepare(settings)
    recordable = configuration.recordable if X is None else _recordable(setup)
    said = [*words, *overrides]
    with trackers() as tracker_of:
        tracker = tracker_of(settings.tracking)
        return run(
            setup,
            configuration.folder,
            Request(said, recordable.model_dump(mode="json"), command if X is None else call_with_arrays),
            listeners=listeners,
            tracker=tracker,
        )


def check(*words: str, X: Any = None, Y: Any = None, overrides: Sequence[str] = ()) -> CheckResult:
    """Check the gradients of the network that `words` and `overrides` configure: `check("experiment=xor")`.

    With `check("subject=net.py:Net")` it is a class of your own. `X` and `Y` are as for `train`. The result has
    `passed`, `sentence`, `arrays` and `causes`; nothing is written. Raises `UserError` with all that is wrong.
    """
    configuration, settings = _configured([*words, *overrides], X, Y)
    if settings.subject.path is None:
        return check_setup(prepare(settings))
    samples = samples_of(settings, asked=X is not None or configuration.chooses_data)
    return check_subject(settings.subject, samples, settings.network.hidden, settings.diagnosis.budget)


def ladder(*words: str, overrides: Sequence[str] = ()) -> LadderResult:
    """Climb the debugging ladder with what `words` and `overrides` configure: `ladder("network.activation=relu")`.

    With `ladder("subject=net.py:Net")` it is a class of your own. The result has `passed`, `sentence`, `steps`,
    `causes` and `reason`; nothing is written. Raises `UserError` with all that is wrong.
    """
    configuration = configure(parse([*words, *overrides]))
    return climb_ladder(configuration.settings, chose_data=configuration.chooses_data)


def results(word: str | Path = "last", *, overrides: Sequence[str] = ()) -> pd.DataFrame:
    """The runs of a sweep, an MLflow experiment or a folder of runs as a pandas table, as `compare` has them.

    `word` is the folder of a sweep, the id of its MLflow run, `last`, or the name of an experiment; `overrides` may
    name the store (`tracking.uri=...`). Raises `UserError` where there is no such thing.
    """
    from runner.sweeps.comparison import compare

    return compare(str(word), store_of(list(overrides)), OUTPUTS).table


def _configured(arguments: Sequence[str], X: Any, Y: Any) -> tuple[Configuration, Settings]:
    """What a command line says, and its settings with X and Y as their data where these are given."""
    if (X is None) != (Y is None):
        raise UserError("X and Y go together: give both, or neither")
    if X is None:
        configuration = configure(parse(arguments))
        return configuration, configuration.settings
    configuration = configure(parse(["dataset=inline", "dataset.X=[0]", "dataset.Y=[0]", *arguments]))
    settings = configuration.settings
    return configuration, settings.model_copy(update={"dataset": _with_data(settings.dataset, X, Y)})


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
