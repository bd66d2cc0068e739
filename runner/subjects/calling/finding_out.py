"""Finding out how a subject is used: how it is built, in what form it wants its samples, what is called for what.

Whatever is not said in YAML is tried, the likely first; what works is what is used. Where nothing works, the complaint
is that of the attempt that got furthest.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.subjects.asked import Asked
from runner.subjects.calling.bench import Bench
from runner.subjects.calling.discovery import call_texts, parameter_texts
from runner.subjects.calling.file_data import data_of
from runner.subjects.calling.forms import Data, made_to_fit
from runner.subjects.calling.rates import rate_of
from runner.subjects.calling.recipe import Recipe, is_sum_over_samples
from runner.subjects.calling.trying import (
    BUILDING,
    LOSS,
    PARAMETERS,
    Furthest,
    find_gradients,
    find_loss,
    find_outputs,
    missing,
    running,
)
from runner.subjects.complaint import Complaint, Misfit, error_text
from runner.subjects.expressions import Expression
from runner.subjects.layers import ends, fit
from runner.subjects.loading import Builder, builders, load_module

Array = NDArray[np.float64]

# Samples with which calls are tried: more than sides of usual arrays would hide that a form is the wrong one.
_TRIED = 11
_MOST_FORWARD = 6


def find_out(
    asked: Asked, before: Callable[[str], None], load: Callable[[Path], types.ModuleType] = load_module
) -> Recipe:
    """Try out how a subject is used; a `Complaint` where nothing works. `load` runs its file."""
    before(f"running {asked.file.name}")
    module = load(asked.file)
    options = list(data_of(asked.file.name, module, asked.data, given_first=asked.data_first))
    furthest = Furthest()
    ways = list(builders(module, asked.name, asked.call, asked.given))
    own = [data for data in options if not data.given]
    # First with what the shapes of the arrays say that samples are, and with the samples as the file has them.
    for strict, some in ((True, own), (True, [data for data in options if data.given]), (False, options)):
        for builder in ways:
            found = (one for data in some for one in _recipes(asked, builder, data, before, furthest, strict))
            recipe = _best(found) if not own else next(found, None)
            if recipe is not None:
                return recipe
        if furthest.has_loss:
            break
    complaint = furthest.complaint or Complaint("nothing of it could be called", "subject.path")
    if isinstance(complaint, Misfit) and complaint.wanted is not None and not own and not asked.data_first:
        samples = made_to_fit(*complaint.wanted)
        return find_out(replace(asked, data=samples, data_first=True), before, load)
    raise complaint


def _best(found: Iterator[Recipe]) -> Recipe | None:
    """The first whose loss is a sum over samples: targets in a wrong form are broadcast against all outputs."""
    first = None
    for recipe in found:
        first = first or recipe
        if is_sum_over_samples(recipe):
            return recipe
    return first


def _recipes(
    asked: Asked,
    builder: Builder,
    data: Data,
    before: Callable[[str], None],
    furthest: Furthest,
    strict: bool,
) -> Iterator[Recipe]:
    few = slice(None) if builder.needs_data else slice(_TRIED)
    sizes = [few] if len(data.X) <= _TRIED else [few, slice(None)]  # all, where it takes no other number
    try:
        subject = builder.build(_probe(asked, before, builder, data).scope(data.X, data.Y))
    except Complaint as complaint:
        furthest.note(BUILDING, complaint)
        return
    except BaseException as error:
        furthest.note(BUILDING, Complaint(f"building {builder.text} {error_text(error, asked.file)}", "subject.call"))
        return
    mapped = asked.names
    texts = list(parameter_texts(subject, mapped.get("parameters")))
    if not texts:
        furthest.note(PARAMETERS, missing("parameters", subject, "[W1, b1, W2, b2]"))
    for text in texts:
        try:
            expression = Expression(text, "subject.names.parameters")
            bench = Bench(asked.file, builder, data.form, expression, asked.sizes, before)
            bench.at(data.X, data.Y)
            _require_settable(bench, data)
            misfit = None if _shapes_fit(bench, data) else _misfit(bench, data)
            furthest.note_fit(misfit)
            if strict and misfit is not None:
                continue
            whole = None
            for rows in sizes:
                tried = Data(data.form, data.X[rows], data.Y[rows])
                whole = whole or _calls(bench, tried, data, subject, asked, furthest)
        except Complaint as complaint:
            furthest.note(PARAMETERS, complaint)
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
        np.array_equal(np.asarray(one.value, dtype=np.float64), array + 1.0, equal_nan=True)
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
    asked: Asked,
    furthest: Furthest,
) -> Recipe | None:
    """The calls for loss, gradients and outputs that work; None where some don't."""
    mapped = asked.names
    forward = list(islice(running(bench, tried, call_texts(subject, "predict", None, ())), _MOST_FORWARD))
    width = tried.Y.shape[1]
    predict, gives = find_outputs(bench, tried, call_texts(subject, "predict", mapped.get("predict"), ()), width)
    if gives is not None and gives != width:
        message = f"{predict.text if predict else 'predict'} gives {gives} outputs, Y has {width}"
        furthest.note(LOSS, Complaint(message, "dataset"))
        return None
    loss = find_loss(bench, tried, call_texts(subject, "loss", mapped.get("loss"), forward), subject, mapped, furthest)
    if loss is None and not asked.lossless:
        return None
    with_loss = [loss.text, *forward] if loss is not None else forward
    found = find_gradients(bench, tried, subject, mapped, forward, with_loss, furthest)
    if found is None:
        return None
    gradients, updates = found
    rate, lr = None, 0.0
    if updates:
        rate, lr = rate_of(bench, tried, loss, gradients, subject, mapped.get("lr"))
    return Recipe(bench, data, loss, gradients, predict, updates, rate, lr, mapped.get("lr") is not None)


def _shapes_fit(bench: Bench, data: Data) -> bool:
    """Whether the arrays could be those of a network for such samples."""
    parameters = bench.at(data.X, data.Y).parameters
    names, shapes = [one.name for one in parameters], [one.shape for one in parameters]
    return fit(names, shapes, data.X.shape[1], data.Y.shape[1])


def _misfit(bench: Bench, data: Data) -> Misfit:
    parameters = bench.at(data.X, data.Y).parameters
    shapes = ", ".join(f"{one.name} {one.shape}" for one in parameters)
    message = f"samples with {data.X.shape[1]} features and {data.Y.shape[1]} outputs don't fit its arrays: {shapes}"
    return Misfit(message, "dataset", wanted=ends([one.name for one in parameters], [one.shape for one in parameters]))
