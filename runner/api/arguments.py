"""From what is given to a function to settings: words of the command line, arrays in place of a data set."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from runner.composition.configuration import Configuration, configuration_of
from runner.composition.overrides import overrides_from
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
    warn_of(configuration.notices)
    return configuration


def warn_of(notices: Iterable[str]) -> None:
    """Warn of former names, as at the place that called a function of the package."""
    for notice in notices:
        warnings.warn(notice, FutureWarning, stacklevel=5)


def words_of(arguments: Iterable[str | Mapping[str, Any]], settings: Mapping[str, Any]) -> list[str]:
    """Words of the command line: those given, and settings as Python has them in the place where they stand."""
    words: list[str] = []
    for one in (*arguments, settings):
        words += overrides_from(one) if isinstance(one, Mapping) else [one]
    return words


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
