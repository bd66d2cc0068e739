"""Whynan: train the NumPy network that you would write by hand from YAML, and learn why it broke.

>>> from runner import train
>>> run = train("experiment=xor", "tracking=none")
>>> run.outcome
'converged'

`help(train)` says what it takes and gives; so do `sweep`, `load`, `check`, `ladder`, `watch` and `results`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runner.api import check as check
    from runner.api import ladder as ladder
    from runner.api import load as load
    from runner.api import load_sweep as load_sweep
    from runner.api import results as results
    from runner.api import sweep as sweep
    from runner.api import train as train
    from runner.api import watch as watch

_OFFERED = ("check", "ladder", "load", "load_sweep", "results", "sweep", "train", "watch")
__all__ = ["__version__", *_OFFERED]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    # Late, since the command line's help and completion import this package, too, and must not wait for NumPy.
    if name in _OFFERED:
        from runner import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
