"""What a cause is: a name, the number that speaks for it, and how it is found in a run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from runner.diagnosis.case import Case
from runner.diagnosis.suspicion import Suspicion
from runner.training.setup import Setup


class Cause:
    """A cause of failed runs; the docstring of each says what it means, which numbers show it, and its limits.

    `says` is the number that speaks for it, `thresholds` those of `diagnosis.thresholds` that it uses, the most
    telling first. `always`: it is looked for in healthy runs, too. `of_any_network`: it is seen from curves, data and
    gradients, so that it can be looked for in somebody's own network.
    """

    name: ClassVar[str]
    says: ClassVar[str]
    thresholds: ClassVar[tuple[str, ...]] = ()
    always: ClassVar[bool] = False
    of_any_network: ClassVar[bool] = False

    def look(self, case: Case) -> Iterator[Suspicion]:
        """What in a run speaks for the cause: at most a few suspicions."""
        raise NotImplementedError


class ForeseenCause(Cause):
    """A cause that the configuration and the data show before the first step."""

    always = True

    def look(self, case: Case) -> Iterator[Suspicion]:
        """The same as before the first step."""
        return self.foresee(case.setup)

    def foresee(self, setup: Setup) -> Iterator[Suspicion]:
        """What in the data and the configuration speaks for the cause."""
        raise NotImplementedError
