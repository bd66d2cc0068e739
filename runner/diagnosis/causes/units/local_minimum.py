"""local_minimum."""

from __future__ import annotations

from collections.abc import Iterator

from runner.diagnosis.case import Case
from runner.diagnosis.causes.cause import Cause
from runner.diagnosis.fixes.companions import WIDER, wider
from runner.diagnosis.odds import depends_on_start
from runner.diagnosis.suspicion import Suspicion


class LocalMinimum(Cause):
    """The same settings learn on some seeds and not on others: where this run started, it ends where it can't go on.

    Seen by trial: other seeds are run, as many as are cheap. Wider layers, of whose units some start well, are the fix,
    wider still where that helps on too few seeds, or else a seed that learns. Limits: a minimum, a saddle and a plateau
    that is too long for the steps look alike.
    """

    name = "local_minimum"
    says = "the same settings learn on some of 8 seeds; a fix has to work on more than these"

    def look(self, case: Case) -> Iterator[Suspicion]:
        """A run that came to its end without having learnt."""
        if depends_on_start(case):
            widths = dict.fromkeys(fix for times in WIDER if (fix := wider(case.setup, times)) is not None)
            yield Suspicion(
                cause=self.name,
                symptom="The run ended in a local minimum.",
                evidence={"units": list(case.setup.settings.network.hidden)},
                fixes=tuple(widths),
                strength=0.3,
                by_trial=True,
            )
