"""Trying calls for loss, gradients and outputs until one works."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.subjects.calling.answers import spreads_rows
from runner.subjects.calling.bench import Bench
from runner.subjects.calling.discovery import ROLES, call_texts, kept_gradients
from runner.subjects.calling.forms import Data
from runner.subjects.complaint import Complaint
from runner.subjects.expressions import Expression, public_names

Mapped = Mapping[str, str | None]

# The stages of an attempt.
BUILDING, PARAMETERS, LOSS, WEAK_LOSS, GRADIENTS = range(5)


class Furthest:
    """The complaint of the attempt that got furthest."""

    def __init__(self) -> None:
        self._complaint: Complaint | None = None
        self._stage = -1
        self._misfit: Complaint | None = None
        self._fits = False

    def note(self, stage: int, complaint: Complaint) -> None:
        """Remember the first of those that got as far as any."""
        if stage > self._stage:
            self._stage, self._complaint = stage, complaint

    @property
    def has_loss(self) -> bool:
        """Whether some attempt got as far as to the gradients."""
        return self._stage >= GRADIENTS

    def note_fit(self, misfit: Complaint | None) -> None:
        """Remember whether samples ever fitted the arrays."""
        self._fits |= misfit is None
        self._misfit = self._misfit or misfit

    @property
    def complaint(self) -> Complaint | None:
        """What to report; that the samples don't fit, where that explains why not even the loss could be computed."""
        return self._misfit if self._stage <= LOSS and not self._fits and self._misfit else self._complaint


def running(bench: Bench, data: Data, texts: Iterator[str]) -> Iterator[str]:
    """Those that can be evaluated to something."""
    for text in texts:
        if _reads_targets_alone(Expression(text)):
            continue
        try:
            value = bench.evaluate(Expression(text), bench.at(data.X, data.Y), data.X, data.Y)
        except Complaint:
            bench.fresh()
            continue
        if value is not None:
            yield text


def find_outputs(bench: Bench, data: Data, texts: Iterator[str], width: int) -> tuple[Expression | None, int | None]:
    """The first call that gives outputs, and how many these are; labels are no outputs."""
    for text in texts:
        expression = Expression(text, "subject.names.predict")
        if _reads_targets_alone(expression):
            continue
        try:
            found = bench.outputs(expression, None, data.X, width)
            if found is not None and found[1] and not np.any(found[0]):  # of weights that start at 0, or of dead units
                found = bench.outputs(expression, _moved(bench, data), data.X, width)
        except Complaint:
            bench.fresh()
            continue
        if found is not None and not found[1]:
            return expression, found[0].shape[1]
    return None, None


def _moved(bench: Bench, data: Data) -> list[NDArray[np.float64]]:
    """Parameters near the first, apart from each other where those are equal."""
    return [1.1 * array + _spread(array.shape) for array in bench.at(data.X, data.Y).initial]


def _reads_targets_alone(expression: Expression) -> bool:
    """Whether a forward pass is given Y for X, which works where both have the same shape, and is never meant."""
    return expression.mentions("Y") and not expression.mentions("X")


def find_loss(
    bench: Bench,
    data: Data,
    texts: Iterator[str],
    subject: Any,
    mapped: Mapped,
    furthest: Furthest,
) -> Expression | None:
    """The first call that gives a number which depends on the parameters."""
    any_text = False
    weak: Expression | None = None
    without: Expression | None = None
    for text in texts:
        any_text = True
        try:
            expression = Expression(text, "subject.names.loss")
            value = bench.loss(expression, None, data.X, data.Y)
            # Units that start alike are moved apart: a softmax of equal ones answers the same whatever they are.
            other = bench.loss(expression, _moved(bench, data), data.X, data.Y)
        except Complaint as complaint:
            furthest.note(LOSS, complaint)
            bench.fresh()
            continue
        if value == other:
            weak = weak or expression
        elif _depends_on_targets(bench, data, expression, value):  # NaN differs from itself
            return expression
        else:
            without = without or expression
    if without is not None:
        return without
    if weak is not None:
        furthest.note(WEAK_LOSS, Complaint(f"{weak.text} does not depend on the parameters", "subject.names.loss"))
    if not any_text:
        furthest.note(LOSS, missing("loss", subject, "cost(forward(X), Y)"))
    return None


