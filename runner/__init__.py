"""Whynan: train the NumPy network that you would write by hand from YAML, and learn why it broke.

>>> from runner import train
>>> run = train("experiment=xor", "tracking=none")
>>> run.outcome
'converged'

`runner.api` says what `train`, `check`, `ladder` and `results` take and give.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runner.api import check as check
    from runner.api import ladder as ladder
    from runner.api import results as results
    from runner.api import train as train
    from runner.api import watch as watch

__all__ = ["__version__", "check", "ladder", "results", "train", "watch"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    # Late, since the command line's help and completion import this package, too, and must not wait for NumPy.
    if name in ("check", "ladder", "results", "train", "watch"):
        from runner import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
