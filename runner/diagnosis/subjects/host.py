"""Finding out how a subject is used: how it is built, in what form it wants its samples, what is called for what.

Whatever is not said in YAML is tried, the likely first; what works is what is used. Where nothing works, the complaint
is that of the attempt that got furthest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.subjects.bench import Bench
from runner.diagnosis.subjects.complaint import Complaint
from runner.diagnosis.subjects.discovery import ROLES, call_texts, kept_gradients, parameter_texts
from runner.diagnosis.subjects.expressions import Expression, private, public_names
from runner.diagnosis.subjects.forms import Data, from_canonical, from_file
from runner.diagnosis.subjects.layers import fit
from runner.diagnosis.subjects.loading import Builder, builders, load_module
from runner.diagnosis.subjects.naming_habits import RATES, plain

Array = NDArray[np.float64]

# Samples with which calls are tried: more than sides of usual arrays would hide that a form is the wrong one.
_TRIED = 11
_MOST_FORWARD = 6


@dataclass(frozen=True)
class Recipe:
    """How a subject is used; `updates` where it changes its parameters in place of giving gradients."""

    bench: Bench
    data: Data
    loss: Expression
    gradients: Expression
    predict: Expression | None
    updates: bool
    rate: str | None
    lr: float


class _Furthest:
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

    def note_fit(self, misfit: Complaint | None) -> None:
        """Remember whether samples ever fitted the arrays."""
        self._fits |= misfit is None
        self._misfit = self._misfit or misfit

    @property
    def complaint(self) -> Complaint | None:
        """What to tell; that the samples don't fit, where that explains why not even the loss could be computed."""
        return self._misfit if self._stage <= 2 and not self._fits and self._misfit else self._complaint


@dataclass(frozen=True)
class Asked:
    """What YAML says of a subject: FILE, NAME, how it is built, other names, hidden sizes.

    `data` are X (n, features) and Y (n, outputs), taken where the file has none, or before those of the file.
    """

    file: Path
    name: str
    call: str | None
    names: Mapping[str, str | None]
    sizes: Sequence[int]
    data: tuple[Array, Array] | None
    data_first: bool


def find_out(asked: Asked, before: Callable[[str], None]) -> Recipe:
    """Try out how a subject is used; a `Complaint` where nothing works."""
    before(f"running {asked.file.name}")
    module = load_module(asked.file)
    options = list(_data(asked, module))
    furthest = _Furthest()
    ways = list(builders(module, asked.name, asked.call))
    for strict in (True, False):  # first with what the shapes of the arrays say that samples are
        for builder in ways:
            found = (one for data in options for one in _recipes(asked, builder, data, before, furthest, strict))
            recipe = _best(found) if options[0].given else next(found, None)
            if recipe is not None:
                return recipe
    raise furthest.complaint or Complaint("nothing of it could be called", "subject.path")


def _best(found: Iterator[Recipe]) -> Recipe | None:
    """The first whose loss is a sum over samples: targets in a wrong form are broadcast against all outputs."""
    first = None
    for recipe in found:
        first = first or recipe
        if _is_sum_over_samples(recipe):
            return recipe
    return first


