"""From what is given to a function to settings: words of the command line, arrays in place of a data set."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from runner.composition.configuration import Configuration, configuration_of
from runner.datasets.inline import Inline
from runner.errors import Problem, UserError
from runner.experiment import Setup
from runner.settings import Settings

# Arrays with more numbers than this are not recorded: the digest of the data identifies them.
_RECORDED = 1000


def configured(arguments: Sequence[str], X: Any, Y: Any) -> tuple[Configuration, Settings]:
    """What a command line says, and its settings with X and Y as their data where these are given."""
    if (X is None) != (Y is None):
        raise UserError("X and Y go together: give both, or neither")
    if X is None:
        configuration = composed(arguments)
        return configuration, configuration.settings
    configuration = composed(["dataset=inline", "dataset.X=[0]", "dataset.Y=[0]", *arguments])
    settings = configuration.settings
    return configuration, settings.model_copy(update={"dataset": _with_data(settings.dataset, X, Y)})


def composed(arguments: Sequence[str]) -> Configuration:
    """What a command line says; former names in it are warned of."""
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


def recordable(setup: Setup) -> Any:
    """The settings without large arrays."""
    dataset, update = setup.settings.dataset, {}
    for name in ("X", "Y"):
        array = getattr(dataset, name)
        if array.size > _RECORDED:
            update[name] = array[:0]
    return setup.settings.model_copy(update={"dataset": dataset.model_copy(update=update)})
