"""batch_too_small."""

from __future__ import annotations

from collections.abc import Iterator

from runner.diagnosis.case import Case
from runner.diagnosis.causes.cause import Cause
from runner.diagnosis.fixes.changes import Change, Fix, combined
from runner.diagnosis.fixes.companions import more_steps
from runner.diagnosis.suspicion import Suspicion

# Samples of a batch below which its mean and variance say little (Wu and He 2018, figure 1: the error rises from 16 on
# downwards), and how many are tried.
_FEW, _MORE = 16, 32


class BatchTooSmall(Cause):
    """Layers are normalised by the statistics of so few samples that these are mostly noise.

    Of two samples, normalisation leaves a sign for each unit, whatever the weights are. A larger batch has to fix the
    run, or no normalisation. Limits: it is looked for in networks with `network.batch_norm` alone; how noisy the
    gradient of a small batch is, is a question of the learning rate.
    """

    name = "batch_too_small"
    says = "fewer than 16 samples in a batch with network.batch_norm, and a larger batch fixes the run"

    def look(self, case: Case) -> Iterator[Suspicion]:
        """How many samples a layer is normalised over."""
        setup = case.setup
        size, samples = setup.settings.batch_size, len(setup.dataset.train)
        if not setup.settings.network.batch_norm or size is None or size >= min(_FEW, samples):
            return
        larger: Fix = (Change("batch_size", min(_MORE, samples)),)
        # As many updates as there were: an epoch of larger batches has fewer.
        kept = larger if setup.settings.epochs is None else combined(larger, more_steps(setup, _MORE // size))
        yield Suspicion(
            cause=self.name,
            symptom=f"Layers are normalised over batches of {size} samples: a mean and a variance of so few are "
            "mostly noise.",
            evidence={"batch_size": size, "samples": samples},
            fixes=tuple(dict.fromkeys((larger, kept, (Change("network.batch_norm", False),)))),
            strength=3.0 / size,
            by_fix_alone=True,
        )