def _is_sum_over_samples(recipe: Recipe) -> bool:
    """Whether the losses of two halves add up to the same, however the samples are halved."""
    n = min(len(recipe.data.X), 8) // 2 * 2
    if n < 4:
        return True
    orders = (np.arange(n), np.random.default_rng(0).permutation(n))
    sums = []
    try:
        for order in orders:
            halves = (order[: n // 2], order[n // 2 :])
            losses = [recipe.bench.loss(recipe.loss, None, recipe.data.X[h], recipe.data.Y[h]) for h in halves]
            sums.append(sum(losses))
    except Complaint:
        return True
    finally:
        recipe.bench.fresh()
    return not abs(sums[0] - sums[1]) > 1e-6 * max(abs(one) for one in sums)


def _data(asked: Asked, module: Any) -> Iterator[Data]:
    """X and Y of the file, else the data set; the data set alone where that was asked for."""
    X, Y = module_data(module)
    if asked.data is not None and (asked.data_first or X is None or Y is None):
        yield from from_canonical(*asked.data)
        return
    if X is None or Y is None:
        raise Complaint(f"{asked.file.name} has no X and Y, and no data set is given", "dataset")
    found = list(from_file(X, Y))
    if not found:
        message = f"X {X.shape} and Y {Y.shape} of {asked.file.name} have no number of samples in common"
        raise Complaint(message, "subject.path")
    yield from found
    for data in found:  # where the file turns them before it passes them on
        yield from (replace(other, given=False) for other in from_canonical(data.X, data.Y))


def module_data(module: Any) -> tuple[NDArray[Any] | None, NDArray[Any] | None]:
    """X and Y of a file as arrays of numbers; None where it has none."""
    found: list[NDArray[Any] | None] = []
    for names in (("X", "x"), ("Y", "y")):
        value = next((getattr(module, name) for name in names if hasattr(module, name)), None)
        try:
            array = np.asarray(value)
        except ValueError:
            array = np.asarray(None)
        found.append(array if array.dtype.kind in "biuf" and array.ndim in (1, 2) and array.size else None)
    return found[0], found[1]


def _recipes(
    asked: Asked,
    builder: Builder,
    data: Data,
    before: Callable[[str], None],
    furthest: _Furthest,
    strict: bool,
) -> Iterator[Recipe]:
    few = slice(None) if builder.needs_data else slice(_TRIED)
    sizes = [few] if len(data.X) <= _TRIED else [few, slice(None)]  # all, where it takes no other number
    try:
        subject = builder.build(_probe(asked, before, builder, data).scope(data.X, data.Y))
    except Complaint as complaint:
        furthest.note(0, complaint)
        return
    except BaseException as error:
        from runner.diagnosis.subjects.complaint import told

        furthest.note(0, Complaint(f"building {builder.text} {told(error, asked.file)}", "subject.call"))
        return
    mapped = asked.names
    texts = list(parameter_texts(subject, mapped.get("parameters")))
    if not texts:
        furthest.note(1, _missing("parameters", subject, "[W1, b1, W2, b2]"))
    for text in texts:
        try:
            expression = Expression(text, "subject.names.parameters")
            bench = Bench(asked.file, builder, data.form, expression, asked.sizes, before)
            bench.at(data.X, data.Y)
            _require_settable(bench, data)
            misfit = None if _shapes_fit(bench, data) else Complaint(_no_fit(bench, data), "dataset")
            furthest.note_fit(misfit)
            if strict and misfit is not None:
                continue
            whole = None
            for rows in sizes:
                tried = Data(data.form, data.X[rows], data.Y[rows])
                whole = whole or _calls(bench, tried, data, subject, mapped, furthest)
        except Complaint as complaint:
            furthest.note(1, complaint)
            continue
        if whole is not None:
            bench.fresh()
            yield whole


def _probe(asked: Asked, before: Callable[[str], None], builder: Builder, data: Data) -> Bench:
    return Bench(asked.file, builder, data.form, Expression("self"), asked.sizes, before)


def _require_settable(bench: Bench, data: Data) -> None:
    """Refuse parameters of which a copy is all that can be had."""
    built = bench.at(data.X, data.Y)
    for one, array in zip(built.parameters, built.initial, strict=True):
        one.set(array + 1.0)
    again = bench.found_again(built, data.X, data.Y)
    same = len(again) == len(built.parameters) and all(
        np.array_equal(np.asarray(one.value, dtype=np.float64), array + 1.0)
        for one, array in zip(again, built.initial, strict=True)
    )
    for one, array in zip(built.parameters, built.initial, strict=True):
        one.set(array)
    if not same:
        message = f"{bench.parameters.text!r} gives copies: what is written to them does not reach the subject"
        raise Complaint(message, "subject.names.parameters")


def _calls(
    bench: Bench,
    tried: Data,
    data: Data,
    subject: Any,
    mapped: Mapping[str, str | None],
    furthest: _Furthest,
) -> Recipe | None:
    """The calls for loss, gradients and outputs that work; None where some don't."""
    forward = list(islice(_running(bench, tried, call_texts(subject, "predict", None, ())), _MOST_FORWARD))
    width = tried.Y.shape[1]
    predict, gives = _predict(bench, tried, call_texts(subject, "predict", mapped.get("predict"), ()), width)
    if gives is not None and gives != width:
        message = f"{predict.text if predict else 'predict'} gives {gives} outputs, Y has {width}"
        furthest.note(2, Complaint(message, "dataset"))
        return None
    loss = _loss(bench, tried, call_texts(subject, "loss", mapped.get("loss"), forward), subject, mapped, furthest)
    if loss is None:
        return None
    with_loss = [loss.text, *forward]
    found = _gradients(bench, tried, subject, mapped, forward, with_loss, furthest)
    if found is None:
        return None
    gradients, updates = found
    rate = _rate(subject, mapped.get("lr")) if updates and not gradients.mentions("lr") else None
    lr = _good_rate(bench, tried, gradients, rate) if updates else 0.0
    return Recipe(bench, data, loss, gradients, predict, updates, rate, lr)


def _running(bench: Bench, data: Data, texts: Iterator[str]) -> Iterator[str]:
    """Those that can be evaluated to something."""
    for text in texts:
        try:
            value = bench.evaluate(Expression(text), bench.at(data.X, data.Y), data.X, data.Y)
        except Complaint:
            bench.fresh()
            continue
        if value is not None:
            yield text


def _predict(bench: Bench, data: Data, texts: Iterator[str], width: int) -> tuple[Expression | None, int | None]:
    """The first call that gives outputs, and how many these are; labels are no outputs."""
    for text in texts:
        expression = Expression(text, "subject.names.predict")
        try:
            found = bench.outputs(expression, None, data.X, width)
        except Complaint:
            bench.fresh()
            continue
        if found is not None and not found[1]:
            return expression, found[0].shape[1]
    return None, None


def _loss(
    bench: Bench,
    data: Data,
    texts: Iterator[str],
    subject: Any,
    mapped: Mapping[str, str | None],
    furthest: _Furthest,
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
            moved = [1.1 * array + 0.05 for array in bench.at(data.X, data.Y).initial]
            other = bench.loss(expression, moved, data.X, data.Y)
        except Complaint as complaint:
            furthest.note(2, complaint)
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
        furthest.note(3, Complaint(f"{weak.text} does not depend on the parameters", "subject.names.loss"))
    if not any_text:
        furthest.note(2, _missing("loss", subject, "cost(forward(X), Y)"))
    return None


def _depends_on_targets(bench: Bench, data: Data, expression: Expression, value: float) -> bool:
    """Whether a loss changes with the order of the targets, or with other targets; True where it can't be told."""
    backwards = data.Y[::-1].copy()
    others = data.Y + 1.0 if np.array_equal(backwards, data.Y) else backwards
    try:
        other = bench.loss(expression, None, data.X, others)
    except Complaint:
        bench.fresh()
        return True
    return other != value


def _gradients(
    bench: Bench,
    data: Data,
    subject: Any,
    mapped: Mapping[str, str | None],
    forward: Sequence[str],
    first: Sequence[str],
    furthest: _Furthest,
) -> tuple[Expression, bool] | None:
    """The first call that gives gradients, or changes the parameters."""
    own = mapped.get("gradients")
    any_text = False
    roles = ("gradients",) if own is not None else ("gradients", "update")
    for role in roles:
        for text in _with_first(call_texts(subject, role, own, forward), first, own):
            any_text = True
            try:
                found = _gradient(bench, data, text, subject)
            except Complaint as complaint:
                furthest.note(4, complaint)
                bench.fresh()
                continue
            if found is not None:
                return found
    if own is None and (found := _beside_loss(bench, data, first[0])):
        return found
    if not any_text:
        furthest.note(4, _missing("gradients", subject, "Weight_Grad(X, Y, Feedforward(X))"))
    return None


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


def _rate(subject: Any, mapped: str | None) -> str | None:
    """The attribute that holds the learning rate."""
    names = public_names(subject)
    if mapped is not None:
        return private(subject, mapped)
    found = next((name for name in names if plain(name) in RATES), None)
    if found is None:
        message = "its learning rate isn't found: (before - after) / lr can't be computed"
        raise Complaint(message, "subject.names.lr", names)
    return private(subject, found)


def _good_rate(bench: Bench, data: Data, expression: Expression, rate: str | None) -> float:
    """A power of two with which an update is about as large as the parameters, so that little is lost to rounding."""
    bench.fresh()
    size = max(float(np.linalg.norm(array)) for array in bench.at(data.X, data.Y).initial) or 1.0
    steps = bench.updates(expression, None, data.X, data.Y, 1.0, rate)
    largest = max(float(np.linalg.norm(step)) for step in steps)
    bench.fresh()
    if not 0.0 < largest < np.inf:
        return 1.0
    return float(2.0 ** np.clip(np.round(np.log2(size / largest)), -60, 60))


def _shapes_fit(bench: Bench, data: Data) -> bool:
    """Whether the arrays could be those of a network for such samples."""
    parameters = bench.at(data.X, data.Y).parameters
    names, shapes = [one.name for one in parameters], [one.shape for one in parameters]
    return fit(names, shapes, data.X.shape[1], data.Y.shape[1])


def _no_fit(bench: Bench, data: Data) -> str:
    shapes = ", ".join(f"{one.name} {one.shape}" for one in bench.at(data.X, data.Y).parameters)
    return f"samples with {data.X.shape[1]} features and {data.Y.shape[1]} outputs don't fit its arrays: {shapes}"


def _missing(role: str, subject: Any, example: str) -> Complaint:
    wanted = ", ".join(ROLES[role][:4]) if role in ROLES else "parameters, weights and biases, W1, b1"
    return Complaint(
        f"can't find its {role} (looked for {wanted}, ...); say where: subject.names.{role}='\"{example}\"'",
        f"subject.names.{role}",
        public_names(subject),
    )
