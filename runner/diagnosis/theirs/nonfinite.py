"""The line of somebody's code in which the first value of a run's last step was not finite."""

from __future__ import annotations

from collections.abc import Iterator

from runner.diagnosis.case import Case
from runner.diagnosis.fixes.changes import Change, Fix
from runner.diagnosis.subjects.examine import BadLine, first_bad_line
from runner.diagnosis.suspicion import Suspicion
from runner.files.events import NonfiniteEvent, first_of
from runner.subjects.samples import Samples

_LOGARITHMS = ("log", "log2", "log10", "log1p")
_EXPONENTIALS = ("exp", "exp2", "expm1")


def bad_line(case: Case) -> Iterator[Suspicion]:
    """A logarithm of 0 or an exponential that overflows, where the step is recorded at the parameters of the end.

    It is how the run ended; what drove it there comes before it where it is found. Limits: the whole training data
    stand for the samples of the step.
    """
    event = first_of(case.events, NonfiniteEvent)
    if case.outcome != "nan" or event is None:
        return
    setup = case.setup
    part = setup.dataset.train
    arrays = [array for _, _, array in setup.layout.arrays(case.theta)]
    samples = Samples(part.X.astype("float64"), part.Y.astype("float64"))
    found = first_bad_line(setup.settings.subject, samples, setup.settings.network.hidden, arrays)
    cause = None if found is None else _cause(found)
    if found is None or cause is None:
        return
    yield Suspicion(
        cause=cause,
        symptom=f"At step {event.step:,}, {found.sentence}.",
        evidence={"line": found.line, "text": found.text, "samples": list(event.samples or ())},
        where={"step": event.step, "line": found.line},
        fixes=tuple(_fixes(case)),
        strength=3.0,
        certain=True,
    )


def _cause(found: BadLine) -> str | None:
    op = found.op.rpartition(".")[2]  # numpy.log
    if op in _LOGARITHMS:
        return "log_of_zero"
    return "exp_overflow" if op in _EXPONENTIALS else None


def _fixes(case: Case) -> Iterator[Fix]:
    settings = case.setup.settings
    if settings.dataset.standardize == "none":
        yield (Change("dataset.standardize", "inputs"),)
    for smaller in (10, 100):
        yield (Change("optimizer.lr", settings.optimizer.rate / smaller),)
