"""running_statistics_behind."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from runner.diagnosis.case import Case
from runner.diagnosis.causes.cause import Cause
from runner.diagnosis.fixes.changes import Change
from runner.diagnosis.suspicion import Suspicion

# From this ratio of the two losses on the statistics are to blame; the shares of a batch that are tried.
_BEHIND = 2.0
_SHARES = (0.1, 0.5)


class RunningStatisticsBehind(Cause):
    """Normalised layers have learnt with the statistics of batches, and their running statistics are of other weights.

    The number is the loss after the last update, with running statistics, over the mean loss of the last tenth of the
    steps, with those of their batches. Few steps, long ones or a small `batch_norm_momentum` lead to it. Limits: with
    dropout or tiny batches the two differ for other reasons, too, which is why a larger share has to fix the run.
    """

    name = "running_statistics_behind"
    says = "loss with running statistics / loss of the last steps > 2 in a network with network.batch_norm"

    def look(self, case: Case) -> Iterator[Suspicion]:
        """The loss with running statistics, and with those of batches."""
        network, losses = case.setup.settings.network, case.losses[np.isfinite(case.losses)]
        if not network.batch_norm or case.outcome == "nan" or len(losses) < 2:
            return
        of_batches, of_running = float(np.mean(losses[-max(2, len(losses) // 10) : -1])), float(losses[-1])
        ratio = of_running / of_batches if of_batches > 0.0 else np.inf
        if not ratio > _BEHIND:
            return
        now = network.batch_norm_momentum
        yield Suspicion(
            cause=self.name,
            symptom=f"The running statistics of normalised layers are behind: with them the loss is {of_running:.4g}, "
            f"and in the last steps, with those of the batches, it was {of_batches:.4g}.",
            evidence={"loss": of_running, "loss_of_batches": of_batches, "ratio": ratio, "momentum": now},
            fixes=tuple((Change("network.batch_norm_momentum", share),) for share in _SHARES if share > now),
            strength=float(np.clip(np.log10(ratio), 0.1, 5.0)),
            by_fix_alone=True,
        )
