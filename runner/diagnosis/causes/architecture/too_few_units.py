"""too_few_units."""

from __future__ import annotations

from collections.abc import Iterator

from runner.diagnosis.case import Case
from runner.diagnosis.causes.cause import Cause
from runner.diagnosis.fixes.changes import combined
from runner.diagnosis.fixes.companions import MORE_STEPS, WIDER, by_adam, more_steps, wider
from runner.diagnosis.odds import depends_on_start
from runner.diagnosis.suspicion import Suspicion


class TooFewUnits(Cause):
    """Hidden layers that are too narrow for the data: the same network with more units learns, on most seeds.

    Seen by trial, where nothing else fixes the run and none of the seeds learns with the units that there are. Of 30
    samples or more a quarter is held out, and the wider network has to be better there too: any data can be learnt by
    heart. Limits: too few layers are not looked for.
    """

    name = "too_few_units"
    says = "no seed learns, and with 4 or 16 times as many units most do, on held-out samples too"

    def look(self, case: Case) -> Iterator[Suspicion]:
        """A run that came to its end without having learnt."""
        if not depends_on_start(case):
            return
        widths = list(dict.fromkeys(fix for times in WIDER if (fix := wider(case.setup, times)) is not None))
        if widths:
            longer = more_steps(case.setup, MORE_STEPS)
            hidden = list(case.setup.settings.network.hidden)
            yield Suspicion(
                cause=self.name,
                symptom=f"There are too few hidden units: {_listed(hidden)}.",
                evidence={"units": hidden},
                where={"layer": 1},
                fixes=(
                    *widths,
                    *(combined(units, second) for second in (*by_adam(case.setup), longer) for units in widths),
                ),
                strength=0.1,
                by_trial=True,
            )


def _listed(hidden: list[int]) -> str:
    return " and ".join(map(str, hidden)) if len(hidden) < 3 else ", ".join(map(str, hidden))