def _spread(shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Small numbers no two of which are equal."""
    return np.linspace(0.03, 0.07, int(np.prod(shape, dtype=np.int64))).reshape(shape)


def _depends_on_targets(bench: Bench, data: Data, expression: Expression, value: float) -> bool:
    """Whether a loss changes with the order of the targets, or with other targets; True where that isn't known."""
    backwards = data.Y[::-1].copy()
    others = data.Y + 1.0 if np.array_equal(backwards, data.Y) else backwards
    try:
        other = bench.loss(expression, None, data.X, others)
    except Complaint:
        bench.fresh()
        return True
    return other != value


def find_gradients(
    bench: Bench,
    data: Data,
    subject: Any,
    mapped: Mapped,
    forward: Sequence[str],
    first: Sequence[str],
    furthest: Furthest,
) -> tuple[Expression, bool] | None:
    """The first call that gives gradients, or changes the parameters."""
    own = mapped.get("gradients")
    any_text, spread = False, None
    roles = ("gradients",) if own is not None else ("gradients", "update")
    for role in roles:
        if role == "update" and first and (found := _beside_loss(bench, data, first[0])):
            return found
        for text in _with_first(call_texts(subject, role, own, forward), first, own):
            any_text = True
            try:
                found = _gradient(bench, data, text, subject)
            except Complaint as complaint:
                furthest.note(GRADIENTS, complaint)
                bench.fresh()
                continue
            if found is not None and not (role == "gradients" and own is None and _spreads(bench, data, found[0])):
                return found
            spread = spread or found
    if spread is not None:
        return spread
    if not any_text:
        furthest.note(GRADIENTS, missing("gradients", subject, "Weight_Grad(X, Y, Feedforward(X))"))
    return None


def _spreads(bench: Bench, data: Data, expression: Expression) -> bool:
    """Whether what it gives are the deltas of layers, which fit weights by broadcasting alone."""
    bench.fresh()
    built = bench.at(data.X, data.Y)
    return spreads_rows(bench.evaluate(expression, built, data.X, data.Y), built.parameters)


def _with_first(texts: Iterator[str], first: Sequence[str], own: str | None) -> Iterator[str]:
    """Each call by itself, then all after a forward pass."""
    calls = list(texts)
    yield from calls
    if own is None or own.isidentifier():
        yield from (f"{one}; {call}" for call in calls if ";" not in call for one in first[:2])


def _gradient(bench: Bench, data: Data, text: str, subject: Any) -> tuple[Expression, bool] | None:
    """The expression, and whether it updates; a `Complaint` where it gives neither gradients nor an update."""
    path = "subject.names.gradients"
    expression = Expression(text, path)
    bench.fresh()  # an earlier call may have left behind what this one would have to compute
    built = bench.at(data.X, data.Y)
    if expression.mentions("lr"):
        return (expression, True) if _moves(bench, data, expression) else None
    try:
        bench.gradients(expression, None, data.X, data.Y)
        return expression, False
    except Complaint as complaint:
        refused = complaint
    names = [one.name for one in built.parameters]
    for kept in kept_gradients(built.subject, names):
        both = Expression(f"{text}; {kept}", path)
        bench.fresh()
        try:
            bench.gradients(both, None, data.X, data.Y)
            return both, False
        except Complaint:
            continue
    if "None" in refused.message and _moves(bench, data, expression):
        return expression, True
    raise refused


def _moves(bench: Bench, data: Data, expression: Expression) -> bool:
    bench.fresh()
    steps = bench.updates(expression, None, data.X, data.Y, 1.0, None)
    moved = any(np.any(step != 0) for step in steps)
    bench.fresh()
    return moved


def _beside_loss(bench: Bench, data: Data, loss: str) -> tuple[Expression, bool] | None:
    """The gradients that a loss returns beside its number."""
    expression = Expression(f"{loss}[1]", "subject.names.gradients")
    try:
        bench.gradients(expression, None, data.X, data.Y)
    except Complaint:
        bench.fresh()
        return None
    return expression, False


def missing(role: str, subject: Any, example: str) -> Complaint:
    """What to report where nothing was found to call for a role; `example` shows how it could be said."""
    wanted = ", ".join(ROLES[role][:4]) if role in ROLES else "parameters, weights and biases, W1, b1"
    return Complaint(
        f"can't find its {role} (looked for {wanted}, ...); say where: subject.names.{role}='\"{example}\"'",
        f"subject.names.{role}",
        public_names(subject),
    )
