"""The line of somebody's code in which the first value of a step was not finite: in its event, and as a cause."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.case import Case
from runner.diagnosis.fixes.changes import Change, Fix
from runner.diagnosis.scripts.suspicion import listed
from runner.diagnosis.suspicion import Suspicion
from runner.explaining.symptoms import number
from runner.files.events import NonfiniteEvent, first_of
from runner.rng import IntArray
from runner.subjects.samples import Samples
from runner.training.setup import Setup

_CALLED = re.compile(r": (?:\w+\.)*(?:(?P<log>log|log2|log10|log1p)|(?P<exp>exp|exp2|expm1))\(")


def located(event: NonfiniteEvent, setup: Setup, theta: NDArray[np.float64], samples: IntArray) -> NonfiniteEvent:
    """The event with the line, operands, sample and way that a recording of the same step shows; else as it was.

    `theta` (parameters,) are those of the step, `samples` (n,) the numbers of its samples in the training split.
    """
    if event.phase in ("data", "init", "update"):
        return event
    from runner.diagnosis.subjects.examine import first_bad  # what checks somebody's own file takes 0.1 s to import

    part, subject = setup.dataset.train, setup.settings.subject
    data = Samples(part.X[samples].astype("float64"), part.Y[samples].astype("float64"))
    arrays = [array for _, _, array in setup.layout.arrays(theta)]
    found = first_bad(subject, data, setup.settings.network.hidden, arrays)
    if found is None:
        return event
    sample = None if found.sample is None else int(samples[found.sample])
    return replace(
        event,
        kind=found.kind,
        phase="backward" if found.end not in ("", "loss") else event.phase,
        tensor=found.text,
        call=f"line {found.line}: {found.text}",
        position=found.line,
        count=found.count,
        size=found.size,
        sample=event.sample if sample is None else sample,
        samples=event.samples if sample is None else event.samples or (sample,),
        unit=found.unit,
        operands=found.operands,
        origin=found.origin,
        chain=found.chain or event.chain,
    )


def bad_line(case: Case) -> Iterator[Suspicion]:
    """A logarithm of 0 or an exponential that overflows, where the step is recorded at the parameters of the end.

    It is how the run ended; what drove it there comes before it where it is found.
    """
    event = first_of(case.events, NonfiniteEvent)
    if case.outcome != "nan" or event is None:
        return
    if event.position is None:
        everything = np.arange(len(case.setup.dataset.train))
        event = located(event, case.setup, case.theta, everything)
    called = _CALLED.search(event.call)
    if called is None or event.position is None:
        return
    values = listed(f"{one.tensor} is {number(one.value)}" for one in event.origin[:2] if one.value is not None)
    what = "is infinite" if called["log"] else "overflows"
    sample = "" if event.sample is None else f" for sample {event.sample}"
    yield Suspicion(
        cause="log_of_zero" if called["log"] else "exp_overflow",
        symptom=f"At step {event.step:,}, {event.call} {what}{sample}{': there, ' + values if values else ''}.",
        evidence={"line": event.position, "text": event.tensor, "samples": list(event.samples or ())},
        where={"step": event.step, "line": event.position},
        fixes=tuple(_fixes(case)),
        strength=3.0,
        certain=True,
    )


def _fixes(case: Case) -> Iterator[Fix]:
    settings = case.setup.settings
    if settings.dataset.standardize == "none":
        yield (Change("dataset.standardize", "inputs"),)
    for smaller in (10, 100):
        yield (Change("optimizer.lr", settings.optimizer.rate / smaller),)
