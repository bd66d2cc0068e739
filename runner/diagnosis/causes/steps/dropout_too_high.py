"""dropout_too_high."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from runner.diagnosis.case import Case
from runner.diagnosis.causes.cause import Cause
from runner.diagnosis.fixes.changes import Change
from runner.diagnosis.suspicion import Suspicion

# What is left of the rates, as a share, in the changes that are tried.
_LESS = (0.5, 0.2, 0.0)


class DropoutTooHigh(Cause):
    """So many units are dropped out that those left don't suffice to learn the data.

    Seen by trial: with less dropout the run is healthy. Beside it stands what masks do to the loss of the last tenth of
    the steps: what they add is noise that no parameters remove. Limits: some of it is there with any dropout, so that
    it proves nothing alone.
    """

    name = "dropout_too_high"
    says = "with half of the dropout, a fifth of it or none the run is healthy"

    def look(self, case: Case) -> Iterator[Suspicion]:
        """The loss with masks and without, where there is dropout."""
        given = case.setup.settings.network.dropout
        rates = case.setup.settings.network.dropout_rates
        losses = case.losses[np.isfinite(case.losses)]
        if not rates or len(losses) < 2:
            return
        masked, plain = float(np.mean(losses[-max(2, len(losses) // 10) : -1])), float(losses[-1])
        ratio = masked / plain if plain > 0.0 else np.inf
        less = (tuple(share * rate for rate in given) if isinstance(given, tuple) else share * given for share in _LESS)
        yield Suspicion(
            cause=self.name,
            symptom=f"Too many units are dropped out, at a rate of {max(rates):.3g}: the loss of the last steps is "
            f"{masked:.4g} with their masks and {plain:.4g} without.",
            evidence={"rate": max(rates), "loss_with_masks": masked, "loss": plain},
            fixes=tuple((Change("network.dropout", rate),) for rate in less),
            strength=float(np.clip(np.log2(ratio), 0.1, 5.0)),
            by_fix_alone=True,
        )
